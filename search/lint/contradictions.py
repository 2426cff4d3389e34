"""Answers to nearly the same question that can't both be true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from index.text import shorten
from search.lint.claims import Amount, by_kind, content, negated, opening, price, sentences
from search.lint.duplicates import is_near
from search.lint.findings import Finding
from search.lint.pairs import Pair
from search.lint.subject import Subject
from search.lint.wording import of_one_kind, opposed

QUESTION: Final = 0.90
"""Cosine of two wordings from which they are the same question, whatever is answered."""
SENTENCE: Final = 0.6
"""Share of the words of content that two sentences must have in common to be about the same."""
LEAST: Final = 2
"""Words of content that they must have in common, at least."""
SHORT: Final = 400
"""Characters of an answer that is about one thing, so that its one amount of a kind is the question's."""
SENTENCES: Final = 40
"""Of an answer that are compared, from its start."""


def contradictions(subject: Subject, pairs: Sequence[Pair]) -> Iterator[Finding]:
    """`contradiction`: one finding a pair of entries, which names the first clash."""

    @cache
    def read(row: int) -> _Answer:
        return _Answer(subject.answers[row])

    for pair in pairs:
        one, other = subject.words[pair.one], subject.words[pair.other]
        same = is_near(subject, pair) or (
            pair.cosine >= QUESTION and not opposed(one, other) and of_one_kind(one, other)
        )
        clash = _clash(read(pair.first), read(pair.second)) if same else None
        if clash is None:
            continue
        first, second = subject.entries[pair.first], subject.entries[pair.second]
        question = shorten(subject.asked[pair.one][1], 120)
        yield Finding(
            code="contradiction",
            severity="error" if pair.same else "warning",
            place=first.source,
            entries=(first.id, second.id),
            reason=(
                f"{question!r} is answered in two ways: {first.id!r} says {shorten(clash[0], 160)!r}, "
                f"{second.id!r} at {second.source} says {shorten(clash[1], 160)!r}."
            ),
            advice="Find out which is right and mend the other; or say in both questions when each holds.",
        )


@dataclass(frozen=True, kw_only=True)
class _Sentence:
    text: str
    about: frozenset[str]

    @cached_property
    def negated(self) -> bool:
        return negated(self.text)

    @cached_property
    def amounts(self) -> dict[str, list[Amount]]:
        return by_kind(self.text)


class _Answer:
    """An answer, read once: it is set against those of many entries."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.opening = opening(text)
        self.price = price(text)

    @cached_property
    def amounts(self) -> dict[str, list[Amount]]:
        return by_kind(self.text)

    @cached_property
    def sentences(self) -> list[_Sentence]:
        return [_Sentence(text=text, about=content(text)) for text in sentences(self.text)[:SENTENCES]]


def _clash(one: _Answer, other: _Answer) -> tuple[str, str] | None:
    """The words of both answers that can't both be true, or None."""
    if not one.text or not other.text or one.text == other.text:
        return None
    if None not in (one.opening, other.opening) and one.opening != other.opening:
        return sentences(one.text)[0], sentences(other.text)[0]
    return _prices(one, other) or _amounts(one, other) or _negations(one, other)


def _amounts(one: _Answer, other: _Answer) -> tuple[str, str] | None:
    """Two that differ: those of two short answers that name one of a kind each, or of two sentences about
    the same.
    """
    short = max(len(one.text), len(other.text)) <= SHORT
    for kind in sorted(one.amounts.keys() & other.amounts.keys()) if short else ():
        mine, theirs = one.amounts[kind], other.amounts[kind]
        single = len({amount.values for amount in mine}) == 1 == len({amount.values for amount in theirs})
        if single and not mine[0].may_be(theirs[0]):
            return mine[0].text, theirs[0].text
    for first, second in _about_the_same(one, other):
        shared = first.amounts.keys() & second.amounts.keys()
        if not all(_agree(first.amounts[kind], second.amounts[kind]) for kind in shared):
            return first.text, second.text
    return None


def _agree(mine: Sequence[Amount], theirs: Sequence[Amount]) -> bool:
    """Whether sentences have an amount in common: of several, some may be of what the other leaves out."""
    return any(one.may_be(other) for one in mine for other in theirs)


def _prices(one: _Answer, other: _Answer) -> tuple[str, str] | None:
    mine, theirs = one.price, other.price
    return (mine[1], theirs[1]) if mine and theirs and mine[0] != theirs[0] else None


def _negations(one: _Answer, other: _Answer) -> tuple[str, str] | None:
    pairs = ((a.text, b.text) for a, b in _about_the_same(one, other) if a.negated != b.negated)
    return next(pairs, None)


def _about_the_same(one: _Answer, other: _Answer) -> Iterator[tuple[_Sentence, _Sentence]]:
    for mine in one.sentences:
        for theirs in other.sentences:
            shared = len(mine.about & theirs.about)
            if shared >= LEAST and shared >= SENTENCE * (len(mine.about) + len(theirs.about) - shared):
                yield mine, theirs
