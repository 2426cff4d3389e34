"""All figures of a period, computed once and kept for a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from search.querylog.period import Period
from search.querylog.records import LoggedQuery
from search.workbench.entry_table import EntryFigures, entry_table
from search.workbench.reliability import Bin, reliability
from search.workbench.top_queries import TopQuery, top_queries
from search.workbench.traffic import Day, Traffic, days_of, traffic_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """before: of the period before. cut: the log holds more queries of the period than are read; these are
    the newest."""

    collection: str
    period: Period
    cut: bool
    traffic: Traffic
    before: Traffic
    days: Sequence[Day]
    bins: Sequence[Bin]
    top: Sequence[TopQuery]
    entries: Sequence[EntryFigures]

    def overview(self) -> dict[str, Any]:
        """JSON-ready, without the tables."""
        return {
            "collection": self.collection,
            "since": self.period.since.isoformat(),
            "until": self.period.until.isoformat(),
            "cut": self.cut,
            "traffic": _traffic(self.traffic),
            "before": _traffic(self.before),
            "days": [asdict(day) for day in self.days],
            "reliability": [asdict(one) for one in self.bins],
        }


def figures_of(
    queries: Sequence[LoggedQuery],
    before: Sequence[LoggedQuery],
    *,
    collection: str,
    period: Period,
    questions: Mapping[str, str],
    min_sessions: int,
    cut: bool = False,
) -> Figures:
    """Everything. questions: by the ids of the snapshot in service."""
    return Figures(
        collection=collection,
        period=period,
        cut=cut,
        traffic=traffic_of(queries, min_sessions=min_sessions),
        before=traffic_of(before, min_sessions=min_sessions),
        days=days_of(queries, since=period.since, until=period.until),
        bins=reliability(queries, min_sessions=min_sessions),
        top=top_queries(queries, before=before, min_sessions=min_sessions),
        entries=entry_table(queries, questions=questions, min_sessions=min_sessions),
    )


def _traffic(traffic: Traffic) -> dict[str, Any]:
    values = asdict(traffic)
    values["sources"] = dict(traffic.sources)
    values["latency"] = {f"p{percent}": value for percent, value in traffic.latency.items()}
    return values
