"""Into how many groups, and which: similarities evened out, a tree over them, and the best of its cuts.

Evened out, because topics are not equally dense: "where is my parcel" is worded in a hundred ways, a rare
subject in three. Each query moves towards the neighbours that it shares (one step of graph convolution), and
a similarity counts by how far it exceeds what both are used to (Conneau et al. 2018, "Word Translation
Without Parallel Data", cross-domain similarity local scaling).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.gaps.features import Floats, unit
from search.gaps.linkage import Labels, Tree, average_linkage

NEIGHBOURS: Final = 8
"""Of a query, that its surroundings are judged by: about as many as a topic worth a report has."""
TEMPERATURE: Final = 0.2
"""Of neighbours' weights: one that is 0.2 less alike counts 1/e."""
CONNECTION: Final = 0.3
"""What modularity counts beside the silhouette."""
CUTS: Final = 60
MOST_GROUPS: Final = 0.6
"""Of the number of items: the finest cut that is looked at."""
ALIKE: Final = 0.4
"""Average similarity from which queries share a group where there are only a few of them."""
_EVENED: Final = 2


def partition(rows: Floats, sizes: NDArray[np.int64]) -> Labels:
    """The group of each item, int64 (n,), numbered from 0. rows: float32 (n, d), of unit length.

    sizes: how many queries each item stands for. Needs about 16 n² bytes.
    """
    items = len(rows)
    if not items:
        return np.zeros(0, dtype=np.int64)
    similarities = rows @ rows.T
    if items <= NEIGHBOURS:  # too few to show how near is near
        tree = average_linkage(similarities, sizes)
        return tree.cut(items - int((tree.heights >= ALIKE).sum()))
    tree = average_linkage(_evened_out(rows, similarities), sizes)
    counts = _counts(items)
    quality = _silhouettes(tree, counts, similarities) + CONNECTION * _modularities(
        tree, counts, similarities
    )
    # A single cut's figure jumps; its neighbours' say whether it is a good place.
    padded = np.pad(quality, _EVENED, mode="edge")
    evened = np.convolve(padded, np.full(2 * _EVENED + 1, 1 / (2 * _EVENED + 1)), mode="valid")
    return tree.cut(int(counts[int(evened.argmax())]))


def nearest(similarities: Floats, count: int) -> NDArray[np.bool_]:
    """Which are among the `count` most similar to each, itself not counted, bool (n, n)."""
    items = len(similarities)
    count = min(count, items - 1)
    others = similarities.copy()
    np.fill_diagonal(others, -np.inf)
    columns = np.argpartition(-others, count - 1, axis=1)[:, :count]
    found = np.zeros((items, items), dtype=np.bool_)
    np.put_along_axis(found, columns, True, axis=1)
    return found


def _evened_out(rows: Floats, similarities: Floats) -> Floats:
    near = nearest(similarities, NEIGHBOURS)
    near &= near.T
    np.fill_diagonal(near, True)
    weights = np.where(near, np.exp((similarities - 1) / np.float32(TEMPERATURE)), np.float32(0))
    smooth = unit(weights @ rows)
    found = smooth @ smooth.T
    others = found.copy()
    np.fill_diagonal(others, -np.inf)
    count = min(NEIGHBOURS, len(rows) - 1)
    usual = np.partition(others, -count, axis=1)[:, -count:].mean(axis=1)
    scaled: Floats = 2 * found - usual[:, None] - usual[None, :]
    return scaled


def _counts(items: int) -> NDArray[np.int64]:
    """Numbers of groups, from few to many."""
    most = max(int(items * MOST_GROUPS), 2)
    return np.unique(np.geomspace(min(4, most), most, CUTS).round().astype(np.int64))


def _silhouettes(tree: Tree, counts: NDArray[np.int64], similarities: Floats) -> NDArray[np.float64]:
    """Mean silhouette of each cut (Rousseeuw 1987), 0 for what is alone; float64 (cuts,).

    Cuts are nested, so sums over a group are sums over the finer groups in it.
    """
    items = np.arange(tree.items)
    labels = tree.cut(int(counts[-1]))
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(counts[-1]))
    sums = np.add.reduceat(similarities[:, order], starts, axis=1)
    found = []
    for finer, count in pairwise([int(counts[-1]), *counts[::-1].tolist()]):
        if count != finer:
            coarse = tree.cut(count)
            into = np.zeros(finer, dtype=np.int64)
            into[labels] = coarse
            order = np.argsort(into, kind="stable")
            sums = np.add.reduceat(sums[:, order], np.searchsorted(into[order], np.arange(count)), axis=1)
            labels = coarse
        sizes = np.bincount(labels, minlength=count)
        own = (sums[items, labels] - similarities[items, items]) / np.maximum(sizes[labels] - 1, 1)
        means = sums / sizes.astype(np.float32)
        means[items, labels] = -np.inf
        within, between = 1 - own, 1 - means.max(axis=1)
        values = (between - within) / np.maximum(np.maximum(within, between), 1e-9)
        found.append(float(np.where(sizes[labels] > 1, values, 0.0).mean()))
    return np.array(found[::-1])


def _modularities(tree: Tree, counts: NDArray[np.int64], similarities: Floats) -> NDArray[np.float64]:
    """Of each cut, in the graph of nearest neighbours (Newman and Girvan 2004); float64 (cuts,)."""
    near = nearest(similarities, NEIGHBOURS)
    one, other = np.nonzero(near | near.T)
    weights = np.maximum(similarities[one, other], 1e-3).astype(np.float64)
    degrees = np.bincount(one, weights=weights, minlength=tree.items)
    total = degrees.sum()
    found = []
    for count in counts.tolist():
        labels = tree.cut(count)
        inside = weights[labels[one] == labels[other]].sum()
        found.append(inside / total - float(((np.bincount(labels, weights=degrees) / total) ** 2).sum()))
    return np.array(found)
