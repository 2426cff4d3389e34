"""Learning the weights: a listwise loss over the tasks of several sets, each set counted alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.relevance.tables import Table
from search.learned import Ranker, shares
from search.ranking import FEATURES, Floats

NAME: Final = "fusion-1"
HALF: Final = 10.0
"""Observations that put the weights half-way: the adapted metric pays from very few variants on."""
PENALTY: Final = 1e-3
"""Of the mean square of the weights. 1e-4 to 3e-3 differ by less than .002 in MRR@10 of a set left out."""
_ITERATIONS: Final = 200
_PARTS: Final = ("variants", "answers", "questions")

Doubles = NDArray[np.float64]


def fit(tables: Sequence[Table]) -> Ranker:
    """Weights that make relevant entries likely, where the probability of an entry is the soft maximum of the
    scores (ListNet's top-one probability, Cao and others 2007).

    tables: of one or more sets; the tasks of a set share its weight, and the set itself has half of it.
    """
    parts = [(_columns(table)[table.answerable], table.relevant[table.answerable]) for table in tables]
    counts = _set_shares(tables)

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        total, gradient = PENALTY * float((weights**2).mean()), 2 * PENALTY * weights / len(weights)
        for share, (features, relevant) in zip(counts, parts, strict=True):
            chance = _softmax(features @ weights)
            right = np.where(relevant, chance, 0.0)
            hit = np.maximum(right.sum(axis=1, keepdims=True), 1e-12)
            total -= share * float(np.log(hit).mean())
            gradient += share * np.einsum("qe,qef->f", chance - right / hit, features) / len(features)
        return total, gradient

    start = np.zeros(len(_PARTS) * len(FEATURES))
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=_bounds(), options={"maxiter": _ITERATIONS}
    )
    rows = found.x.reshape(len(_PARTS), len(FEATURES)).astype(np.float32)
    return Ranker(name=NAME, half=HALF, **dict(zip(_PARTS, rows, strict=True)))


def _bounds() -> list[tuple[float, float | None]]:
    """Nothing that speaks for an entry may count against it; nor does a metric that nothing was learned for
    count where there are answers: left out one at a time, sets with answers lost half a point by it.
    """
    return [
        (0.0, 0.0 if part == "answers" and name.startswith("adapted") else None)
        for part in _PARTS
        for name in FEATURES
    ]


def scores(table: Table, ranker: Ranker) -> Floats:
    """float32 (q, entries)"""
    found: Floats = table.features @ ranker.weights(observations=table.observations, answered=table.answered)
    return found


def reciprocal_ranks(found: Floats, relevant: NDArray[np.bool_], *, top: int = 10) -> Doubles:
    """Of the first relevant entry among the `top` best, 0 where none is; float64 (q,). Ties: lower row first.

    found: (q, entries). Queries without a relevant entry are left to the caller.
    """
    best = np.argsort(-found, axis=1, kind="stable")[:, :top]
    hits = np.take_along_axis(relevant, best, axis=1)
    return np.where(hits.any(axis=1), 1.0 / (hits.argmax(axis=1) + 1), 0.0)


def _columns(table: Table) -> Floats:
    """The features once for each set of weights, by how much that counts in the table's collection."""
    counting = shares(table.observations, table.answered, half=HALF)
    return np.concatenate([np.float32(share) * table.features for share in counting], axis=2)


def _set_shares(tables: Iterable[Table]) -> list[float]:
    tables = list(tables)
    counts: dict[str, int] = {}
    for table in tables:
        counts[table.task.set_name] = counts.get(table.task.set_name, 0) + 1
    found = []
    for table in tables:
        whole = 0.5 if table.task.variants is None else 0.0
        found.append((whole + 0.5 / counts[table.task.set_name]) / len(counts))
    return found


def _softmax(found: Any) -> Doubles:
    raised = np.exp(found - found.max(axis=1, keepdims=True))
    result: Doubles = raised / raised.sum(axis=1, keepdims=True)
    return result
