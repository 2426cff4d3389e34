"""Judgements that were asked twice: of two snapshots, or in two runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from search.result import Decision

_CAUTION: Final[dict[Decision, int]] = {"no_answer": 0, "clarify": 1, "answer": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A judgement's query, and how it was answered twice. Ranks: of its first relevant entry, None beyond the
    first ten.
    """

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


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Changes of rank come first, the largest first, then those of the decision, and queries that no entry
    answers last.
    """
    return sorted(
        changes,
        key=lambda change: (not change.relevant, change.old_rank == change.new_rank, -abs(change.gain)),
    )


def _reciprocal(rank: int | None) -> float:
    return 1 / rank if rank else 0.0
