"""How each entry fares: shown, clicked, voted for, and robbed of its queries by another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from search.querylog.records import LoggedQuery
from search.querylog.votes import votes_of
from search.workbench.sessions import sessions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stolen:
    """A question that this entry answers, by feedback, while another one was shown first.

    by: that other one. query: None where too few people asked it to be shown.
    """

    query: str | None
    by: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFigures:
    """question: None where the snapshot in service has no such entry. shown, first: queries that it was
    among the hits of, and the first of. clicked: queries for which it was opened. helpful, unhelpful: see
    votes_of. stolen: the most frequent first."""

    id: str
    question: str | None
    shown: int = 0
    first: int = 0
    clicked: int = 0
    helpful: int = 0
    unhelpful: int = 0
    stolen: tuple[Stolen, ...] = field(default=())

    @property
    def click_rate(self) -> float | None:
        """Clicked of shown, 0 to 1; None where it was never shown."""
        return self.clicked / self.shown if self.shown else None

    @property
    def robbed(self) -> int:
        """How many queries others took."""
        return sum(one.count for one in self.stolen)


def entry_table(
    queries: Sequence[LoggedQuery], *, questions: Mapping[str, str], min_sessions: int
) -> list[EntryFigures]:
    """A row for each entry of the snapshot and each that was shown, in that order.

    questions: by the ids of the snapshot in service.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    lost: defaultdict[tuple[str, str, str], list[LoggedQuery]] = defaultdict(list)
    for query in queries:
        for id_ in dict.fromkeys(query.top_ids):
            counts[id_]["shown"] += 1
        first = query.top_ids[0] if query.top_ids else None
        if first is not None:
            counts[first]["first"] += 1
        for id_ in {one.entry_id for one in query.feedback if one.kind == "click" and one.entry_id}:
            counts[id_]["clicked"] += id_ in query.top_ids
        for id_ in _meant(query):
            if first is not None and id_ != first:
                lost[id_, first, query.normalised].append(query)
    for (_, _, about), helpful in votes_of(queries).items():
        if about is not None:
            counts[about]["helpful" if helpful else "unhelpful"] += 1
    stolen: defaultdict[str, list[Stolen]] = defaultdict(list)
    for (id_, by, _), held in lost.items():
        shown = held[0].asked if sessions_of(held) >= min_sessions else None
        stolen[id_].append(Stolen(query=shown, by=by, count=len(held)))
    ids = dict.fromkeys([*questions, *sorted({*counts, *stolen})])
    return [
        EntryFigures(
            id=id_,
            question=questions.get(id_),
            **counts[id_],
            stolen=_folded(stolen[id_]),
        )
        for id_ in ids
    ]


def _meant(query: LoggedQuery) -> set[str]:
    """The entries that feedback says are the answer; where it says none, those that were clicked below."""
    named = {one.entry_id for one in query.feedback if one.kind == "answer" and one.entry_id}
    if named:
        return {query.top_ids[0]} if query.top_ids and query.top_ids[0] in named else named
    clicked = {one.entry_id for one in query.feedback if one.kind == "click" and one.entry_id}
    return set() if query.top_ids and query.top_ids[0] in clicked else clicked


def _folded(stolen: Sequence[Stolen]) -> tuple[Stolen, ...]:
    """Those whose query is hidden as one for each thief."""
    hidden: Counter[str] = Counter()
    shown = []
    for one in stolen:
        if one.query is None:
            hidden[one.by] += one.count
        else:
            shown.append(one)
    shown += [Stolen(query=None, by=by, count=count) for by, count in hidden.items()]
    return tuple(sorted(shown, key=lambda one: (-one.count, one.query or "", one.by)))
