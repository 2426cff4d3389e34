"""Answers to nearly the same question that can't both be true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from index.text import shorten
from search.lint.claims import amounts, content, negated, opening, price, sentences
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
    for pair in pairs:
        one, other = subject.words[pair.one], subject.words[pair.other]
        same = is_near(subject, pair) or (
            pair.cosine >= QUESTION and not opposed(one, other) and of_one_kind(one, other)
        )
        clash = _clash(subject.answers[pair.first], subject.answers[pair.second]) if same else None
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


def _clash(one: str, other: str) -> tuple[str, str] | None:
    """The words of both answers that can't both be true, or None."""
    if not one or not other or one == other:
        return None
    begins = opening(one), opening(other)
    if None not in begins and begins[0] != begins[1]:
        return sentences(one)[0], sentences(other)[0]
    return _prices(one, other) or _amounts(one, other) or _negations(one, other)


def _amounts(one: str, other: str) -> tuple[str, str] | None:
    """Two that differ: those of two short answers that name one of a kind each, or of two sentences about
    the same.
    """
    short = max(len(one), len(other)) <= SHORT
    held: tuple[dict[str, list[tuple[tuple[float, ...], str]]], ...] = (defaultdict(list), defaultdict(list))
    for found, text in zip(held, (one, other), strict=True):
        for amount in amounts(text):
            found[amount.kind].append((amount.values, amount.text))
    for kind in sorted(held[0].keys() & held[1].keys()):
        mine, theirs = held[0][kind], held[1][kind]
        single = len({values for values, _ in mine}) == 1 == len({values for values, _ in theirs})
        if short and single and mine[0][0] != theirs[0][0]:
            return mine[0][1], theirs[0][1]
    for mine_sentence, their_sentence in _about_the_same(one, other):
        if not content(mine_sentence):
            continue
        kinds = [{a.kind: a.values for a in amounts(text)} for text in (mine_sentence, their_sentence)]
        if any(kinds[0][kind] != kinds[1][kind] for kind in kinds[0].keys() & kinds[1].keys()):
            return mine_sentence, their_sentence
    return None


def _prices(one: str, other: str) -> tuple[str, str] | None:
    mine, theirs = price(one), price(other)
    return (mine[1], theirs[1]) if mine and theirs and mine[0] != theirs[0] else None


def _negations(one: str, other: str) -> tuple[str, str] | None:
    return next((pair for pair in _about_the_same(one, other) if negated(pair[0]) != negated(pair[1])), None)


def _about_the_same(one: str, other: str) -> Iterator[tuple[str, str]]:
    theirs = [(text, content(text)) for text in sentences(other)[:SENTENCES]]
    for mine in sentences(one)[:SENTENCES]:
        about = content(mine)
        for text, words in theirs:
            shared = len(about & words)
            if shared >= LEAST and shared >= SENTENCE * len(about | words):
                yield mine, text
