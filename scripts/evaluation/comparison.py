"""Two runs over the same queries: which got better, which worse, and by how much on average."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from index.errors import SourceError
from index.text import shorten
from scripts.evaluation.answered import DEPTH, Answered
from scripts.evaluation.difference import Difference, difference
from scripts.evaluation.metrics import reciprocal_ranks, successes
from search.result import Decision

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
        """Above 0 where the new answer is better.

        Where an entry answers the query: in reciprocal rank, or, where the right one is first both times, in
        that it is given as the answer. Else in caution: a refusal is better than a choice, and that better
        than an answer.
        """
        if not self.relevant:
            return float(_CAUTION[self.old_decision] - _CAUTION[self.new_decision])
        if self.old_rank == self.new_rank == 1:
            return float((self.new_decision == "answer") - (self.old_decision == "answer"))
        return _reciprocal(self.new_rank) - _reciprocal(self.old_rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """queries: how many were compared. better, worse: in the order of changes_between. differences: by
    metric, None where no query is answerable.
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
    given = [np.array([one.decision == "answer" for one in run if one.relevant]) for run in (old, new)]
    values = {
        "mrr@10": [reciprocal_ranks(of_run) for of_run in ranks],
        "r@1": [successes(of_run, 1) for of_run in ranks],
        "answerable_answer": [of_run.astype(np.float64) for of_run in given],
    }
    return Comparison(
        queries=len(ordered),
        better=tuple(change for change in ordered if change.gain > 0),
        worse=tuple(change for change in ordered if change.gain < 0),
        differences={
            name: difference(before, after, resamples=resamples, seed=seed)
            for name, (before, after) in values.items()
        },
    )


def changes_between(old: Sequence[Answered], new: Sequence[Answered]) -> list[Change]:
    """Of the same judgements in the same order. Changes of rank come first, the largest first, then those of
    the decision, and queries that no entry answers last.
    """
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
    return sorted(
        changes,
        key=lambda change: (not change.relevant, change.old_rank == change.new_rank, -abs(change.gain)),
    )


def _rank(answered: Answered) -> int | None:
    rank = answered.rank
    return rank if rank is not None and rank <= DEPTH else None


def _reciprocal(rank: int | None) -> float:
    return 1 / rank if rank else 0.0
