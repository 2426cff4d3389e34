"""Learning the confidence: a logistic curve over the evidence of the first hits, each set counted alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.relevance.fit import scores
from benchmarks.relevance.tables import Table
from search.decision import Confidence, Doubles, evidence
from search.learned import Ranker
from search.ranking import Floats

RANKS: Final = 3
"""Hits of a query that are learned from: a person may be asked to choose among as many."""
HIDDEN: Final = 0.12
"""Share of the questions whose true entries are hidden, so that nothing answers them. From .10 to .25 the
order stays; more of them makes answers look doubtful where everything is answerable, less the opposite."""


def fit_confidence(tables: Sequence[Table], ranker: Ranker) -> Confidence:
    """By maximum likelihood over the tasks; a ranker that was not learned from them makes it honest."""
    rows, right, weights = [], [], []
    tasks: dict[str, int] = {}
    for table in tables:
        tasks[table.task.set_name] = tasks.get(table.task.set_name, 0) + 1
    for table in tables:
        found = scores(table, ranker)
        highest = float(ranker.weights(observations=table.observations, answered=table.answered).sum())
        for hidden, share in ((False, 1 - HIDDEN), (True, HIDDEN)):
            seen, hits = first_hits(found, table.relevant, highest=highest, hidden=hidden)
            rows.append(seen)
            right.append(hits)
            weights.append(np.full(len(hits), share / tasks[table.task.set_name] / max(len(hits), 1)))
    design = np.concatenate(rows)
    design = np.concatenate([np.ones((len(design), 1)), design], axis=1)
    targets, counts = np.concatenate(right).astype(np.float64), np.concatenate(weights)
    counts /= counts.sum()

    def loss(values: Doubles) -> tuple[float, Doubles]:
        chance = 1.0 / (1.0 + np.exp(-(design @ values)))
        losses = targets * np.log(chance + 1e-12) + (1 - targets) * np.log(1 - chance + 1e-12)
        return -float((counts * losses).sum()), design.T @ (counts * (chance - targets))

    found_at = minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B").x
    return Confidence(intercept=float(found_at[0]), lead=float(found_at[1]), level=float(found_at[2]))


def first_hits(
    found: Floats, relevant: NDArray[np.bool_], *, highest: float, hidden: bool, ranks: int = RANKS
) -> tuple[Doubles, NDArray[np.bool_]]:
    """Evidence (m, 2) of the first hits of each query, and whether each is right, (m,).

    found: scores (q, entries). hidden: with the relevant entries taken away, of queries that have some.
    """
    rows, right = [], []
    for row, truth in zip(found, relevant, strict=True):
        if hidden and (not truth.any() or truth.all()):
            continue
        left = np.where(truth, np.float32(-np.inf), row) if hidden else row
        best = np.argsort(-left, kind="stable")[: min(ranks, int(np.isfinite(left).sum()))]
        rows.append(evidence(left, best, highest=highest))
        right.append(truth[best] & (not hidden))
    if not rows:
        return np.empty((0, 2)), np.empty(0, dtype=np.bool_)
    return np.concatenate(rows), np.concatenate(right)
