"""Votes as reports count them: one of a person to a question and an entry, the last one."""

from __future__ import annotations

from collections.abc import Sequence

from search.querylog.records import LoggedQuery

Vote = tuple[str, str, str | None]
"""Who voted, on which question, normalised, and about which entry; None where none was shown or named."""


def voter(query: LoggedQuery) -> str:
    """Who asked; a query without a session was asked by somebody of its own."""
    return query.session or f"#{query.query_id}"


def votes_of(queries: Sequence[LoggedQuery]) -> dict[Vote, bool]:
    """Whether people found entries helpful. A vote that names no entry is about the first hit.

    Who asks the same a thousand times, and votes each time, has one vote.
    """
    said = [(one, query) for query in queries for one in query.feedback if one.kind == "helpful"]
    said.sort(key=lambda pair: pair[0].at)
    return {
        (voter(query), query.normalised, one.entry_id or next(iter(query.top_ids), None)): bool(one.helpful)
        for one, query in said
    }
