"""Queries into groups by what was meant, however many there are."""

from __future__ import annotations

from typing import Final

import numpy as np

from search.gaps.doubt import neighbours
from search.gaps.features import Floats, unit
from search.gaps.linkage import Labels
from search.gaps.partition import partition

MOST_ITEMS: Final = 4000
"""Items that a tree is grown over; of more, those nearest to each other are joined before."""
_ROUNDS: Final = 24


def group(rows: Floats, most: int = MOST_ITEMS) -> Labels:
    """Of each query the group, int64 (n,), numbered from 0. rows: see features; equal rows share a group."""
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    items, labels = np.unique(rows, axis=0, return_inverse=True)
    labels = labels.reshape(-1).astype(np.int64)
    sizes = np.bincount(labels)
    for _ in range(_ROUNDS):
        if len(items) <= most:
            break
        joined = _joined(items, excess=len(items) - most)
        sums = np.zeros((int(joined.max()) + 1, items.shape[1]), dtype=np.float32)
        np.add.at(sums, joined, items * sizes[:, None].astype(np.float32))
        sizes = np.bincount(joined, weights=sizes).astype(np.int64)
        items, labels = unit(sums), joined[labels]
    return partition(items, sizes)[labels]


def _joined(rows: Floats, *, excess: int) -> Labels:
    """Pairs that are each other's nearest joined, the most alike first, at most `excess` of them."""
    alike, near = neighbours(rows, 2)
    own = np.arange(len(rows))
    # Of equal rows a row may find another before itself.
    itself = near[:, 0] == own
    nearest = np.where(itself, near[:, 1], near[:, 0])
    similarity = np.where(itself, alike[:, 1], alike[:, 0])
    mutual = (nearest >= 0) & (nearest[nearest] == own) & (own < nearest)
    pairs = np.flatnonzero(mutual)
    pairs = pairs[np.argsort(-similarity[pairs], kind="stable")][:excess]
    into = own.copy()
    into[nearest[pairs]] = pairs
    return np.unique(into, return_inverse=True)[1].astype(np.int64)
