"""The queries nearest to each query."""

from __future__ import annotations

from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from search.gaps.features import Floats

_EXACT: Final = 10_000  # rows up to which all pairs are compared
_CELLS, _PROBES = 256, 16


def nearest(rows: Floats, count: int) -> tuple[Floats, NDArray[np.int64]]:
    """Similarities and positions of the `count` rows nearest to each, best first, itself not counted; each
    (n, count), -1 where there are fewer. rows: float32 (n, d), of unit length.

    Exact up to some thousands, beyond that by cells.
    """
    rows = np.ascontiguousarray(rows)
    dimension = rows.shape[1]
    index: faiss.Index = faiss.IndexFlatIP(dimension)
    if len(rows) > _EXACT:
        index = faiss.IndexIVFFlat(index, dimension, _CELLS, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = _PROBES
        index.cp.seed = 1
        index.train(rows[:: max(len(rows) // (_CELLS * 64), 1)])
    index.add(rows)
    found, positions = index.search(rows, count + 1)
    itself = positions == np.arange(len(rows))[:, None]
    # Among equal rows a row may not find itself: then the last of them goes.
    itself[~itself.any(axis=1), -1] = True
    shape = (len(rows), count)
    return found[~itself].reshape(shape), positions[~itself].reshape(shape).astype(np.int64)
