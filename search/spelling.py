"""Spelling: what people mistype, run together or leave unfinished, mended with the collection's own words.

Mending the wrong word costs more than leaving a mistyped one: only words that neither the collection nor the
language has are looked at, and they stay as they are where it is not clear what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import regex

from index import tokenizer
from search.everyday_words import EVERYDAY_WORDS
from search.query import MAX_LENGTH
from search.slips import plausibility
from search.vocabulary import LONGEST, Vocabulary

SHORTEST: Final = 4
"""Letters of the shortest word that is mended: shorter ones have too many neighbours."""
TWO_SLIPS_FROM: Final = 8
"""Letters from which a word may have two slips."""
UNFINISHED_FROM: Final = 3
"""Letters of the last word from which it is completed."""
RARE: Final = 1e-5
"""Weight below which a word that the collection lacks is rare: beyond about the 1,200th of the language."""
RAREST, WORD_FROM = 1e-6, 4
"""Weight below which, and letters from which, a last word of the language may be the beginning of another:
beyond about its 12,500th, what is in the list is as often a piece of a word. To complete common ones, too,
would find 1 % more unfinished queries, and break what people typed whole ("tea" is no "team")."""
MOST: Final = 8
"""Suspicious words up to which a query is mended: more of them are no slips, and would take time."""
FOREIGN_FROM, FOREIGN_SHARE = 4, 0.6
"""Suspicious words, and their share of all, from which a query is taken to be in a language we don't know."""
LONGEST_CODE: Final = 5
"""Letters up to which a word in capitals is taken for a code."""
CLEARLY: Final = 2.5
"""How many times more common than the next best a word must be to be taken for what was meant."""
RUN_TOGETHER: Final = 100.0
"""How much likelier than their frequencies say two words stand side by side and lose the space between."""
LIKELY, LIKELY_LETTER = 1e-6, 5e-5
"""Weight from which two words are taken for words run together, and where one of them is a single letter."""

_WORD: Final = regex.compile(r"(?<![\p{L}\p{M}'’])\p{L}++(?!\p{M}|['’](?!s\b)\p{L})")
# In addresses, codes, file names and paths, which only machines read.
_MACHINE: Final = regex.compile(r"[@\\_\p{N}]|://|(?<!\S)[/#]|(?<!\S)www\.|\p{L}\.\p{L}", regex.I)
_CHUNK: Final = regex.compile(r"\S+")
# Before a word that is known they make another, and often the opposite.
_PREFIX: Final = regex.compile(r"^(?:un|non|dis|mis|pre|re)(?=\p{L}{4})")
_LATIN: Final = regex.compile(rf"\p{{Latin}}{{{UNFINISHED_FROM},{LONGEST}}}")


class Speller:
    """Mends queries with one collection's words. Immutable after construction, so any thread may use it."""

    def __init__(self, texts: Iterable[str], known: Sequence[str] = ()) -> None:
        """texts: the collection's questions, variants and answers.

        known: further words, folded, the most common first. None of them is ever changed, but for a rare one
        at the very end that may be the beginning of one of the collection's.
        """
        self._words = Vocabulary(texts, known, everyday=EVERYDAY_WORDS)
        self._stems = frozenset(tokenizer.stems(" ".join(self._words.own)))

    def correct(self, query: str) -> str | None:
        """The query with its words mended, all else as it was; None where nothing is changed.

        None too where what comes out would be too long for a query.

        Never raises. Mending what was mended hardly ever changes anything.
        """
        suspicious = self._suspicious(query)
        if len(suspicious) > MOST:
            return None
        mended, done = [], 0
        for match in suspicious:
            word = match.group()
            found = self._mend(word.casefold(), unfinished=match.end() == len(query))
            if found is not None:
                mended += [query[done : match.start()], _in_case_of(word, found)]
                done = match.end()
        result = "".join(mended) + query[done:]
        return result if result != query and len(result) <= MAX_LENGTH else None

    def _suspicious(self, query: str) -> Sequence[regex.Match[str]]:
        """The words that may be slips; none where so many are strange that the language must be."""
        readable = _CHUNK.sub(_readable, query) if _MACHINE.search(query) else query
        words = list(_WORD.finditer(readable))
        shouted = len(words) > 1 and query.isupper()
        found = [
            match
            for match in words
            if self._is_strange(match.group(), unfinished=match.end() == len(query))
            and (shouted or not _may_be_a_name(query, match))
        ]
        foreign = len(found) >= FOREIGN_FROM and len(found) > FOREIGN_SHARE * len(words)
        return [] if foreign else found

    def _is_strange(self, word: str, *, unfinished: bool) -> bool:
        folded = word.casefold()
        if folded in self._words:
            return unfinished and self._may_begin_another(folded)
        if _LATIN.fullmatch(folded) is None:
            return False
        bare = _PREFIX.sub("", folded)
        return not self._is_inflected(folded) and not (bare != folded and bare in self._words)

    def _may_begin_another(self, word: str) -> bool:
        """Whether it is among the rarest words of the language, and likelier one of the collection's."""
        return (
            len(word) >= WORD_FROM
            and self._is_rare(word, RAREST)
            and self._stems.isdisjoint(tokenizer.stems(word))
            and bool(self._words.completions(word))
        )

    def _is_inflected(self, word: str) -> bool:
        """Whether it is another form of a word: one that has an ending, not one that lacks it."""
        stem = "".join(tokenizer.stems(word))
        if stem in tokenizer.FUNCTION_STEMS:
            return True
        if stem == word:
            return False
        bases = (stem, stem + "e", stem[:-1] + "y") if stem.endswith("i") else (stem, stem + "e")
        return stem in self._stems or any(base in self._words for base in bases)

    def _mend(self, word: str, *, unfinished: bool) -> str | None:
        if unfinished and (completions := self._words.completions(word)):
            return min(completions, key=lambda word: (-self._words.weight(word), len(word), word))
        if len(word) < SHORTEST:
            return None
        weights = self._near(word, 1)
        if not (unfinished and self._words.begin(word)):
            weights |= self._parts(word)
        if not weights and len(word) >= TWO_SLIPS_FROM:
            weights = self._near(word, 2)
        best = _clearly_best(weights)
        # So short a word is near to one of the language whatever it is: a name, or a word that is in no list.
        return None if best is not None and len(word) == SHORTEST and self._is_rare(best) else best

    def _is_rare(self, word: str, below: float = RARE) -> bool:
        """Whether it is a word of the language that the collection lacks, with a weight below that."""
        return word in self._words and word not in self._words.own and self._words.weight(word) < below

    def _near(self, word: str, distance: int) -> dict[str, float]:
        return {
            candidate: self._words.weight(candidate) * plausibility(word, candidate)
            for candidate in self._words.near(word, distance, own=distance > 1)
        }

    def _parts(self, word: str) -> dict[str, float]:
        """Weights of the pairs of words, with a space, that were likely run together."""
        pairs = {}
        for cut in range(1, len(word)):
            left, right = word[:cut], word[cut:]
            letter = min(len(left), len(right)) == 1
            if letter and not {left, right} & {"a", "i"}:
                continue
            weight = RUN_TOGETHER * self._words.weight(left) * self._words.weight(right)
            if weight >= (LIKELY_LETTER if letter else LIKELY):
                pairs[f"{left} {right}"] = weight
        return pairs


def _clearly_best(weights: Mapping[str, float]) -> str | None:
    """The heaviest, unless one that is no form of the same word is nearly as heavy."""
    if not weights:
        return None
    best, *others = sorted(weights, key=lambda candidate: (-weights[candidate], candidate))
    stems = tokenizer.stems(best)
    rival = next((weights[other] for other in others if tokenizer.stems(other) != stems), 0.0)
    return best if weights[best] >= CLEARLY * rival else None


def _readable(match: regex.Match[str]) -> str:
    chunk: str = match.group()
    return " " * len(chunk) if _MACHINE.search(chunk) else chunk


def _may_be_a_name(query: str, match: regex.Match[str]) -> bool:
    word = match.group()
    if word.isupper() and len(word) <= LONGEST_CODE:
        return True
    return word[0].isupper() and bool(query[: match.start()].strip())


def _in_case_of(word: str, mended: str) -> str:
    if word.isupper():
        return mended.upper()
    return mended[:1].upper() + mended[1:] if word[0].isupper() else mended
