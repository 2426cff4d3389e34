"""How much was asked, when, how it was decided, from where, and how long it took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from search.querylog.records import LoggedQuery
from search.querylog.votes import votes_of
from search.workbench.sessions import sessions_of

PERCENTILES: Final = (50, 95, 99)
MOST_SOURCES: Final = 20
OTHERS: Final = "others"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day in UTC. answered, clarified, unanswered: queries by their decision."""

    day: date
    answered: int = 0
    clarified: int = 0
    unanswered: int = 0

    @property
    def queries(self) -> int:
        """All of the day."""
        return self.answered + self.clarified + self.unanswered


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Figures of a period. sources: queries by where they were asked, most first. latency: milliseconds by
    percentile; empty where nothing was asked. helpful, unhelpful: see votes_of."""

    queries: int
    sessions: int
    answered: int
    clarified: int
    unanswered: int
    clicked: int
    helpful: int
    unhelpful: int
    sources: tuple[tuple[str, int], ...]
    latency: dict[int, float]

    def share(self, part: int) -> float | None:
        """A part of all queries, 0 to 1; None where there are none."""
        return part / self.queries if self.queries else None


def traffic_of(queries: Sequence[LoggedQuery], *, min_sessions: int = 1) -> Traffic:
    """The figures of queries. min_sessions: that must have come from a source for it to be named."""
    decided = Counter(query.decision for query in queries)
    votes = Counter(votes_of(queries).values())
    return Traffic(
        queries=len(queries),
        sessions=sessions_of(queries),
        answered=decided["answer"],
        clarified=decided["clarify"],
        unanswered=decided["no_answer"],
        clicked=sum(any(one.kind == "click" for one in query.feedback) for query in queries),
        helpful=votes[True],
        unhelpful=votes[False],
        sources=_sources(queries, min_sessions),
        latency=percentiles([query.milliseconds for query in queries]),
    )


def _sources(queries: Sequence[LoggedQuery], min_sessions: int) -> tuple[tuple[str, int], ...]:
    """Clients call themselves what they like: rare ones, and those of few sessions, are OTHERS."""
    held: defaultdict[str, list[LoggedQuery]] = defaultdict(list)
    for query in queries:
        held[query.source].append(query)
    counts = Counter({name: len(of) for name, of in held.items() if sessions_of(of) >= min_sessions})
    shown = Counter(dict(counts.most_common(MOST_SOURCES)))
    if others := len(queries) - shown.total():
        shown[OTHERS] += others
    return tuple(shown.most_common())


def days_of(queries: Sequence[LoggedQuery], *, since: datetime, until: datetime) -> list[Day]:
    """Every day in UTC that the period since ≤ at < until touches, those without queries too."""
    counts = Counter((query.at.astimezone(UTC).date(), query.decision) for query in queries)
    first = since.astimezone(UTC).date()
    last = (until.astimezone(UTC) - timedelta(microseconds=1)).date()
    return [
        Day(
            day=day,
            answered=counts[day, "answer"],
            clarified=counts[day, "clarify"],
            unanswered=counts[day, "no_answer"],
        )
        for day in (first + step * _DAY for step in range((last - first).days + 1))
    ]


def percentiles(values: Sequence[float]) -> dict[int, float]:
    """By the nearest rank: a value that was measured, at or below which so many of 100 are."""
    ordered = sorted(values)
    if not ordered:
        return {}
    return {percent: ordered[-(-percent * len(ordered) // 100) - 1] for percent in PERCENTILES}
