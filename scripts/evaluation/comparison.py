"""Two runs over queries that both were asked: which got better, which worse, by how much on average."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from index.errors import SourceError
from index.judgements import Judgement
from scripts.evaluation.answered import DEPTH, Answered
from scripts.evaluation.difference import Difference, difference
from scripts.evaluation.metrics import reciprocal_ranks, successes
from search.judged import Change, in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """queries: how many were compared; left_out: how many the "old" and the "new" run have besides. better,
    worse: in the order of changes_between. differences: by metric, None where no query is answerable.
    """

    queries: int
    left_out: dict[str, int]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    differences: dict[str, Difference | None]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def in_both(
    old: Sequence[Answered | Judgement], new: Sequence[Answered | Judgement]
) -> list[tuple[int, int]]:
    """The positions of what both ask, in the order of the new one: the same query with the same relevant
    ids. One that is asked several times is paired as often as both ask it.
    """
    waiting: defaultdict[tuple[str, frozenset[str]], deque[int]] = defaultdict(deque)
    for position, one in enumerate(old):
        waiting[one.query, frozenset(one.relevant)].append(position)
    pairs = []
    for position, two in enumerate(new):
        positions = waiting[two.query, frozenset(two.relevant)]
        if positions:
            pairs.append((positions.popleft(), position))
    return pairs


def check_comparable(old: Sequence[Answered], judgements: Sequence[Judgement], *, file: str) -> None:
    """Raises SourceError where a run, read from `file`, has none of the judgements."""
    if not in_both(old, judgements):
        raise SourceError(
            file,
            f"it has {len(old)} queries, and none of them, with the ids that answer it, is among the "
            f"{len(judgements)} here.",
            advice="It may be a run of another collection. Compare with what --run wrote of this one.",
        )


def compare(old: Sequence[Answered], new: Sequence[Answered], *, resamples: int, seed: int) -> Comparison:
    """What both were asked is compared; the rest is left out."""
    pairs = in_both(old, new)
    left_out = {"old": len(old) - len(pairs), "new": len(new) - len(pairs)}
    old, new = [old[one] for one, _ in pairs], [new[two] for _, two in pairs]
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
        left_out=left_out,
        better=tuple(change for change in ordered if change.gain > 0),
        worse=tuple(change for change in ordered if change.gain < 0),
        differences={
            name: difference(before, after, resamples=resamples, seed=seed)
            for name, (before, after) in values.items()
        },
    )


def changes_between(old: Sequence[Answered], new: Sequence[Answered]) -> list[Change]:
    """Of the same judgements in the same order; ordered as search.judged.in_order does."""
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
    return in_order(changes)


def _rank(answered: Answered) -> int | None:
    rank = answered.rank
    return rank if rank is not None and rank <= DEPTH else None
