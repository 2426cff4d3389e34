"""Queries into groups by what was meant, however many there are.

Each query is joined to those nearest to it, and groups are the communities of that graph. No distance decides
that counts everywhere: "where is my parcel" is worded in a hundred ways, a rare subject in three. To how many
neighbours a query is joined decides how fine the groups are; the queries themselves tell which is best. Often
several are nearly as good, and a query more or less would choose another: so their graphs are added up, the
better the more they count, and a week's groups stay what they are when the week goes on.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.gaps.communities import Labels, communities
from search.gaps.features import Floats
from search.gaps.neighbours import nearest

NEIGHBOURS: Final = (2, 3, 4, 6, 8, 12)
"""That a query is joined to: each is tried."""
SHARPNESS: Final = 3
"""The power of a similarity that is the weight of an edge: what is nearer counts far more."""
CONNECTION: Final = 0.2
"""What modularity counts beside the silhouette: silhouette alone makes too many groups of people's messy
queries, modularity alone too few of tidy ones.
"""
BLEND: Final = 0.02
"""Of quality: a graph whose groups are that much worse than the best counts 1/e."""
LONER: Final = 0.2
"""Mean similarity to the others of its group, below which a query stands alone: a rare question has
neighbours, too, and to be the nearest is not to be near.
"""
_JUDGED_BY: Final = 8  # neighbours in the graph that modularity is measured in
_LEAST: Final = 1e-3  # similarity; what is no more alike is no neighbour
_AT_ONCE: Final = 2048


def group(rows: Floats) -> Labels:
    """Of each query the group, int64 (n,), numbered from 0. rows: see features; equal rows share a group.

    The order of the rows doesn't matter.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    items, labels = np.unique(rows, axis=0, return_inverse=True)
    alike, near = nearest(items, max(NEIGHBOURS))
    judged = _edges(alike, near, _JUDGED_BY)
    graphs, qualities = [], []
    for count in NEIGHBOURS:
        edges, similarities = _edges(alike, near, count)
        weights = similarities**SHARPNESS
        # To tell how good a graph is takes no better groups than one trial finds.
        groups = _without_loners(items, communities(edges, weights, nodes=len(items), trials=1))
        qualities.append(_silhouette(items, groups) + CONNECTION * _modularity(*judged, groups))
        graphs.append((edges, weights / max(weights.sum(), _LEAST)))
    shares = np.exp((np.array(qualities) - max(qualities)) / BLEND)
    edges = np.concatenate([edges for edges, _ in graphs])
    weights = np.concatenate([share * weights for share, (_, weights) in zip(shares, graphs, strict=True)])
    joined, position = np.unique(edges, axis=0, return_inverse=True)
    added = np.bincount(position.reshape(-1), weights=weights).astype(np.float64)
    found = communities(joined, added, nodes=len(items))
    return _without_loners(items, found)[labels.reshape(-1)]


def _edges(
    alike: Floats, near: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each pair of which one is among the `count` nearest of the other, once, and how alike they are."""
    alike, near = alike[:, :count], near[:, :count]
    own = np.broadcast_to(np.arange(len(near))[:, None], near.shape)
    joined = (near >= 0) & (alike > _LEAST)
    pairs = np.sort(np.stack([own[joined], near[joined]], axis=1), axis=1)
    edges, first = np.unique(pairs, axis=0, return_index=True)
    return edges, alike[joined][first].astype(np.float64)


def _without_loners(rows: Floats, groups: Labels) -> Labels:
    """The groups, each without what is unlike the rest of it, numbered anew."""
    sums = _sums(rows, groups)
    others = np.bincount(groups)[groups] - 1
    alike = np.einsum("ij,ij->i", rows, sums[groups] - rows) / np.maximum(others, 1)
    alone = (others > 1) & (alike < LONER)
    found = np.where(alone, len(sums) + np.cumsum(alone), groups)
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _silhouette(rows: Floats, groups: Labels) -> float:
    """Mean silhouette (Rousseeuw 1987), 0 for what is alone. Means over a group are products with its sum."""
    sums, sizes = _sums(rows, groups), np.bincount(groups)
    if len(sums) < 2:  # there is no other group
        return 0.0
    total = 0.0
    for start in range(0, len(rows), _AT_ONCE):
        some, own = rows[start : start + _AT_ONCE], groups[start : start + _AT_ONCE]
        alike = some @ sums.T
        each = np.arange(len(some))
        within = 1 - (alike[each, own] - np.einsum("ij,ij->i", some, some)) / np.maximum(sizes[own] - 1, 1)
        alike /= sizes
        alike[each, own] = -np.inf
        between = 1 - alike.max(axis=1)
        values = (between - within) / np.maximum(np.maximum(within, between), 1e-9)
        total += float(values[sizes[own] > 1].sum())
    return total / len(rows)


def _modularity(edges: NDArray[np.int64], weights: NDArray[np.float64], groups: Labels) -> float:
    """In a graph (Newman and Girvan 2004); 0 for one without edges."""
    if not len(edges):
        return 0.0
    ends = groups[edges]
    inside = weights[ends[:, 0] == ends[:, 1]].sum() / weights.sum()
    degrees = np.bincount(ends.ravel(), weights=np.repeat(weights, 2)) / (2 * weights.sum())
    return float(inside - (degrees**2).sum())


def _sums(rows: Floats, groups: Labels) -> Floats:
    sums = np.zeros((int(groups.max()) + 1, rows.shape[1]), dtype=np.float32)
    np.add.at(sums, groups, rows)
    return sums
