"""What was learned from open sets: the weights of ranking and the confidence, in learned.json.

The file is written by `python -m benchmarks.relevance.learn`, and read by people: numbers by name, the sets
they were learned from, and how well they did on each set when it was left out.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np

from search.decision import Confidence
from search.ranking import FEATURES, Floats

FILE: Final = "learned.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranker:
    """A weighted sum of features; how it weighs depends on what the collection has.

    name: kept in manifests. questions: weights float32 (f,) for a collection of bare questions; answers:
    where entries have answers too; variants: where they have many other wordings. half: as many
    observations (index/adaptation.py) put the weights half-way to those of variants.
    """

    name: str
    questions: Floats
    answers: Floats
    variants: Floats
    half: float

    def weights(self, *, observations: int, answered: float) -> Floats:
        """Of a collection, float32 (f,). observations: of its metric; answered: share with an answer."""
        varied, answering, bare = shares(observations, answered, half=self.half)
        mixed: Floats = np.float32(varied) * self.variants + np.float32(answering) * self.answers
        mixed += np.float32(bare) * self.questions
        return mixed


def shares(observations: int, answered: float, *, half: float) -> tuple[float, float, float]:
    """How much the weights of variants, answers and questions count; they add up to 1."""
    varied = observations / (observations + half)
    return varied, (1 - varied) * answered, (1 - varied) * (1 - answered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """confidence: before a collection's own calibration."""

    ranker: Ranker
    confidence: Confidence


@lru_cache(maxsize=1)
def shipped() -> Learned:
    """What this release has learned."""
    record = json.loads(_content())
    ranker = record["ranker"]
    return Learned(
        ranker=Ranker(
            # What was calibrated for other numbers is told from what was calibrated for these.
            name=f"{ranker['name']}-{learned_digest()[:8]}",
            questions=_row(ranker["questions"]),
            answers=_row(ranker["answers"]),
            variants=_row(ranker["variants"]),
            half=float(ranker["half"]),
        ),
        confidence=Confidence(**{name: float(value) for name, value in record["confidence"].items()}),
    )


def learned_digest() -> str:
    """SHA-256, hex, of the numbers that ranking and confidence are computed with."""
    record = json.loads(_content())
    numbers = [record["ranker"], record["confidence"]]
    return hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()


def _content() -> str:
    return resources.files("search").joinpath(FILE).read_text("utf-8")


def _row(weights: dict[str, float]) -> Floats:
    return np.array([weights[name] for name in FEATURES], dtype=np.float32)
