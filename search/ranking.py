"""Ranking: pure functions from similarities to scores.

What was measured on open FAQ sets decides the shape: several passages an entry, a soft maximum over its
question side, the answer's text beside it, a metric adapted to the collection's own variants, and lexical
evidence added to dense scores, not fused by rank. The weights are learned; see search/learned.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TEMPERATURE: Final = 0.05
"""Of the soft maximum: variants within about this cosine of the best one support it."""

FEATURES: Final = (
    "question",
    "question_answer",
    "answer",
    "question_bm25",
    "answer_bm25",
    "coverage",
    "adapted_question",
    "adapted_question_answer",
)
"""Their names, in the order of the columns of Features.matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Evidence for c candidates, each float32 (c,).

    question: soft maximum of the cosines of question and variants. question_answer: cosine of question and
    answer together. answer: best cosine of a piece of the answer. Both are the question's own cosine for an
    entry without an answer. question_bm25, answer_bm25: BM25 as a share of the highest that the query's
    stems could reach. coverage: share of the query's idf mass that the entry holds on either side.
    adapted_question: cosine, in the collection's adapted metric (index/adaptation.py), with the mean of
    question and variants. adapted_question_answer: with question and answer together; the former for an
    entry without an answer. Both are 0 where no metric was learned.
    """

    question: Floats
    question_answer: Floats
    answer: Floats
    question_bm25: Floats
    answer_bm25: Floats
    coverage: Floats
    adapted_question: Floats
    adapted_question_answer: Floats

    def matrix(self) -> Floats:
        """float32 (c, 8), columns in the order of FEATURES, each of them contiguous."""
        return np.stack([getattr(self, name) for name in FEATURES]).T


def fuse(matrix: Floats, weights: Floats) -> Floats:
    """Scores, float32 (c,), from features (c, f) and weights (f,).

    Added up one feature after the other: a library's product may add in another order on another day.
    """
    scores: Floats = np.add.reduce(matrix.T * weights[:, None], axis=0)
    return scores


def soft_maximum(
    values: Floats, highest: Floats, starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> Floats:
    """T · ln Σ exp(v / T) over consecutive segments, float32 (segments,).

    highest: float32 (segments,), the maximum of each. starts, lengths: int64 (segments,), ascending and above
    0: where each begins, and how many values it has.
    """
    weights = np.exp((values - np.repeat(highest, lengths)) * np.float32(1 / TEMPERATURE))
    beyond = np.float32(TEMPERATURE) * np.log(np.add.reduceat(weights, starts))
    return (highest + beyond).astype(np.float32, copy=False)


def order(scores: Floats, rows: NDArray[np.int64], top: int) -> NDArray[np.int64]:
    """Positions of the `top` best, best first, int64 (min(top, c),); equal scores in the order of `rows`."""
    if top >= len(scores):
        return np.lexsort((rows, -scores))
    lowest = np.partition(scores, len(scores) - top)[len(scores) - top]
    likely = np.flatnonzero(scores >= lowest)
    return likely[np.lexsort((rows[likely], -scores[likely]))[:top]]
