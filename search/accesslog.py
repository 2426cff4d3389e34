"""The access log: one JSON line a request. What people asked is not in it."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Final, TextIO
from uuid import uuid4

import orjson

log = logging.getLogger("faq.access")

_SANE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_LONGEST: Final = 200  # characters of what a client made up


class AccessLog:
    """Writes to a text stream, line by line. While that fails, lines are lost: answers matter more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lost = 0  # lines since it last worked

    def write(
        self,
        *,
        request_id: str,
        method: str,
        route: str,
        raw_path: bytes,
        status: int,
        seconds: float,
        sent: int,
        client: str | None,
        user_agent: bytes | None,
    ) -> None:
        """raw_path: as it was sent, without the query string. sent: bytes of the body."""
        record = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request_id,
            "method": method[:16],
            "route": route,
            "path": _shown(raw_path),
            "status": status,
            "ms": round(seconds * 1000, 2),
            "bytes": sent,
            "client": client,
            "user_agent": None if user_agent is None else _shown(user_agent),
        }
        try:
            self._stream.write(orjson.dumps(record).decode() + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            if not self._lost:
                log.error("the access log can't be written: %s", error)
            self._lost += 1
            return
        if self._lost:
            log.warning("the access log goes on; up to %d requests are not in it", self._lost)
            self._lost = 0


def choose_request_id(sent: bytes | None) -> str:
    """The client's own id where it is short and plain, else a new one."""
    if sent is not None:
        text = sent.decode("latin-1")
        if _SANE_ID.fullmatch(text):
            return text
    return uuid4().hex


def _shown(text: bytes) -> str:
    # Escaped to ASCII, so that nothing a client sends can steer the terminal or editor that shows the log.
    return text[:_LONGEST].decode("ascii", errors="backslashreplace").translate(_CONTROLS)


_CONTROLS: Final = {code: f"\\x{code:02x}" for code in [*range(0x20), 0x7F]}
