"""What a collection's own wordings teach about its vectors: the adapted metric.

Variants show how one question may be worded. Directions in which they differ from each other say little of
what is asked, so distances along them count less. This is linear discriminant analysis's whitening within
classes (Fisher 1936; Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 4.3.3), with the
covariance shrunk towards a round one (Ledoit and Wolf 2004): a FAQ has few variants and many dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoders import Vectors
from index.errors import SnapshotDamaged
from index.passages import Passage

Floats = NDArray[np.float32]

ROUND: Final = 400.0
"""Pseudo-observations of the round covariance. On open sets 200 to 800 did alike, 50 and less worse."""
_SPREAD: Final = 0.4
_SPREAD_WEIGHT: Final = 20.0  # of that first guess at the variance within an entry, in observations
_CENTRE_WEIGHT: Final = 20.0  # entries: the mean of fewer is more their own subject than the collection's
_ARRAYS: Final = ("metric", "centre", "question_norms", "answer_norms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """A metric in which vectors are compared after subtracting `centre`.

    metric: inverse of the covariance within entries, float32 (d, d), symmetric. centre: float32 (d,).
    question_norms: length of each entry's mean question vector in the metric, float32 (entries,);
    answer_norms: of its question and answer together, or 0 where it has none. observations: how many wordings
    beyond the first of each entry it was learned from.
    """

    metric: Floats
    centre: Floats
    question_norms: Floats
    answer_norms: Floats
    observations: int

    def save(self, file: Path) -> None:
        """Write it into a file, without pickles."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        with file.open("wb") as stream:
            np.savez(stream, observations=np.int64(self.observations), **arrays)

    @classmethod
    def open(cls, file: Path, *, dimension: int, entries: int) -> Adaptation:
        """Raises SnapshotDamaged where the file holds something else, or of another size."""
        shapes = ((dimension, dimension), (dimension,), (entries,), (entries,))
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
                arrays = {name: held[name] for name in _ARRAYS}
                observations = held["observations"]
        except Exception as error:  # whatever NumPy makes of a file that holds something else
            raise SnapshotDamaged(
                str(file), expected="the arrays of an adapted metric", found=str(error)[:200]
            ) from error
        for (name, array), shape in zip(arrays.items(), shapes, strict=True):
            if array.dtype != np.float32 or array.shape != shape or not np.isfinite(array).all():
                raise SnapshotDamaged(
                    str(file),
                    expected=f"{name} as finite float32 {shape}",
                    found=f"{array.dtype} {array.shape}",
                )
        if not (arrays["question_norms"] > 0).all() or (arrays["answer_norms"] < 0).any():
            raise SnapshotDamaged(str(file), expected="lengths above 0", found="others")
        if observations.shape != () or observations.dtype != np.int64 or observations < 0:
            raise SnapshotDamaged(
                str(file), expected="observations as a number", found=str(observations)[:80]
            )
        return cls(**arrays, observations=int(observations))


def learn(vectors: Vectors, passages: Sequence[Passage], *, entries: int) -> Adaptation:
    """From passages grouped by entry and their vectors, float32 (n, d).

    Without any variants the metric is round, and only the centre counts.
    """
    owner = np.array([p.entry for p in passages], dtype=np.int64)
    asked = np.array([p.kind in ("question", "variant") for p in passages])
    whole = np.array([p.kind == "question_answer" for p in passages])
    wordings, of = vectors[asked].astype(np.float64), owner[asked]
    observations = len(wordings) - entries
    counts = np.bincount(of, minlength=entries)
    means = np.zeros((entries, vectors.shape[1]))
    np.add.at(means, of, wordings)
    means /= counts[:, None]
    metric = np.asarray(np.linalg.inv(_covariance(wordings - means[of], observations)), dtype=np.float64)
    centre = means.sum(axis=0) / (entries + _CENTRE_WEIGHT)
    answer_norms = np.zeros(entries)
    answer_norms[owner[whole]] = _norms(vectors[whole] - centre, metric)
    return Adaptation(
        metric=metric.astype(np.float32),
        centre=centre.astype(np.float32),
        question_norms=_norms(means - centre, metric).astype(np.float32),
        answer_norms=answer_norms.astype(np.float32),
        observations=observations,
    )


def _covariance(residuals: NDArray[np.float64], observations: int) -> NDArray[np.float64]:
    """Of wordings about their entries' means, shrunk; float64 (d, d)."""
    scatter = residuals.T @ residuals
    dimension = len(scatter)
    spread = (np.trace(scatter) + _SPREAD_WEIGHT * _SPREAD) / (observations + _SPREAD_WEIGHT)
    round_ = spread / dimension * np.eye(dimension)
    covariance: NDArray[np.float64] = (scatter + ROUND * round_) / (observations + ROUND)
    return covariance


def _norms(rows: NDArray[np.float64], metric: NDArray[np.float64]) -> NDArray[np.float64]:
    norms: NDArray[np.float64] = np.sqrt(np.maximum(((rows @ metric) * rows).sum(axis=1), 1e-12))
    return norms
