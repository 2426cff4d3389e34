"""Whether confidence keeps its word: what people's feedback says of first hits, by confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from search.querylog.records import Feedback, LoggedQuery
from search.querylog.votes import voter
from search.workbench.sessions import sessions_of

BINS: Final = 10
LEAST: Final = 10
"""Queries with feedback below which a bin tells nothing."""
_WEIGHT: Final = {"click": 0, "helpful": 1, "answer": 2}
_Z: Final = 1.96  # of a normal distribution, for 95 of 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Queries of a range of confidence, low ≤ confidence < high, the last one with 1.

    judged: people's questions with feedback that says whether the first hit was right. stated: their mean
    confidence; right: the share that was; least, most: where that share lies for 95 samples of 100 (Wilson's
    interval). All four None where too few were judged.
    """

    low: float
    high: float
    queries: int
    judged: int
    stated: float | None = None
    right: float | None = None
    least: float | None = None
    most: float | None = None


def reliability(queries: Sequence[LoggedQuery], *, min_sessions: int, least: int = LEAST) -> tuple[Bin, ...]:
    """The bins, from the lowest confidence to the highest."""
    held: list[list[LoggedQuery]] = [[] for _ in range(BINS)]
    for query in queries:
        held[max(0, min(BINS - 1, int(query.confidence * BINS)))].append(query)
    return tuple(
        _bin(number, of_bin, least=least, min_sessions=min_sessions) for number, of_bin in enumerate(held)
    )


def first_was_right(query: LoggedQuery) -> bool | None:
    """What feedback says of the first hit; None where it says nothing.

    "This is the answer" tells most, then a vote, then what was clicked; of the same kind the latest counts,
    but a click on the first hit outweighs those on others. Votes about another hit tell nothing.
    """
    if not query.top_ids:
        return None
    said = [(one, verdict) for one in query.feedback if (verdict := _verdict(one, query)) is not None]
    if not said:
        return None
    strongest = max(_WEIGHT[one.kind] for one, _ in said)
    verdicts = [verdict for one, verdict in said if _WEIGHT[one.kind] == strongest]
    return any(verdicts) if strongest == _WEIGHT["click"] else verdicts[-1]


def _verdict(said: Feedback, query: LoggedQuery) -> bool | None:
    first = query.top_ids[0]
    if said.kind == "helpful":
        return said.helpful if said.entry_id in (None, first) else None
    if said.entry_id is not None:
        return said.entry_id == first
    return said.position == 1 if said.position is not None else None


def _bin(number: int, queries: Sequence[LoggedQuery], *, least: int, min_sessions: int) -> Bin:
    # Of a person who asks the same again and again, the last time: they must not outweigh the others.
    last = {
        (voter(query), query.normalised): (query, right)
        for query in queries
        if (right := first_was_right(query)) is not None
    }
    told = list(last.values())
    low, high = number / BINS, (number + 1) / BINS
    if len(told) < max(1, least) or sessions_of(query for query, _ in told) < min_sessions:
        return Bin(low=low, high=high, queries=len(queries), judged=len(told))
    hits = sum(right for _, right in told)
    at_least, at_most = wilson(hits, len(told))
    return Bin(
        low=low,
        high=high,
        queries=len(queries),
        judged=len(told),
        stated=sum(query.confidence for query, _ in told) / len(told),
        right=hits / len(told),
        least=at_least,
        most=at_most,
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval of a share at 95 % (Wilson 1927). of: at least 1."""
    share = hits / of
    middle = share + _Z**2 / (2 * of)
    half = _Z * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    scale = 1 + _Z**2 / of
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
