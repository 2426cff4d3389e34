"""What was answered to the queries, as arrays that the metrics take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np

from scripts.evaluation.answered import DEPTH, Answered
from scripts.evaluation.metrics import Flags, Floats, Integers, ndcg
from search.result import Decision

DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Of n queries.

    ranks: int64 (n,), 1-based, of the first relevant entry among the first DEPTH, 0 where there is none.
    gains: float64 (n,), nDCG. answerable: bool (n,), whether any entry answers. certainty: float64 (n,),
    the top hit's confidence, of a baseline its score; 0 without a hit. decisions: int64 (n,), rows of
    DECISIONS, or None for a baseline, which makes none and whose certainty is no probability.
    """

    ranks: Integers
    gains: Floats
    answerable: Flags
    certainty: Floats
    decisions: Integers | None

    @property
    def right(self) -> Flags:
        """Whether the top hit answers the query, bool (n,); never where nothing does."""
        flags: Flags = self.ranks == 1
        return flags

    def take(self, rows: Integers) -> Outcomes:
        """Those of some queries."""
        return Outcomes(
            ranks=self.ranks[rows],
            gains=self.gains[rows],
            answerable=self.answerable[rows],
            certainty=self.certainty[rows],
            decisions=None if self.decisions is None else self.decisions[rows],
        )


def outcomes_of(answered: Sequence[Answered]) -> Outcomes:
    """Those of a run."""
    return ranked_outcomes(
        [one.relevant for one in answered],
        [[hit.id for hit in one.hits] for one in answered],
        np.array([one.hits[0].confidence if one.hits else 0.0 for one in answered], dtype=np.float64),
        decisions=np.array([DECISIONS.index(one.decision) for one in answered], dtype=np.int64),
    )


def ranked_outcomes(
    relevant: Sequence[Sequence[str]],
    rankings: Sequence[Sequence[str]],
    certainty: Floats,
    *,
    decisions: Integers | None = None,
) -> Outcomes:
    """relevant: the distinct ids that answer each of n queries. rankings: distinct ids, best first."""
    flags = np.zeros((len(rankings), DEPTH), dtype=np.bool_)
    for row, (wanted, ids) in enumerate(zip(relevant, rankings, strict=True)):
        for rank, id_ in enumerate(ids[:DEPTH]):
            flags[row, rank] = id_ in wanted
    known = np.array([len(wanted) for wanted in relevant], dtype=np.int64)
    return Outcomes(
        ranks=np.where(flags.any(axis=1), flags.argmax(axis=1) + 1, 0),
        gains=ndcg(flags, known),
        answerable=known > 0,
        certainty=certainty,
        decisions=decisions,
    )
