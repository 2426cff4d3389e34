"""Whether a difference between two runs over the same queries is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from scripts.evaluation.bootstrap import intervals, resampled
from scripts.evaluation.metrics import Floats, means

PERMUTATIONS: Final = 10_000
SIGNIFICANT: Final = 0.05
"""Below this, a difference is called more than chance."""
_CELLS: Final = 2_000_000  # of the signs held at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """old, new: means over the answerable queries. difference: new - old; low, high: its interval; p: the
    chance of one at least as large if the two runs were equally good.
    """

    old: float
    new: float
    difference: float
    low: float
    high: float
    p: float


def difference(old: Floats, new: Floats, *, resamples: int, seed: int) -> Difference | None:
    """Of paired values, float64 (n,) each; None where there are none."""
    paired = new - old
    if not len(paired):
        return None
    everyone = np.ones(len(paired), dtype=np.bool_)
    samples = np.concatenate(
        [
            means(paired[:, None], everyone, weights)
            for weights in resampled(len(paired), resamples=resamples, seed=seed)
        ]
    )
    estimate = paired.mean(keepdims=True)
    low, high = intervals(estimate, samples)
    return Difference(
        old=float(old.mean()),
        new=float(new.mean()),
        difference=float(estimate[0]),
        low=float(low[0]),
        high=float(high[0]),
        p=permutation_p(paired, seed=seed),
    )


def permutation_p(differences: Floats, *, seed: int, permutations: int = PERMUTATIONS) -> float:
    """Two-sided p of a mean of paired differences, float64 (n,), by exchanging pairs at random.

    (1 + exchanges that give at least the mean observed) / (1 + permutations), so it is never 0.
    """
    moved = differences[differences != 0]
    observed = abs(moved.sum()) - 1e-9  # sums of the same numbers in another order may differ in the last bit
    generator = np.random.default_rng(seed)
    reached = 0
    rows = max(1, _CELLS // max(1, len(moved)))
    for done in range(0, permutations, rows):
        shape = (min(rows, permutations - done), len(moved))
        signs = generator.integers(2, size=shape) * 2.0 - 1.0
        reached += int((np.abs(signs @ moved) >= observed).sum())
    return (1 + reached) / (1 + permutations)
