"""Which entries are worth ranking, and which passages are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.passages import PassageKind

Rows = NDArray[np.int64]

QUESTION_SIDE: Final[tuple[PassageKind, ...]] = ("question", "variant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The passages of some kinds among the candidates' passages.

    positions: int64 (m,), into Candidates.passages, grouped by candidate. starts: int64 (k,), where each
    group begins in `positions`. candidates: int64 (k,), whose groups they are.
    """

    positions: Rows
    starts: Rows
    candidates: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """c candidates with p passages.

    entries: rows of the entries, int64 (c,), ascending. passages: rows of their passages, int64 (p,),
    grouped by candidate. bounds: int64 (c + 1,): candidate n's passages are bounds[n] to bounds[n + 1].
    question: the question and variants of each; whole: question and answer together; pieces: of the answer.
    """

    entries: Rows
    passages: Rows
    bounds: Rows
    question: Part
    whole: Part
    pieces: Part


class Layout:
    """Where each entry's passages are, in a snapshot whose passages are grouped by entry."""

    def __init__(self, entry_of: Rows, kinds: NDArray[np.str_], *, entries: int) -> None:
        """entry_of: entry row of each passage, int64 (n,), ascending. kinds: (n,), of each passage."""
        self.entry_of = entry_of
        self._starts: Rows = np.searchsorted(entry_of, np.arange(entries + 1)).astype(np.int64)
        self._asked = np.isin(kinds, QUESTION_SIDE)
        self._whole = kinds == "question_answer"
        self._pieces = kinds == "answer"
        self.everything = self.select(np.arange(entries, dtype=np.int64))

    def select(self, entries: Rows) -> Candidates:
        """Candidates from entry rows, int64 (c,), ascending, at least one."""
        starts, ends = self._starts[entries], self._starts[entries + 1]
        lengths = ends - starts
        bounds = np.append(0, np.cumsum(lengths))
        passages = np.repeat(starts - bounds[:-1], lengths) + np.arange(bounds[-1])
        owner = np.repeat(np.arange(len(entries)), lengths)
        return Candidates(
            entries=entries,
            passages=passages,
            bounds=bounds,
            question=_part(self._asked[passages], owner),
            whole=_part(self._whole[passages], owner),
            pieces=_part(self._pieces[passages], owner),
        )


def _part(mask: NDArray[np.bool_], owner: Rows) -> Part:
    positions = np.flatnonzero(mask)
    owners = owner[positions]
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    return Part(positions=positions, starts=starts, candidates=owners[starts])
