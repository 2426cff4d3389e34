"""When people ask: by the hour of the day and the day of the week."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final

HOURS: Final = (3, 2, 1, 1, 1, 2, 5, 9, 14, 18, 20, 21, 23, 21, 19, 19, 20, 22, 25, 30, 33, 29, 19, 9)
"""How many come in each hour of the day: most in the evening, some at lunch."""
DAYS: Final = (118, 108, 103, 100, 92, 74, 96)
"""And on each day of the week, from Monday, when people think of what they did at the weekend."""


def moments(since: datetime, until: datetime, count: int, random: Random) -> list[datetime]:
    """So many times of a period, oldest first."""
    hours = int((until - since) / timedelta(hours=1))
    starts = [since + timedelta(hours=hour) for hour in range(hours)]
    weights = [HOURS[start.hour] * DAYS[start.weekday()] for start in starts]
    chosen = random.choices(starts, weights, k=count)
    return sorted(start + timedelta(microseconds=random.randrange(3_600_000_000)) for start in chosen)
