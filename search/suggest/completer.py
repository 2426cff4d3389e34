"""Completions: questions and past queries that go on as was typed, hold its words, or nearly so."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from index import tokenizer
from index.entry import Entry
from search.suggest.wordlist import Rows, WordList

Floats = NDArray[np.float32]
Kind = Literal["question", "variant", "query"]

CONTINUATIONS: Final = 60
"""Words at most that a begun word may become."""
_LOOKED_AT: Final = 64  # of the best texts, before the finer differences
# How well a word is met.
_SLIPPED, _INFLECTED, _BEGUN, _EXACT = 1, 2, 3, 4
_QUALITY: Final[Floats] = np.array([0.0, 0.6, 0.8, 0.95, 1.0], dtype=np.float32)
_FUNCTION: Final = 0.2  # what a word such as "the" counts of its weight
# For a text that goes on as was typed, for its first word, for words in the order of the query.
_STARTS, _FIRST, _ORDER = 0.5, 0.15, 0.1
_LATER: Final = 0.03  # what a variant has to be better than the question
_LENGTH: Final = 0.002  # a word that the text has besides


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text to complete to. row: of the entry that it leads to. text: on one line."""

    kind: Kind
    text: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """highlights: (start, end) in code points of `text`, in order, not overlapping: what was typed of it.

    score: orders the suggestions of one query.
    """

    kind: Kind
    text: str
    row: int
    highlights: tuple[tuple[int, int], ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Typed:
    """A word of the query. begun: the last one, that may go on. counts: it says something."""

    word: str
    begun: bool
    counts: bool


class Completer:
    """Completes to some texts. Immutable after construction; any thread may use it."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self._texts = tuple(texts)
        held = [[word for word, _ in tokenizer.words(text.text)] for text in self._texts]
        self._folded = [" ".join(words) for words in held]
        self.words = WordList(held)
        self._rows = np.array([text.row for text in self._texts], dtype=np.int64)
        places = {word: place for place, word in enumerate(self.words.words)}
        self._first = np.array([places[words[0]] if words else -1 for words in held], dtype=np.int64)
        lengths = np.array([len(words) for words in held], dtype=np.float32)
        variant = np.array([text.kind != "question" for text in self._texts], dtype=np.float32)
        self._prior: Floats = -_LENGTH * np.minimum(lengths, 50) - _LATER * variant

    def complete(
        self, query: str, *, top: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Suggestion, ...]:
        """At most `top` suggestions for a normalised query, best first, one an entry.

        allowed: entry rows that may be suggested, bool (entries,), or None for all.
        """
        typed = typed_words(query)
        if not typed or not self._texts:
            return ()
        found = np.arange(len(self._texts)) if allowed is None else np.flatnonzero(allowed[self._rows])
        scores = np.zeros(len(found), dtype=np.float32)
        total = 0.0
        met = [(one, *self._met(one)) for one in typed]
        # What rules out the most first: what is left is all that the others are looked up for.
        for one, levels, weight in sorted(met, key=lambda held: (not held[0].counts, -held[2])):
            total += weight
            level = levels[found]
            if one.counts:
                kept = np.flatnonzero(level)
                found, scores, level = found[kept], scores[kept], level[kept]
            scores += np.float32(weight) * _QUALITY[level]
        if not len(found):
            return ()
        first, end = self.words.span(typed[0].word)
        begins = (self._first[found] >= first) & (self._first[found] < end)
        ranked = (scores / total + self._prior[found] + _FIRST * begins).astype(np.float32)
        best = _order(ranked, _LOOKED_AT)
        asked = " ".join(one.word for one in typed)
        judged = sorted(
            (-self._closer_look(row, typed, asked, share), self._texts[row].row, row)
            for row, share in zip(found[best].tolist(), (scores[best] / total).tolist(), strict=True)
        )
        chosen: dict[int, tuple[int, float]] = {}
        for score, entry, row in judged:
            chosen.setdefault(entry, (row, -score))
            if len(chosen) == top:
                break
        marking = self._marking(typed)
        return tuple(
            Suggestion(
                kind=self._texts[row].kind,
                text=self._texts[row].text,
                row=entry,
                highlights=_highlights(self._texts[row].text, *marking),
                score=score,
            )
            for entry, (row, score) in chosen.items()
        )

    def _met(self, typed: _Typed) -> tuple[NDArray[np.uint8], float]:
        """How well each text holds a word, as a row of _QUALITY, uint8 (texts,), and what the word weighs."""
        words = self.words
        levels = np.zeros(len(self._texts), dtype=np.uint8)
        first, end = words.span(typed.word)
        if first < end:
            rows = words.rows(first, end)
            levels[rows] = _BEGUN if typed.begun else _INFLECTED
            if words.holds(typed.word):
                levels[words.rows(first, first + 1)] = _EXACT
        else:
            parts = [words.rows(*span) for span in words.near(typed.word, begun=typed.begun)]
            rows = np.concatenate(parts) if parts else _NONE
            levels[rows] = _SLIPPED
        weight = math.log(1 + (len(self._texts) + 1) / (len(rows) + 0.5))
        return levels, weight if typed.counts else _FUNCTION * weight

    def _closer_look(self, row: int, typed: Sequence[_Typed], asked: str, share: float) -> float:
        """The score of a text, with what is only looked at where it may matter."""
        folded = self._folded[row]
        score = share + float(self._prior[row])
        score += _STARTS if folded.startswith(asked) else _FIRST if folded.startswith(typed[0].word) else 0.0
        places = [folded.find(one.word) for one in typed]
        return score + (_ORDER if places[0] >= 0 and places == sorted(places) else 0.0)

    def _marking(self, typed: Sequence[_Typed]) -> tuple[list[str], set[str]]:
        """The beginnings of words that are highlighted, and the words that are slips of what was typed."""
        wanted = [one for one in typed if one.counts] or list(typed)
        words = self.words
        slipped = (one for one in wanted if not len(range(*words.span(one.word))))
        spans = (span for one in slipped for span in words.near(one.word, begun=one.begun))
        return [one.word for one in wanted], {word for span in spans for word in words.words[slice(*span)]}


def _highlights(text: str, beginnings: Sequence[str], near: Collection[str]) -> tuple[tuple[int, int], ...]:
    spans = []
    for word, (start, end) in tokenizer.words(text):
        begun = max((len(one) for one in beginnings if word.startswith(one)), default=0)
        if begun and len(word) == end - start:
            spans.append((start, start + begun))
        elif begun or word in near:
            spans.append((start, end))
    return tuple(spans)


class Words:
    """What a begun word may become: a collection's words and those of its language."""

    def __init__(self, own: WordList, known: Sequence[str] = ()) -> None:
        """known: words of the language, folded, the most common first."""
        self._own = own
        self._known = WordList([known])
        self._ranks = {word: rank for rank, word in enumerate(known)}

    def continuations(self, query: str) -> list[str]:
        """At most CONTINUATIONS words that the last word of a query may become, folded: itself first where it
        is one, then the collection's, most frequent first, then others, the most common first.

        None where the query ends with something else than a letter or digit.
        """
        typed = typed_words(query)
        if not typed or not typed[-1].begun:
            return []
        start = typed[-1].word
        own = nsmallest(
            CONTINUATIONS, self._own.continuations(start), key=lambda held: (held[0] != start, -held[1])
        )
        known = nsmallest(
            CONTINUATIONS,
            (word for word, _ in self._known.continuations(start)),
            key=lambda word: (word != start, self._ranks[word]),
        )
        both = dict.fromkeys([word for word, _ in own] + known)
        if start in both:
            both = {start: None} | both
        return list(both)[:CONTINUATIONS]


_NONE: Final[Rows] = np.zeros(0, dtype=np.int32)


def texts_of(entries: Sequence[Entry]) -> list[Text]:
    """The questions and variants of entries."""
    return [
        Text(kind="variant" if number else "question", text=text, row=row)
        for row, entry in enumerate(entries)
        for number, text in enumerate((entry.question, *entry.variants))
    ]


def typed_words(query: str) -> list[_Typed]:
    """The words of a query; the last may go on where nothing follows it. At least one counts."""
    words = tokenizer.words(query)
    end = len(query)
    telling = [not tokenizer.FUNCTION_STEMS.issuperset(tokenizer.stems(word)) for word, _ in words]
    return [
        _Typed(word, span[1] == end, counts or not any(telling) or span[1] == end)
        for (word, span), counts in zip(words, telling, strict=True)
        if word
    ]


def _order(scores: Floats, top: int) -> NDArray[np.int64]:
    """Positions of the highest scores, ties by position."""
    if len(scores) > top:
        bound = np.partition(scores, len(scores) - top)[len(scores) - top]
        some = np.flatnonzero(scores >= bound)
        return some[np.argsort(-scores[some], kind="stable")][:top]
    return np.argsort(-scores, kind="stable")
