"""What was learned from open sets: the weights of ranking, with where they come from, in learned.json.

The file is written by `python -m benchmarks.relevance.learn`, and read by people: numbers by name, the sets
they were learned from, and how well they did on each set when it was left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np

from search.ranking import FEATURES, Floats

FILE: Final = "learned.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranker:
    """A weighted sum of features; how it weighs depends on what the collection's variants could teach.

    name: kept in manifests. plain: weights float32 (f,) for a collection without variants; adapted: for one
    with very many. half: as many observations (index/adaptation.py) put the weights half-way between.
    """

    name: str
    plain: Floats
    adapted: Floats
    half: float

    def weights(self, observations: int) -> Floats:
        """Of a collection whose metric was learned from so many observations, float32 (f,)."""
        strength = observations / (observations + self.half)
        mixed: Floats = ((1 - strength) * self.plain + strength * self.adapted).astype(np.float32)
        return mixed


@lru_cache(maxsize=1)
def learned() -> dict[str, Any]:
    """The whole file."""
    record: dict[str, Any] = json.loads(resources.files("search").joinpath(FILE).read_text("utf-8"))
    return record


def shipped_ranker() -> Ranker:
    """The ranker of this release."""
    record = learned()["ranker"]
    return Ranker(
        name=record["name"],
        plain=_row(record["plain"]),
        adapted=_row(record["adapted"]),
        half=float(record["half"]),
    )


def _row(weights: dict[str, float]) -> Floats:
    return np.array([weights[name] for name in FEATURES], dtype=np.float32)
