"""How many people are behind queries: nothing is shown that could tell of a single one."""

from __future__ import annotations

from collections.abc import Iterable

from search.querylog.records import LoggedQuery


def sessions_of(queries: Iterable[LoggedQuery]) -> int:
    """The sessions that asked; a query without one counts as a session of its own."""
    named = set()
    without = 0
    for query in queries:
        if query.session is None:
            without += 1
        else:
            named.add(query.session)
    return len(named) + without
