"""Completions: questions and past queries that go on as was typed, hold its words, or nearly so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
_EXACT, _BEGUN, _INFLECTED, _SLIPPED = 1.0, 0.95, 0.8, 0.6  # how well a word is met
_FUNCTION: Final = 0.2  # what a word such as "the" counts of its weight
_STARTS, _FIRST, _ORDER = (
    0.5,
    0.15,
    0.1,
)  # for a text that goes on as typed, for its first word, for the order
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
        scores = np.zeros(len(self._texts), dtype=np.float32)
        possible = np.ones(len(self._texts), dtype=np.bool_)
        total = np.float32(0.0)
        for one in typed:
            met, weight = self._met(one)
            total += np.float32(weight)
            scores += np.float32(weight) * met
            if one.counts:
                possible &= met > 0
        if allowed is not None:
            possible &= allowed[self._rows]
        found = np.flatnonzero(possible & (scores > 0))
        if not len(found):
            return ()
        first, end = self.words.span(typed[0].word)
        begins = (self._first[found] >= first) & (self._first[found] < end)
        ranked = (scores[found] / total + self._prior[found] + _FIRST * begins).astype(np.float32)
        best = found[_order(ranked, _LOOKED_AT)]
        finer = sorted(
            (self._judged(int(row), typed, float(scores[row] / total)) for row in best), key=_by_score
        )
        chosen: dict[int, Suggestion] = {}
        for suggestion in finer:
            chosen.setdefault(suggestion.row, suggestion)
            if len(chosen) == top:
                break
        return tuple(chosen.values())

    def _met(self, typed: _Typed) -> tuple[Floats, float]:
        """How well each text holds a word, float32 (texts,), and what the word weighs."""
        words = self.words
        met = np.zeros(len(self._texts), dtype=np.float32)
        first, end = words.span(typed.word)
        if first < end:
            rows = words.rows(first, end)
            met[rows] = _BEGUN if typed.begun else _INFLECTED
            if words.holds(typed.word):
                met[words.rows(first, first + 1)] = _EXACT
        else:
            spans = words.near(typed.word, begun=typed.begun)
            parts = [words.rows(first, end) for first, end in spans]
            rows = np.concatenate(parts) if parts else _NONE
            met[rows] = _SLIPPED
        weight = math.log(1 + (len(self._texts) + 1) / (len(rows) + 0.5))
        return met, weight if typed.counts else _FUNCTION * weight

    def _judged(self, row: int, typed: Sequence[_Typed], share: float) -> Suggestion:
        """A text with what only a closer look tells."""
        text, folded = self._texts[row], self._folded[row]
        asked = " ".join(one.word for one in typed)
        spans = self._highlights(text.text, typed)
        score = share + float(self._prior[row])
        score += _STARTS if folded.startswith(asked) else _FIRST if folded.startswith(typed[0].word) else 0.0
        in_order = [place for place in (folded.find(one.word) for one in typed) if place >= 0]
        score += _ORDER if in_order == sorted(in_order) and len(in_order) == len(typed) else 0.0
        return Suggestion(kind=text.kind, text=text.text, row=text.row, highlights=spans, score=score)

    def _highlights(self, text: str, typed: Sequence[_Typed]) -> tuple[tuple[int, int], ...]:
        wanted = [one for one in typed if one.counts] or list(typed)
        near = {
            word
            for one in wanted
            if self.words.span(one.word)[0] == self.words.span(one.word)[1]
            for first, end in self.words.near(one.word, begun=one.begun)
            for word in self.words.words[first:end]
        }
        spans = []
        for word, (start, end) in tokenizer.words(text):
            begun = max((len(one.word) for one in wanted if word.startswith(one.word)), default=0)
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


def _by_score(suggestion: Suggestion) -> tuple[float, int, str]:
    return -suggestion.score, suggestion.row, suggestion.text
