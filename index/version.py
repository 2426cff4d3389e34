"""The name of a published version: when it was published, and what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

_NAME: Final = re.compile(r"([0-9]{8}T[0-9]{6}Z)-[0-9a-f]{12}")
_TIME: Final = "%Y%m%dT%H%M%SZ"
_HASH_LENGTH: Final = 12


def version_time(name: str) -> datetime | None:
    """When a version was published, or None for what is not a version's name, and so never used as a path."""
    match = _NAME.fullmatch(name)
    if not match:
        return None
    try:
        return datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
    except ValueError:  # no such day
        return None


def next_version(taken: Iterable[str], *, content_hash: str, now: datetime) -> str:
    """A name that sorts after all those taken, even if the clock was set back or stands still.

    content_hash: at least 12 lower-case hex digits. Raises ValueError for anything else.
    """
    times = (version_time(name) for name in taken)
    time = max([now, *(time + timedelta(seconds=1) for time in times if time)])
    name = f"{time.astimezone(UTC).strftime(_TIME)}-{content_hash[:_HASH_LENGTH]}"
    if version_time(name) is None:
        raise ValueError(f"not {_HASH_LENGTH} lower-case hex digits or more: {content_hash!a}")
    return name
