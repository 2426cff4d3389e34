"""The metrics: pure functions of arrays, weighted, so that one call measures many resamples.

In every signature n is the number of queries and b that of weightings. weights: float64 (b, n), not below 0:
how often each weighting counts each query; a row of ones gives the plain figure. Where a figure is undefined,
because nothing that it is a share of has weight, it is NaN.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

BINS: Final = 10
"""Bins of confidence, of equal width."""
KEPT: Final = 0.95
"""Share of the right answers that the threshold for refusing keeps."""
_ROUNDING: Final = 1e-9


def reciprocal_ranks(ranks: Integers) -> Floats:
    """1 / rank, (n,), from ranks int64 (n,) that begin with 1; 0 stands for "not found" and gives 0."""
    reciprocal: Floats = np.divide(1.0, ranks, out=np.zeros(len(ranks)), where=ranks > 0)
    return reciprocal


def successes(ranks: Integers, k: int) -> Floats:
    """1.0 where a relevant entry is among the first k, else 0.0, (n,); ranks as in reciprocal_ranks."""
    return ((ranks > 0) & (ranks <= k)).astype(np.float64)


def ndcg(relevant: Flags, known: Integers) -> Floats:
    """Normalised discounted cumulative gain with binary gains, (n,).

    relevant: bool (n, k), whether the hit at each rank is. known: int64 (n,), how many relevant entries there
    are in all, at least as many as are flagged; where none, the gain is 0. Järvelin and Kekäläinen,
    "Cumulated gain-based evaluation of IR techniques" (2002), with the logarithm of rank + 1.
    """
    discounts = 1.0 / np.log2(np.arange(2, relevant.shape[1] + 2))
    ideal = np.append(0.0, np.cumsum(discounts))[np.minimum(known, relevant.shape[1])]
    gains: Floats = np.divide(relevant @ discounts, ideal, out=np.zeros(len(known)), where=ideal > 0)
    return gains


def means(values: Floats, members: Flags, weights: Floats) -> Floats:
    """Weighted means, (b, m), of the columns of values (n, m) over the members, bool (n,)."""
    counted = members.astype(np.float64)
    return _ratio(weights @ (values * counted[:, None]), (weights @ counted)[:, None])


def auroc(certainty: Floats, right: Flags, weights: Floats) -> Floats:
    """The area under the ROC curve, (b,): the chance that a right one is more certain than a wrong one.

    certainty: float64 (n,), on any scale; equal ones count half. right: bool (n,).
    """
    order = np.argsort(certainty, kind="stable")
    starts = np.flatnonzero(np.diff(certainty[order], prepend=-np.inf))
    if not len(starts):
        return np.full(len(weights), np.nan)
    positive = np.add.reduceat(weights[:, order] * right[order], starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * ~right[order], starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return _ratio((positive * below).sum(axis=1), pairs)


def bins_of(confidence: Floats) -> Integers:
    """The bin of each confidence, int64 (n,); a bin holds its lower bound, and the last one also 1."""
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def calibration_error(confidence: Floats, right: Flags, weights: Floats) -> Floats:
    """Expected calibration error, (b,): how far mean confidence and share of right ones are apart in a bin,
    on average over the queries. confidence: float64 (n,), from 0 to 1. right: bool (n,).
    """
    gaps = (confidence - right)[:, None] * (bins_of(confidence)[:, None] == np.arange(BINS))
    return _ratio(np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1))


def keeping_threshold(certainty: Floats, right: Flags, weights: Floats, *, kept: float = KEPT) -> Floats:
    """The highest threshold that at least the share `kept` of the right ones reach, (b,)."""
    chosen = np.flatnonzero(right)
    order = chosen[np.argsort(-certainty[chosen], kind="stable")]
    if not len(order):
        return np.full(len(weights), np.nan)
    reached = np.cumsum(weights[:, order], axis=1)
    total = reached[:, -1]
    first = (reached >= (kept * total - _ROUNDING)[:, None]).argmax(axis=1)
    return np.where(total > 0, certainty[order[first]], np.nan)


def shares_below(certainty: Floats, members: Flags, thresholds: Floats, weights: Floats) -> Floats:
    """The share of the members, bool (n,), whose certainty is below the weighting's threshold (b,), (b,).

    NaN where the threshold is.
    """
    chosen = np.flatnonzero(members)
    order = chosen[np.argsort(certainty[chosen], kind="stable")]
    reached = np.cumsum(weights[:, order], axis=1)
    reached = np.concatenate([np.zeros((len(weights), 1)), reached], axis=1)
    position = np.searchsorted(certainty[order], thresholds, side="left")
    below = reached[np.arange(len(weights)), position]
    return np.where(np.isnan(thresholds), np.nan, _ratio(below, reached[:, -1]))


def _ratio(part: Floats, whole: Floats) -> Floats:
    whole = np.broadcast_to(whole, part.shape)
    ratio: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio
