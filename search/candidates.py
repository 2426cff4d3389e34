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
    group begins in `positions`. lengths: int64 (k,), of the groups. candidates: int64 (k,), whose groups
    they are.
    """

    positions: Rows
    starts: Rows
    lengths: Rows
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
        every = np.arange(entries, dtype=np.int64)
        self._all = _Groups(np.arange(len(entry_of), dtype=np.int64), entry_of, every)
        self._asked, self._whole, self._pieces = (
            _Groups(np.flatnonzero(mask), entry_of, every)
            for mask in (np.isin(kinds, QUESTION_SIDE), kinds == "question_answer", kinds == "answer")
        )
        self.everything = self.select(every)

    def select(self, entries: Rows) -> Candidates:
        """Candidates from entry rows, int64 (c,), ascending, at least one."""
        passages, lengths = self._all.of(entries)
        bounds = np.concatenate(([0], np.cumsum(lengths)))
        before = self._all.starts[entries] - bounds[:-1]  # passages of entries that aren't among them
        return Candidates(
            entries=entries,
            passages=passages,
            bounds=bounds,
            question=_part(self._asked, entries, before),
            whole=_part(self._whole, entries, before),
            pieces=_part(self._pieces, entries, before),
        )


class _Groups:
    """Some of the passages, by entry."""

    def __init__(self, rows: Rows, entry_of: Rows, every: Rows) -> None:
        """rows: of the passages, int64 (m,), ascending. every: the rows of all entries."""
        self._rows = rows
        ends: Rows = np.searchsorted(entry_of[rows], every, side="right").astype(np.int64)
        self.starts: Rows = np.concatenate(([0], ends[:-1]))
        self._lengths: Rows = ends - self.starts

    def of(self, entries: Rows) -> tuple[Rows, Rows]:
        """Rows of the passages of some entries, grouped by entry, and how many each has."""
        lengths = self._lengths[entries]
        before = self.starts[entries] - np.cumsum(lengths) + lengths
        return self._rows[np.repeat(before, lengths) + np.arange(lengths.sum())], lengths


def _part(groups: _Groups, entries: Rows, before: Rows) -> Part:
    rows, lengths = groups.of(entries)
    owners = np.flatnonzero(lengths)
    held = lengths[owners]
    return Part(
        positions=rows - np.repeat(before, lengths),
        starts=np.cumsum(held) - held,
        lengths=held,
        candidates=owners,
    )
