"""The figures of an evaluation: every metric with its interval, of all queries and of slices of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from scripts.evaluation.bootstrap import intervals, resampled
from scripts.evaluation.metrics import (
    Flags,
    Floats,
    auroc,
    calibration_error,
    keeping_threshold,
    means,
    reciprocal_ranks,
    shares_below,
    successes,
)
from scripts.evaluation.outcomes import DECISIONS, Outcomes

RANKED: Final = ("mrr@10", "r@1", "r@3", "r@5", "ndcg@10")
CERTAIN: Final = ("auroc", "ece", "refused@95")
DECIDED: Final = (
    "answered_right",
    *(f"answerable_{decision}" for decision in DECISIONS),
    *(f"unanswerable_{decision}" for decision in DECISIONS),
)
NAMES: Final = (*RANKED, *CERTAIN, *DECIDED)
LABELS: Final = {
    "mrr@10": "MRR@10",
    "r@1": "R@1",
    "r@3": "R@3",
    "r@5": "R@5",
    "ndcg@10": "nDCG@10",
    "auroc": "AUROC",
    "ece": "ECE",
    "refused@95": "refused at 95 %",
    "answered_right": "right where answered",
    **{f"answerable_{d}": f"answerable: {d}" for d in DECISIONS},
    **{f"unanswerable_{d}": f"unanswerable: {d}" for d in DECISIONS},
}
MEANINGS: Final = {
    "MRR@10": "mean over the answerable queries of 1 / rank of the first relevant entry, 0 beyond the tenth",
    "R@k": "share of the answerable queries with a relevant entry among the first k hits (success at k)",
    "nDCG@10": "mean over the answerable queries, binary gains",
    "AUROC": "chance that a right top hit is more certain than one that is not; over all queries; those that "
    "no entry answers count as not right; a baseline's certainty is its raw score",
    "ECE": "expected calibration error of the top hit's confidence over all queries, ten bins of equal width",
    "refused at 95 %": "share of the unanswerable queries below the threshold that 95 % of right ones reach",
    "right where answered": "share of right top hits among the queries with the decision 'answer'",
    "answerable, unanswerable": "share of each decision among queries that an entry answers, or none does",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A value and the bounds of its interval."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """JSON-ready, rounded to six digits: the last bits may differ from machine to machine."""
        return {"value": round(self.value, 6), "low": round(self.low, 6), "high": round(self.high, 6)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """queries: how many; answerable: those that an entry answers. figures: by name, None where undefined."""

    queries: int
    answerable: int
    figures: Mapping[str, Figure | None]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        figures = {name: figure and figure.to_dict() for name, figure in self.figures.items()}
        return {"queries": self.queries, "answerable": self.answerable, "figures": figures}


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Of a system: on all queries, and by slice."""

    overall: Measured
    slices: Mapping[str, Measured]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        slices = {name: measured.to_dict() for name, measured in self.slices.items()}
        return {"overall": self.overall.to_dict(), "slices": slices}


def measure_systems(
    systems: Mapping[str, Outcomes], slices: Mapping[str, Flags], *, resamples: int, seed: int
) -> dict[str, Performance]:
    """The performance of systems that answered the same n ≥ 1 queries.

    slices: name → members, bool (n,). Every system and slice is measured on the same resamples of all
    queries, and refuses by the threshold of all of them.
    """
    count = len(next(iter(systems.values())).ranks)
    parts = [np.arange(count), *(np.flatnonzero(members) for members in slices.values())]
    plain = {name: _measure_parts(one, parts, np.ones((1, count))) for name, one in systems.items()}
    samples: dict[str, list[Floats]] = {name: [] for name in systems}
    for weights in resampled(count, resamples=resamples, seed=seed):
        for name, outcomes in systems.items():
            samples[name].append(_measure_parts(outcomes, parts, weights))
    performances = {}
    for name, outcomes in systems.items():
        of_resamples = np.concatenate(samples[name])
        measured = [
            _measured(outcomes.take(rows), plain[name][0, part], of_resamples[:, part])
            for part, rows in enumerate(parts)
        ]
        performances[name] = Performance(
            overall=measured[0], slices=dict(zip(slices, measured[1:], strict=True))
        )
    return performances


def _measure_parts(outcomes: Outcomes, parts: list[Any], weights: Floats) -> Floats:
    """(b, parts, len(NAMES)) from weights (b, n)."""
    thresholds = keeping_threshold(outcomes.certainty, outcomes.right, weights)
    measured = [_measure(outcomes.take(rows), weights[:, rows], thresholds) for rows in parts]
    return np.stack(measured, axis=1)


def _measure(outcomes: Outcomes, weights: Floats, thresholds: Floats) -> Floats:
    """(b, len(NAMES)) from weights (b, n) and thresholds (b,)."""
    ranks, certainty, right = outcomes.ranks, outcomes.certainty, outcomes.right
    ranked = np.stack(
        [reciprocal_ranks(ranks), *(successes(ranks, k) for k in (1, 3, 5)), outcomes.gains], axis=1
    )
    columns = [
        means(ranked, outcomes.answerable, weights),
        auroc(certainty, right, weights)[:, None],
        np.full((len(weights), 1), np.nan),
        shares_below(certainty, ~outcomes.answerable, thresholds, weights)[:, None],
        np.full((len(weights), len(DECIDED)), np.nan),
    ]
    if outcomes.decisions is not None:
        made = (outcomes.decisions[:, None] == np.arange(len(DECISIONS))).astype(np.float64)
        columns[2] = calibration_error(certainty, right, weights)[:, None]
        given = outcomes.decisions == DECISIONS.index("answer")
        columns[4] = np.concatenate(
            [
                means(right[:, None].astype(np.float64), given, weights),
                means(made, outcomes.answerable, weights),
                means(made, ~outcomes.answerable, weights),
            ],
            axis=1,
        )
    return np.concatenate(columns, axis=1)


def _measured(outcomes: Outcomes, estimates: Floats, samples: Floats) -> Measured:
    low, high = intervals(estimates, samples)
    figures = {
        name: None
        if np.isnan(estimates[column])
        else Figure(value=float(estimates[column]), low=float(low[column]), high=float(high[column]))
        for column, name in enumerate(NAMES)
    }
    return Measured(queries=len(outcomes.ranks), answerable=int(outcomes.answerable.sum()), figures=figures)
