"""How closely an exported query encoder follows the model that made the passages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.encoders import QueryEncoder, Vectors

COSINE_FLOOR: Final = 0.98
"""Mean cosine to the model's own query vectors under which int8 is not used."""
TOP1_FLOOR: Final = 0.85
"""Share of samples with the model's own nearest passage under which int8 is not used."""
FAITHFUL_COSINE: Final = 0.9999
"""Lowest cosine of a float32 export, which has only the order of its sums to differ by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Texts of the collection with the model's own vectors of them.

    queries, passages: float32 (len(texts), dimension), one row a text.
    """

    texts: tuple[str, ...]
    queries: Vectors
    passages: Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Measured over `samples` texts. top1: share whose nearest passage of another text is the same."""

    samples: int
    cosine_mean: float
    cosine_min: float
    top1: float

    @property
    def sufficient(self) -> bool:
        """Whether an int8 encoder may be served."""
        return self.cosine_mean >= COSINE_FLOOR and self.top1 >= TOP1_FLOOR

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict, with the floors it was held against."""
        return {**asdict(self), "floor": {"cosine_mean": COSINE_FLOOR, "top1": TOP1_FLOOR}}


def measure(encoder: QueryEncoder, samples: Samples) -> Agreement:
    """Encode every sample and compare. There must be at least one."""
    own = np.stack([encoder.encode_query(text) for text in samples.texts])
    lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(samples.queries, axis=1)
    cosines = (own * samples.queries).sum(axis=1) / np.maximum(lengths, 1e-12)
    return Agreement(
        samples=len(samples.texts),
        cosine_mean=round(float(cosines.mean()), 6),
        cosine_min=round(float(cosines.min()), 6),
        top1=round(float((_nearest(own, samples) == _nearest(samples.queries, samples)).mean()), 6),
    )


def _nearest(queries: Vectors, samples: Samples) -> NDArray[np.int64]:
    scores = queries @ samples.passages.T
    np.fill_diagonal(scores, -np.inf)  # its own text is everybody's nearest
    rows: NDArray[np.int64] = scores.argmax(axis=1)
    return rows
