"""Periods: so many days in UTC until now, and the one before to compare with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

CHOICES: Final = (1, 7, 28, 90)
"""Days to choose from."""
DAYS: Final = 7
LONGEST: Final = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """since ≤ at < until, both in UTC. days: in UTC that it touches."""

    since: datetime
    until: datetime
    days: int

    @property
    def before(self) -> Period:
        """The one as many days earlier, which ends at the same time of the day."""
        moved = timedelta(days=self.days)
        return Period(since=self.since - moved, until=self.until - moved, days=self.days)


def last_days(days: int = DAYS, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Period:
    """From the beginning of a day in UTC until the end of this minute. days: today is one of them."""
    moment = now().astimezone(UTC)
    until = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return Period(since=beginning(until, days), until=until, days=days)


def beginning(until: datetime, days: int) -> datetime:
    """Where so many days in UTC begin, of which `until` ends the last one; or the first moment there is."""
    try:
        last = (until.astimezone(UTC) - timedelta(microseconds=1)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        return last - timedelta(days=days - 1)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
