"""Average linkage: a tree of groups, grown by joining the two that are most alike.

By chains of nearest neighbours (Benzécri 1982; Murtagh 1983): n steps over rows of n, and the same tree as
from searching for the best pair each time, since an average never rises above what it was made of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tree:
    """joins: pairs of items whose groups are joined, most alike first, int64 (n - 1, 2). heights: how alike
    they are, on average, float64 (n - 1,).
    """

    items: int
    joins: NDArray[np.int64]
    heights: NDArray[np.float64]

    def cut(self, groups: int) -> Labels:
        """Which group each item is in, where there are so many; int64 (n,), numbered from 0 by first item."""
        parent = list(range(self.items))
        for first, second in self.joins[: self.items - groups].tolist():
            one, other = _root(parent, first), _root(parent, second)
            parent[max(one, other)] = min(one, other)
        roots = [_root(parent, item) for item in range(self.items)]
        return np.unique(np.array(roots, dtype=np.int64), return_inverse=True)[1].astype(np.int64)


def average_linkage(similarities: Floats, sizes: NDArray[np.int64]) -> Tree:
    """The tree over n items. similarities: float32 (n, n), symmetric; they are overwritten.

    sizes: how many each item stands for, int64 (n,).
    """
    items = len(similarities)
    weights = sizes.astype(np.float32)
    gone = np.float32(-np.inf)
    np.fill_diagonal(similarities, gone)
    alive = np.ones(items, dtype=np.bool_)
    joins: list[tuple[int, int]] = []
    heights: list[float] = []
    chain: list[int] = []
    first = 0
    while len(joins) < items - 1:
        if not chain:
            while not alive[first]:
                first += 1
            chain.append(first)
        while True:
            row = similarities[chain[-1]]
            nearest = int(row.argmax())
            # Of neighbours equally near the one it came from, or a chain among equals would never end.
            if len(chain) > 1 and row[chain[-2]] >= row[nearest]:
                break
            chain.append(nearest)
        kept, dropped = chain.pop(), chain.pop()
        joins.append((kept, dropped))
        heights.append(float(similarities[kept, dropped]))
        share = weights[kept] / (weights[kept] + weights[dropped])
        mixed = share * similarities[kept] + (1 - share) * similarities[dropped]
        mixed[kept] = mixed[dropped] = gone
        mixed[~alive] = gone
        similarities[kept], similarities[:, kept] = mixed, mixed
        similarities[dropped], similarities[:, dropped] = gone, gone
        weights[kept] += weights[dropped]
        alive[dropped] = False
    measured = np.array(heights, dtype=np.float64)
    order = np.argsort(-measured, kind="stable")
    return Tree(items, np.array(joins, dtype=np.int64).reshape(-1, 2)[order], measured[order])


def _root(parent: list[int], item: int) -> int:
    while parent[item] != item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item
