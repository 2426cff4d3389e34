"""What is asked most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from search.querylog.records import LoggedQuery
from search.workbench.sessions import sessions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TopQuery:
    """A question that was asked often, equal questions folded.

    query: its most frequent spelling. before: how often it was asked in the period before. entry: the one
    that was shown first most often, None where nothing was. confidence: mean.
    """

    query: str
    count: int
    sessions: int
    before: int
    answered: int
    clarified: int
    unanswered: int
    confidence: float
    entry: str | None


def top_queries(
    queries: Sequence[LoggedQuery],
    *,
    before: Sequence[LoggedQuery] = (),
    min_sessions: int,
    most: int | None = None,
) -> list[TopQuery]:
    """Those that at least so many sessions asked, the most frequent first."""
    groups: defaultdict[str, list[LoggedQuery]] = defaultdict(list)
    for query in queries:
        groups[query.normalised].append(query)
    earlier = Counter(query.normalised for query in before)
    shown = [
        _top_query(held, before=earlier[text])
        for text, held in groups.items()
        if sessions_of(held) >= min_sessions
    ]
    return sorted(shown, key=lambda one: (-one.count, one.query))[:most]


def _top_query(held: Sequence[LoggedQuery], *, before: int) -> TopQuery:
    decided = Counter(query.decision for query in held)
    first = Counter(query.top_ids[0] for query in held if query.top_ids)
    spellings = Counter(query.asked for query in held)
    return TopQuery(
        query=min(spellings, key=lambda text: (-spellings[text], text)),
        count=len(held),
        sessions=sessions_of(held),
        before=before,
        answered=decided["answer"],
        clarified=decided["clarify"],
        unanswered=decided["no_answer"],
        confidence=sum(query.confidence for query in held) / len(held),
        entry=min(first, key=lambda id_: (-first[id_], id_)) if first else None,
    )
