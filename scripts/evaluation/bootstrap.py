"""How far a figure would move with other queries of the same kind: the percentile bootstrap.

Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from scripts.evaluation.metrics import Floats

LEVEL: Final = 0.95
"""Of the intervals."""
_CELLS: Final = 2_000_000  # of the weights held at a time: 16 MB


def resampled(queries: int, *, resamples: int, seed: int) -> Iterator[Floats]:
    """Weightings of n ≥ 1 queries, float64 (b, n) each, `resamples` rows in all.

    A row says how often each query is among n drawn with replacement. Equal seeds, equal weightings.
    """
    generator = np.random.default_rng(seed)
    rows = max(1, _CELLS // queries)
    for done in range(0, resamples, rows):
        count = min(rows, resamples - done)
        drawn = generator.integers(queries, size=(count, queries))
        cells = drawn + queries * np.arange(count)[:, None]
        weights = np.bincount(cells.ravel(), minlength=count * queries)
        yield weights.reshape(count, queries).astype(np.float64)


def intervals(estimates: Floats, samples: Floats) -> tuple[Floats, Floats]:
    """Lower and upper bounds, (f,) each, from f estimates and what resamples gave, (r, f).

    Resamples without a value (NaN) are left out; without any, the bounds are NaN. Bounds are widened to hold
    the estimate: resampling makes some figures, such as a calibration error, larger on average.
    """
    low, high = np.full(len(estimates), np.nan), np.full(len(estimates), np.nan)
    for column, estimate in enumerate(estimates):
        values = samples[:, column]
        values = values[~np.isnan(values)]
        if len(values) and not np.isnan(estimate):
            bounds = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            low[column], high[column] = min(bounds[0], estimate), max(bounds[1], estimate)
    return low, high
