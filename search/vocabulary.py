"""The words a query may be mended with, how common each is, and which of them are near a mistyped one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import regex
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

LONGEST: Final = 24
"""Letters of the longest word that is offered: longer ones are not what people mistype."""
EVERYDAY_RANK: Final = 1000
"""Place among the language's words that everyday words are given, whose own is not known."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_LATIN: Final = regex.compile(rf"\p{{Latin}}{{2,{LONGEST}}}")
_OWN_SHARE: Final = 0.9
_ZIPF_OFFSET, _ZIPF_SUM = 10.0, 8.0
_END: Final = "\U0010ffff"


class Vocabulary:
    """The words of a collection and of its language, folded by casefold. Immutable after construction.

    A word's weight estimates how often people write it: nine tenths from its share of the collection's text,
    one tenth from its place in the language, by Zipf's law.
    """

    def __init__(
        self, texts: Iterable[str], known: Sequence[str] = (), *, everyday: Iterable[str] = ()
    ) -> None:
        """texts: of the collection. known: words of the language, folded, the most common first.

        everyday: further ones; they weigh as much as the EVERYDAY_RANK-th.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(_WORD.findall(text.casefold()))
        own = _OWN_SHARE / max(counts.total(), 1)
        self._weights = {word: own * count for word, count in counts.items()}
        ranks = {word: rank for rank, word in enumerate(known)}
        for word in everyday:
            ranks[word] = min(ranks.get(word, EVERYDAY_RANK), EVERYDAY_RANK)
        for word, rank in ranks.items():
            zipf = (1 - _OWN_SHARE) / _ZIPF_SUM / (rank + _ZIPF_OFFSET)
            self._weights[word] = self._weights.get(word, 0.0) + zipf
        self.own = frozenset(counts)
        self._sorted = sorted(filter(_can_be_offered, self._weights))
        offered = self._offered = sorted(self._sorted, key=len)
        lengths = np.fromiter(map(len, offered), dtype=np.int64, count=len(offered))
        self._first_of_length = np.searchsorted(lengths, np.arange(LONGEST + 4))
        self._letters = _letters(offered, lengths)
        self._is_own = np.fromiter((word in counts for word in offered), dtype=np.bool_, count=len(offered))

    def __contains__(self, word: str) -> bool:
        return word in self._weights

    def weight(self, word: str) -> float:
        """0 to 1; 0.0 for what is no word."""
        return self._weights.get(word, 0.0)

    def near(self, word: str, distance: int, *, own: bool = False) -> list[str]:
        """The words at an optimal string alignment distance of at most `distance`, without the word itself.

        own: only the collection's.
        """
        ends = self._first_of_length
        start, end = ends[max(len(word) - distance, 0)], ends[min(len(word) + distance, LONGEST) + 1]
        (code,) = _letters([word], np.array([len(word)]))
        # An edit changes the set of letters by two at most: a bound that rules out nearly all at once.
        alike = np.bitwise_count(self._letters[start:end] ^ code) <= 2 * distance
        if own:
            alike &= self._is_own[start:end]
        found = []
        for row in (np.flatnonzero(alike) + start).tolist():
            candidate = self._offered[row]
            if 0 < OSA.distance(word, candidate, score_cutoff=distance) <= distance:
                found.append(candidate)
        return found

    def begin(self, start: str) -> bool:
        """Whether a word begins so and goes on."""
        return any(len(word) > len(start) for word in self._beginning_with(start))

    def completions(self, start: str) -> Sequence[str]:
        """The collection's words that begin so and go on, in alphabetical order."""
        return [word for word in self._beginning_with(start) if len(word) > len(start) and word in self.own]

    def _beginning_with(self, start: str) -> Sequence[str]:
        return self._sorted[bisect_left(self._sorted, start) : bisect_left(self._sorted, start + _END)]


def _can_be_offered(word: str) -> bool:
    # A few letters are others after a change of case: what was mended in capitals would look mistyped again.
    return _LATIN.fullmatch(word) is not None and (word.isascii() or word.upper().casefold() == word)


def _letters(words: Sequence[str], lengths: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Which letters each word has, uint32 (words,): one bit each, or shared by several."""
    if not words:
        return np.zeros(0, dtype=np.uint32)
    points = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32)
    starts = np.concatenate(([0], np.cumsum(lengths[:-1])))
    letters: NDArray[np.uint32] = np.bitwise_or.reduceat(np.uint32(1) << (points & np.uint32(31)), starts)
    return letters
