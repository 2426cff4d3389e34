"""What became of entries in searches: rules that need a query log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from index.counting import counted
from search.lint.findings import Finding
from search.lint.subject import Subject
from search.querylog.records import LoggedQuery
from search.querylog.votes import voter, votes_of

ENOUGH: Final = 200
"""Queries of a period before an entry that none of them showed is told."""
OUTVOTED: Final = 10
"""Visitors that rejected an entry for each that accepted it: one slip of a finger is no acceptance."""
A_ENTRY: Final = 5
"""Queries for each entry that there must be, too."""


def unserved_entries(subject: Subject) -> Iterator[Finding]:
    """`never-shown` and `always-rejected`, over the queries at hand."""
    queries = subject.queries
    if not queries:
        return
    days = (queries[-1].at - queries[0].at).days + 1
    period = f"{counted(len(queries), 'query', 'queries')} of {counted(days, 'day')}"
    shown = {entry_id for query in queries for entry_id in query.top_ids}
    enough = len(queries) >= max(ENOUGH, A_ENTRY * len(subject.entries))
    accepted, rejected = _votes(queries)
    for entry in subject.entries:
        if enough and entry.id not in shown:
            yield Finding(
                code="never-shown",
                severity="advice",
                place=entry.source,
                entries=(entry.id,),
                reason=f"None of the {period} showed {entry.id!r} among its hits.",
                advice="If nobody asks it, retire it; if they do, give it their words as variants.",
            )
        elif len(rejected[entry.id]) >= max(subject.sessions, OUTVOTED * len(accepted[entry.id])):
            yield Finding(
                code="always-rejected",
                severity="warning",
                place=entry.source,
                entries=(entry.id,),
                reason=f"{len(rejected[entry.id])} visitors called {entry.id!r} unhelpful and "
                f"{len(accepted[entry.id]) or 'none'} helpful, in {period}.",
                advice="Read the queries that it was shown for: mend its answer, or its wordings.",
            )


def _votes(queries: Sequence[LoggedQuery]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Sessions that found an entry helpful, or the answer, and that did not, by what each said last."""
    accepted: dict[str, set[str]] = defaultdict(set)
    rejected: dict[str, set[str]] = defaultdict(set)
    for (who, _, about), helpful in votes_of(queries).items():
        if about is not None:
            (accepted if helpful else rejected)[about].add(who)
    for query in queries:
        for said in query.feedback:
            if said.kind == "answer" and said.entry_id is not None:
                accepted[said.entry_id].add(voter(query))
    return accepted, rejected
