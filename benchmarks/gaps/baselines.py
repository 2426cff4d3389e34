"""What anybody would do first: k-means with the number of groups by silhouette, and HDBSCAN."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import silhouette_score

from search.gaps.features import Floats, unit

Labels = NDArray[np.int64]

KMEANS, HDBSCAN_ALONE, HDBSCAN_NEAREST = "k-means", "HDBSCAN, noise alone", "HDBSCAN, noise to the nearest"
BASELINES: Final = (KMEANS, HDBSCAN_ALONE, HDBSCAN_NEAREST)
_TRIED: Final = 25
_STARTS: Final = 10
_SAMPLE: Final = 1000
_FEW: Final = 400  # queries, of which more starts cost little


def baselines(vectors: Floats, *, seed: int = 0) -> dict[str, Labels]:
    """Groups by each of BASELINES. vectors: float32 (n, d), at least 3."""
    rows = unit(vectors)
    dense = HDBSCAN(copy=True).fit_predict(rows) if len(rows) >= 5 else np.full(len(rows), -1)
    return {
        KMEANS: _kmeans(rows, seed),
        HDBSCAN_ALONE: _alone(dense),
        HDBSCAN_NEAREST: _nearest(dense, rows),
    }


def _kmeans(rows: Floats, seed: int) -> Labels:
    best: tuple[float, Labels] | None = None
    starts = _STARTS if len(rows) <= _FEW else 2
    most = max(min(len(rows) // 2, 200), 3)
    for count in sorted({round(c) for c in np.geomspace(2, most, _TRIED)}):
        if not 2 <= count < len(rows):
            continue
        found = KMeans(count, n_init=starts, random_state=seed).fit_predict(rows).astype(np.int64)
        value = float(silhouette_score(rows, found, sample_size=min(len(rows), _SAMPLE), random_state=seed))
        if best is None or value > best[0]:
            best = value, found
    return best[1] if best else np.zeros(len(rows), dtype=np.int64)


def _alone(dense: Labels) -> Labels:
    found = dense.astype(np.int64)
    noise = found < 0
    found[noise] = found.max(initial=0) + 1 + np.arange(noise.sum())
    return found


def _nearest(dense: Labels, rows: Floats) -> Labels:
    if dense.max(initial=-1) < 0:
        return np.zeros(len(rows), dtype=np.int64)
    centres = unit(np.stack([rows[dense == group].mean(axis=0) for group in range(int(dense.max()) + 1)]))
    return np.where(dense < 0, (rows @ centres.T).argmax(axis=1), dense).astype(np.int64)
