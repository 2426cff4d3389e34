"""Queries into groups by what was meant, however many there are.

Each query is joined to those nearest to it, and groups are the communities of that graph. No distance decides
that counts everywhere: "where is my parcel" is worded in a hundred ways, a rare subject in three.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from search.gaps.communities import Labels, communities
from search.gaps.features import Floats
from search.gaps.neighbours import nearest

NEIGHBOURS: Final = 6
"""That a query is joined to: about as many as a topic worth a report has."""
SHARPNESS: Final = 3
"""The power of a similarity that is the weight of an edge: what is nearer counts far more."""
LONER: Final = 0.2
"""Mean similarity to the others of its group, below which a query stands alone: a rare question has
neighbours, too, and to be the nearest is not to be near.
"""
_LEAST: Final = 1e-3  # similarity; what is no more alike is no neighbour


def group(rows: Floats) -> Labels:
    """Of each query the group, int64 (n,), numbered from 0. rows: see features; equal rows share a group.

    The order of the rows doesn't matter.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    items, labels = np.unique(rows, axis=0, return_inverse=True)
    alike, near = nearest(items, NEIGHBOURS)
    own = np.broadcast_to(np.arange(len(items))[:, None], near.shape)
    joined = (near >= 0) & (alike > _LEAST)
    pairs = np.sort(np.stack([own[joined], near[joined]], axis=1), axis=1)
    edges, first = np.unique(pairs, axis=0, return_index=True)
    weights = alike[joined][first].astype(np.float64) ** SHARPNESS
    groups = _without_loners(items, communities(edges, weights, nodes=len(items)))
    return groups[labels.reshape(-1)]


def _without_loners(rows: Floats, groups: Labels) -> Labels:
    """The groups, each without what is unlike the rest of it, numbered anew."""
    count = int(groups.max()) + 1
    sums = np.zeros((count, rows.shape[1]), dtype=np.float32)
    np.add.at(sums, groups, rows)
    others = np.bincount(groups)[groups] - 1
    alike = np.einsum("ij,ij->i", rows, sums[groups] - rows) / np.maximum(others, 1)
    alone = (others > 1) & (alike < LONER)
    found = np.where(alone, count + np.cumsum(alone), groups)
    return np.unique(found, return_inverse=True)[1].astype(np.int64)
