"""Pairs of entries that are asked the same way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoders import Vectors
from search.lint.subject import Subject

WORDING: Final = 0.80
"""Cosine of two wordings from which a pair is looked at."""
BLOCK: Final = 1024  # rows compared at a time: 80,000 columns of float32 are then 330 MB
NEAREST: Final = 8
"""Wordings of other entries that are looked at for each: of thousands alike, a few show what is wrong."""
LEAST_WORDS: Final = 3
"""Words of content that two wordings must share where only words are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Rows of two entries, first < second, and the positions in `Subject.asked` of the wordings that are
    nearest. cosine: theirs, 1.0 where they are the same words; answers: the entries' as a whole, or None
    where one has no answer or nothing is embedded. same: the wordings are the same words in the same order.
    """

    first: int
    second: int
    one: int
    other: int
    cosine: float
    answers: float | None
    same: bool


def near_pairs(subject: Subject) -> list[Pair]:
    """Every pair of entries of one language whose nearest wordings are the same or nearly so."""
    found: dict[tuple[int, int], tuple[float, int, int]] = {}
    for cosine, one, other in (*_alike(subject), *_nearest(subject)):
        first, second = subject.asked[one][0], subject.asked[other][0]
        if first == second or not _one_language(subject, first, second):
            continue
        if first > second:
            first, second, one, other = second, first, other, one
        if found.get((first, second), (-1.0, 0, 0))[0] < cosine:
            found[first, second] = cosine, one, other
    return [_pair(subject, rows, *found[rows]) for rows in sorted(found)]


def _pair(subject: Subject, rows: tuple[int, int], cosine: float, one: int, other: int) -> Pair:
    first, second = rows
    answers = None
    if subject.vectors is not None and subject.answers[first] and subject.answers[second]:
        answers = float(subject.vectors.whole[first] @ subject.vectors.whole[second])
    return Pair(
        first=first,
        second=second,
        one=one,
        other=other,
        cosine=cosine,
        answers=answers,
        same=subject.words[one].all == subject.words[other].all and bool(subject.words[one].all),
    )


def _alike(subject: Subject) -> Iterator[tuple[float, int, int]]:
    """Wordings of the same words in the same order, and, where nothing is embedded, of the same content."""
    groups: dict[object, dict[int, int]] = defaultdict(dict)
    for position, (words, (row, _)) in enumerate(zip(subject.words, subject.asked, strict=True)):
        if words.all:
            groups[words.all].setdefault(row, position)
        if subject.vectors is None and len(words.content) >= LEAST_WORDS:
            groups[words.content].setdefault(row, position)
    for key, positions in groups.items():
        held = list(positions.values())
        # Neighbours only: of a thousand alike, a thousand pairs say it.
        for one, other in pairwise(held):
            yield 1.0 if isinstance(key, str) else 0.99, one, other


def _nearest(subject: Subject) -> Iterator[tuple[float, int, int]]:
    """(cosine, positions) of wordings of different entries that reach WORDING, each pair once or twice."""
    if subject.vectors is None:
        return
    vectors = subject.vectors.asked
    owners = np.array([row for row, _ in subject.asked], dtype=np.int64)
    for start in range(0, len(vectors), BLOCK):
        rest = vectors[start:]  # those before were compared with these already
        cosines = vectors[start : start + BLOCK] @ rest.T
        cosines[owners[start : start + BLOCK, None] == owners[None, start:]] = -1.0
        for row, column in _largest(cosines):
            yield min(float(cosines[row, column]), 1.0), start + row, start + column


def _largest(cosines: Vectors) -> Iterator[tuple[int, int]]:
    """(row, column) of what reaches WORDING, at most NEAREST a row."""
    if cosines.shape[1] > NEAREST:
        busy = np.flatnonzero((cosines >= WORDING).sum(axis=1) > NEAREST)
        for row in busy.tolist():
            least = np.argpartition(-cosines[row], NEAREST)[NEAREST:]
            cosines[row, least] = -1.0
    rows: NDArray[np.int64]
    rows, columns = np.nonzero(cosines >= WORDING)
    yield from zip(rows.tolist(), columns.tolist(), strict=True)


def _one_language(subject: Subject, first: int, second: int) -> bool:
    """Whether two entries are not for readers of different languages."""
    one, other = subject.entries[first].locale, subject.entries[second].locale
    return not one or not other or one.lower() == other.lower()
