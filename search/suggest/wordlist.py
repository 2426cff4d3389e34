"""The words of many texts in order, so that those that begin alike stand side by side."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

Rows = NDArray[np.int32]

ONE_SLIP_FROM, TWO_SLIPS_FROM = 4, 8
"""Letters from which a word may have one slip, and two."""
_END: Final = "\U0010ffff"
_LONGEST: Final = 32  # letters of what is looked at for slips


class WordList:
    """Which texts hold a word. words: in order. Immutable after construction, safe from any thread."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        """texts: the words of each."""
        numbers: dict[str, list[int]] = {}
        for row, text in enumerate(texts):
            for word in set(text):
                numbers.setdefault(word, []).append(row)
        self.words = sorted(numbers)
        self._counts = np.array([len(numbers[word]) for word in self.words], dtype=np.int64)
        self._pointers = np.concatenate(([0], np.cumsum(self._counts)))
        self._rows: Rows = np.fromiter(
            (row for word in self.words for row in numbers[word]),
            dtype=np.int32,
            count=int(self._counts.sum()),
        )
        self._near = lru_cache(maxsize=4096)(self._find_near)
        self._beginnings = lru_cache(maxsize=1024)(self._find_beginnings)

    def span(self, beginning: str) -> tuple[int, int]:
        """[first, end) of the words that begin so."""
        return bisect_left(self.words, beginning), bisect_left(self.words, beginning + _END)

    def holds(self, word: str) -> bool:
        """Whether it is one of the words."""
        place = bisect_left(self.words, word)
        return place < len(self.words) and self.words[place] == word

    def rows(self, first: int, end: int) -> Rows:
        """The texts that hold one of the words [first, end), several times those that hold several."""
        return self._rows[self._pointers[first] : self._pointers[end]]

    def count(self, place: int) -> int:
        """The texts that hold the word at a place."""
        return int(self._counts[place])

    def near(self, word: str, *, begun: bool) -> Sequence[tuple[int, int]]:
        """[first, end) spans of words that it may be a slip of; begun: or their beginnings."""
        return self._near(word[:_LONGEST], begun)

    def _find_near(self, word: str, begun: bool) -> Sequence[tuple[int, int]]:
        slips = (len(word) >= ONE_SLIP_FROM) + (len(word) >= TWO_SLIPS_FROM)
        if not slips:
            return ()
        # People rarely miss the first letter, but may swap the first two.
        for start in (word[0], word[1::-1]):
            found: list[tuple[int, int, int]] = []
            # A letter too many or too few makes a beginning of another length.
            for length in range(len(word) - slips, len(word) + slips + 1) if begun else (0,):
                beginnings, bounds = self._beginnings(start, length)
                if beginnings:
                    (distances,) = process.cdist([word], beginnings, scorer=OSA.distance, score_cutoff=slips)
                    for n in np.flatnonzero(distances <= slips).tolist():
                        found.append((int(distances[n]), bounds[n], bounds[n + 1]))
            if found:
                least = min(found)[0]
                return tuple(sorted({(first, end) for distance, first, end in found if distance == least}))
        return ()

    def _find_beginnings(self, start: str, length: int) -> tuple[list[str], list[int]]:
        """Of the words that start so, the beginnings of a length, in order, and the place of the first word
        with each, then the end; of length 0 the words themselves."""
        beginnings: list[str] = []
        bounds: list[int] = []
        first, end = self.span(start)
        for place in range(first, end):
            beginning = self.words[place][:length] if length else self.words[place]
            if not beginnings or beginnings[-1] != beginning:
                beginnings.append(beginning)
                bounds.append(place)
        return beginnings, [*bounds, end]

    def continuations(self, beginning: str) -> Iterator[tuple[str, int]]:
        """The words that begin so, each with the texts that hold it."""
        first, end = self.span(beginning)
        return zip(self.words[first:end], self._counts[first:end].tolist(), strict=True)
