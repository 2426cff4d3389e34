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
    """A weighted sum of features; how it weighs depends on what the collection has.

    name: kept in manifests. questions: weights float32 (f,) for a collection of bare questions; answers: where
    entries have answers too; variants: where they have many other wordings. half: as many observations
    (index/adaptation.py) put the weights half-way to those of variants.
    """

    name: str
    questions: Floats
    answers: Floats
    variants: Floats
    half: float

    def weights(self, *, observations: int, answered: float) -> Floats:
        """Of a collection, float32 (f,). observations: of its metric; answered: share with an answer."""
        varied, answering, bare = shares(observations, answered, half=self.half)
        mixed = varied * self.variants + answering * self.answers + bare * self.questions
        return mixed.astype(np.float32)


def shares(observations: int, answered: float, *, half: float) -> tuple[float, float, float]:
    """How much the weights of variants, answers and questions count; they add up to 1."""
    varied = observations / (observations + half)
    return varied, (1 - varied) * answered, (1 - varied) * (1 - answered)


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
        questions=_row(record["questions"]),
        answers=_row(record["answers"]),
        variants=_row(record["variants"]),
        half=float(record["half"]),
    )


def _row(weights: dict[str, float]) -> Floats:
    return np.array([weights[name] for name in FEATURES], dtype=np.float32)
