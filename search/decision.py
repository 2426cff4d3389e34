"""From scores to a probability, and from that to a decision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.ranking import Floats
from search.result import Decision

Doubles = NDArray[np.float64]

ANSWER_AT: Final = 0.5
"""Confidence from which the best hit is given as the answer: it is more likely right than not."""
NOTHING: Final[Decision] = "no_answer"
CHOICES: Final = 3
"""Entries that a person is asked to choose from, at most."""
PLAUSIBLE: Final = 0.3
"""Of the confidence from which a hit is the answer: an entry with that share is worth asking about."""
CLOSE: Final = 0.7
"""Of the best hit's confidence: where the second has that share, it was right more often than the best."""
LEAD_LIMIT: Final = 4.0
"""Log odds that no lead exceeds: even an entry far ahead may be next to what nobody wrote yet."""
_LIMIT: Final = 50.0  # of log odds


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """Probability that a hit is right: a logistic curve over its evidence, then Platt's over that.

    intercept, lead, level: learned from open sets. slope, offset: of the collection, from its calibration
    (Platt 1999, "Probabilistic outputs for support vector machines"); 1 and 0 where there is none.
    """

    intercept: float
    lead: float
    level: float
    slope: float = 1.0
    offset: float = 0.0

    def log_odds(self, evidence: Doubles) -> Doubles:
        """As learned from open sets, before the collection's own calibration; float64 (n,) from (n, 2)."""
        return self.intercept + self.lead * evidence[:, 0] + self.level * evidence[:, 1]

    def of(self, evidence: Doubles) -> Doubles:
        """Probabilities, float64 (n,), from `evidence` (n, 2)."""
        return self.from_log_odds(self.log_odds(evidence))

    def from_log_odds(self, learned: Doubles) -> Doubles:
        """Probabilities by the collection's own curve, float64 (n,), from `log_odds` (n,)."""
        odds = np.clip(self.slope * learned + self.offset, -_LIMIT, _LIMIT)
        return 1.0 / (1.0 + np.exp(-odds))

    def calibrated(self, calibration: Mapping[str, Any], *, ranker: str) -> Confidence:
        """With the slope and offset of a manifest, where they were made for the same ranker."""
        slope, offset = _number(calibration.get("slope")), _number(calibration.get("offset"))
        if calibration.get("ranker") != ranker or slope is None or offset is None:
            return self
        if slope <= 0:  # a falling curve would say the opposite of what the ranking says
            return self
        return replace(self, slope=slope, offset=offset)


def evidence(
    scores: Floats,
    positions: NDArray[np.int64],
    *,
    highest: float,
    rivals: NDArray[np.bool_] | None = None,
) -> Doubles:
    """What speaks for some of the candidates being right, float64 (n, 2), from all scores, float32 (c,).

    Lead: log odds of the hit against all others and against nothing, which scores 0, by the soft maximum of
    the scores, bent towards LEAD_LIMIT. Level: the score as a share of the highest there is, the sum of the
    weights. Others count whether or not a filter leaves them: what the whole collection answers better is no
    sure answer. The only entry of a collection leads nobody.

    rivals: bool (c,), those that a hit is set against, where that isn't all.
    """
    values = scores.astype(np.float64)
    best = max(float(values.max(initial=0.0)), 0.0)
    chances = np.exp(values - best)
    own, counted = values[positions], chances[positions]
    if rivals is not None:
        chances, counted = chances[rivals], np.where(rivals[positions], counted, 0.0)
    total = chances.sum() + math.exp(-best)
    others = np.maximum(total - counted, 1e-12)
    lead = LEAD_LIMIT * np.tanh((own - best - np.log(others)) / LEAD_LIMIT)
    if np.isfinite(values if rivals is None else values[rivals]).sum() < 2:
        lead[:] = 0.0
    return np.stack([lead, own / max(highest, 1e-6)], axis=1)


def decide(probabilities: Doubles, *, answer_at: float = ANSWER_AT) -> Decision:
    """From confidences float64 (n,), best first.

    `answer` where the best is likely right and no other nearly as likely, `clarify` where one of two or three
    plausible ones is, else `no_answer`. A higher `answer_at` never makes an answer of what was none.
    """
    first = probabilities[0] if len(probabilities) else 0.0
    sure = bool(len(probabilities)) and first >= answer_at
    if sure and not (len(probabilities) > 1 and probabilities[1] >= CLOSE * first):
        return "answer"
    count = plausible(probabilities, answer_at=answer_at)
    return "clarify" if count >= 2 and (sure or probabilities[:count].sum() >= answer_at) else NOTHING


def plausible(probabilities: Doubles, *, answer_at: float = ANSWER_AT) -> int:
    """How many of the first CHOICES are worth asking about."""
    return int((probabilities[:CHOICES] >= PLAUSIBLE * answer_at).sum())


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
