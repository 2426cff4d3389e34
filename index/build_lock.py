"""The lock against two builders: the kernel's, so that a killed holder never leaves it behind."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from index.errors import BuildBusy
from index.publish_failures import publish_failures

_HOLDER: Final = re.compile(r"process [0-9]{1,20} on [\w.-]{1,255} since [0-9T:+-]{1,40}", re.ASCII)
_HOLDER_LIMIT: Final = 512  # bytes read of a holder's note


@contextmanager
def hold_lock(file: Path, collection: str) -> Iterator[None]:
    """Hold a lock file in an existing folder for as long as the context lasts.

    Raises BuildBusy at once where another process or thread holds it, and says which since when. Raises
    PublishError where the file can't be made, or where the file system knows no locks: a mere file as a lock
    would outlive a killed builder.
    """
    holder = file.with_name(f"{file.name}.holder")
    lock = FileLock(file, blocking=False, thread_local=False, fallback_to_soft=False)
    with publish_failures(f"'{collection}' can't be locked", file):
        try:
            lock.acquire()
        except Timeout:  # which is an OSError too
            raise BuildBusy(
                f"'{collection}' is being changed by {_read(holder)}. Wait until it is done, or stop it: "
                "what is published stays as it is."
            ) from None
    try:
        # Only a courtesy to others: a full disk must not keep anyone from pruning.
        with suppress(OSError):
            now = datetime.now(UTC).isoformat(timespec="seconds")
            holder.write_text(f"process {os.getpid()} on {platform.node()} since {now}", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _read(holder: Path) -> str:
    # It may not be written yet, or hold anything: it is only a file.
    try:
        with holder.open("rb") as stream:
            note = stream.read(_HOLDER_LIMIT).decode("utf-8", errors="replace")
    except OSError:
        return "another process"
    return note if _HOLDER.fullmatch(note) else "another process"
