"""The vector index: a small interface, and FAISS behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from index.encoders import Vectors
from index.errors import SnapshotDamaged

FLAT: Final = "flat_inner_product"
_RECALL_SAMPLES: Final = 100
RECALL_AT: Final = 10


class VectorIndex(Protocol):
    """Passage vectors by row, ordered by inner product with a query."""

    kind: str

    def search(self, query: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Query float32 (dimension,) → scores float32 (m,) descending and rows int64 (m,), m = min(k, n)."""

    def scores(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Exact inner products of a query (dimension,) with some rows, float32 (len(rows),)."""

    @property
    def vectors(self) -> Vectors:
        """All rows, float32 (n, dimension), read-only."""

    def save(self, file: Path) -> None:
        """Write the index to a file."""


class FlatIndex:
    """Exact: every row is compared. Right for tens of thousands of passages."""

    kind = FLAT

    def __init__(self, index: Any) -> None:
        """index: a faiss.IndexFlat with at least one row."""
        self._index = index
        vectors = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
        self._vectors: Vectors = vectors.reshape(index.ntotal, index.d)
        self._vectors.flags.writeable = False

    @classmethod
    def build(cls, vectors: Vectors) -> FlatIndex:
        """float32 (n, dimension) with n ≥ 1 → an index of n rows."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @classmethod
    def open(cls, file: Path, *, dimension: int) -> FlatIndex:
        """Raises SnapshotDamaged where the file is no flat index of that dimension."""
        try:
            index = faiss.read_index(str(file))
        except RuntimeError as error:
            raise SnapshotDamaged(str(file), expected="a FAISS index", found=str(error)[-200:]) from error
        if not isinstance(index, faiss.IndexFlat) or index.d != dimension or index.ntotal == 0:
            found = f"{type(index).__name__} of dimension {index.d} with {index.ntotal} rows"
            raise SnapshotDamaged(str(file), expected=f"a flat index of dimension {dimension}", found=found)
        return cls(index)

    @property
    def vectors(self) -> Vectors:
        return self._vectors

    def search(self, query: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        _work_alone()
        scores, rows = self._index.search(query[None, :], min(k, self._index.ntotal))
        return scores[0], rows[0]

    def scores(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        # Not NumPy's product: it would copy the rows, and its sums may differ with the number of threads.
        rows = np.ascontiguousarray(rows)
        query = np.ascontiguousarray(query)
        scores = np.empty(len(rows), dtype=np.float32)
        _work_alone()
        pointers = (faiss.swig_ptr(array) for array in (scores, rows))
        self._index.compute_distance_subset(1, faiss.swig_ptr(query), len(rows), *pointers)
        return scores

    def save(self, file: Path) -> None:
        # Not faiss.write_index, which makes a RuntimeError of a full disk.
        file.write_bytes(faiss.serialize_index(self._index).data)


def _work_alone() -> None:
    """Keep FAISS on the calling thread: a team of threads would wait for each other at every query.

    OpenMP keeps this setting for each thread, so it is made on whichever calls.
    """
    faiss.omp_set_num_threads(1)


def measured_recall(index: VectorIndex, *, k: int = RECALL_AT) -> float:
    """Share of the true k nearest rows that `search` finds, over evenly spread rows as queries.

    Ties are forgiven: a row found counts when its score reaches the true k-th best.
    """
    vectors = index.vectors
    k = min(k, len(vectors))
    queries = np.unique(np.linspace(0, len(vectors) - 1, _RECALL_SAMPLES).astype(np.int64))
    found = 0
    for row in queries:
        exact = np.partition(vectors @ vectors[row], len(vectors) - k)[len(vectors) - k :]
        scores, _ = index.search(vectors[row], k)
        found += int((scores >= exact.min() - 1e-5).sum())
    return found / (k * len(queries))
