"""Numbers and places as a sentence has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

_NAMED: Final = 10


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 query", "2,000 queries". many: `one` with an s if left out."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def to_the_minute(at: datetime) -> str:
    """ "2026-11-23 13:03 UTC"."""
    try:
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except OverflowError:  # on the first and the last day that there are
        return at.isoformat(" ", "minutes")


def lines_named(lines: Sequence[int]) -> str:
    """ "line 4", "lines 4, 7", of many the first ten; lines are counted from 1, and there is at least one."""
    named = ", ".join(str(line) for line in lines[:_NAMED])
    return f"line{'s' if len(lines) > 1 else ''} {named}{', …' if len(lines) > _NAMED else ''}"


def empty_queries(lines: Sequence[int]) -> str:
    """What is said of a file of queries, some lines of which ask nothing."""
    are = "was" if len(lines) == 1 else "were"
    return f"{counted(len(lines), 'empty query', 'empty queries')} {are} left out ({lines_named(lines)})."
