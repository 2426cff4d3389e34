"""Two runs over the same queries: which got better, which worse, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from index.errors import SourceError
from index.text import shorten
from scripts.evaluation.answered import DEPTH, Answered
from scripts.evaluation.bootstrap import intervals, resampled
from scripts.evaluation.metrics import Floats, Integers, means, reciprocal_ranks, successes
from search.result import Decision

PERMUTATIONS: Final = 10_000
SIGNIFICANT: Final = 0.05
"""Below this, a difference is called more than chance."""
_CELLS: Final = 2_000_000  # of the signs held at a time
_CAUTION: Final[dict[Decision, int]] = {"no_answer": 0, "clarify": 1, "answer": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A query that another run answered otherwise. Ranks: of its first relevant entry, None beyond DEPTH."""

    query: str
    relevant: tuple[str, ...]
    old_rank: int | None
    new_rank: int | None
    old_decision: Decision
    new_decision: Decision

    @property
    def gain(self) -> float:
        """Above 0 where the new answer is better: in reciprocal rank where an entry answers the query, else
        in caution, where a refusal is better than a choice, and that better than an answer.
        """
        if not self.relevant:
            return float(_CAUTION[self.old_decision] - _CAUTION[self.new_decision])
        return _reciprocal(self.new_rank) - _reciprocal(self.old_rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """new - old of a mean over the answerable queries, its interval, and p: the chance of one at least as
    large if the two runs were equally good.
    """

    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """queries: how many were compared. better, worse: the largest changes first, queries
    that no entry answers last. differences: by metric, None
    where no query is answerable.
    """

    queries: int
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    differences: dict[str, Difference | None]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def check_same_queries(old: Sequence[Answered], new: Iterable[str], *, file: str) -> None:
    """Raises SourceError where a run, read from `file`, is not one of these queries in this order."""
    queries = list(new)
    advice = "Compare runs of the same file of queries."
    for number, (one, query) in enumerate(zip(old, queries, strict=False), start=1):
        if one.query != query:
            raise SourceError(
                file,
                f"query {number} is {shorten(one.query, 80)!r} there and {shorten(query, 80)!r} here.",
                advice=advice,
            )
    if len(old) != len(queries):
        raise SourceError(
            file, f"this is a run of {len(old)} queries, and here are {len(queries)}.", advice=advice
        )


def compare(old: Sequence[Answered], new: Sequence[Answered], *, resamples: int, seed: int) -> Comparison:
    """Both of the same queries in the same order; judged by what the new run calls relevant."""
    old = [replace(one, relevant=two.relevant) for one, two in zip(old, new, strict=True)]
    ordered = changes_between(old, new)
    ranks = [np.array([_rank(one) or 0 for one in run if one.relevant], dtype=np.int64) for run in (old, new)]
    metrics: dict[str, Callable[[Integers], Floats]] = {
        "mrr@10": reciprocal_ranks,
        "r@1": lambda ranks: successes(ranks, 1),
    }
    return Comparison(
        queries=len(ordered),
        better=tuple(change for change in ordered if change.gain > 0),
        worse=tuple(change for change in ordered if change.gain < 0),
        differences={
            name: _difference(metric(ranks[1]) - metric(ranks[0]), resamples=resamples, seed=seed)
            for name, metric in metrics.items()
        },
    )


def changes_between(old: Sequence[Answered], new: Sequence[Answered]) -> list[Change]:
    """Of the same judgements in the same order: largest first, queries that no entry answers last."""
    changes = [
        Change(
            query=two.query,
            relevant=two.relevant,
            old_rank=_rank(one),
            new_rank=_rank(two),
            old_decision=one.decision,
            new_decision=two.decision,
        )
        for one, two in zip(old, new, strict=True)
    ]
    return sorted(changes, key=lambda change: (not change.relevant, -abs(change.gain)))


def permutation_p(differences: Floats, *, seed: int, permutations: int = PERMUTATIONS) -> float:
    """Two-sided p of a mean of paired differences, float64 (n,), by exchanging pairs at random.

    (1 + exchanges that give at least the mean observed) / (1 + permutations), so it is never 0.
    """
    moved = differences[differences != 0]
    observed = abs(moved.sum()) - 1e-9  # sums of the same numbers in another order may differ in the last bit
    generator = np.random.default_rng(seed)
    reached = 0
    rows = max(1, _CELLS // max(1, len(moved)))
    for done in range(0, permutations, rows):
        shape = (min(rows, permutations - done), len(moved))
        signs = generator.integers(2, size=shape) * 2.0 - 1.0
        reached += int((np.abs(signs @ moved) >= observed).sum())
    return (1 + reached) / (1 + permutations)


def _difference(differences: Floats, *, resamples: int, seed: int) -> Difference | None:
    count = len(differences)
    if not count:
        return None
    everyone = np.ones(count, dtype=np.bool_)
    samples = np.concatenate(
        [
            means(differences[:, None], everyone, weights)
            for weights in resampled(count, resamples=resamples, seed=seed)
        ]
    )
    estimate = differences.mean(keepdims=True)
    low, high = intervals(estimate, samples)
    return Difference(
        difference=float(estimate[0]),
        low=float(low[0]),
        high=float(high[0]),
        p=permutation_p(differences, seed=seed),
    )


def _rank(answered: Answered) -> int | None:
    rank = answered.rank
    return rank if rank is not None and rank <= DEPTH else None


def _reciprocal(rank: int | None) -> float:
    return 1 / rank if rank else 0.0
