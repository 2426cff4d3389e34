"""Questions as words: which of them are the same question put the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from index.tokenizer import FUNCTION_STEMS, stems


@dataclass(frozen=True, slots=True)
class Words:
    """all: the stems in order, joined. content: those that say what a text is about."""

    all: str
    content: frozenset[str]


def words_of(text: str) -> Words:
    """The stems of a question or variant."""
    found = stems(text)
    return Words(" ".join(found), frozenset(found) - FUNCTION_STEMS)


def opposed(one: Words, other: Words) -> bool:
    """Whether each has just one word of content that the other has not: "buy a gift card", "use a gift card".

    Embeddings put such questions near to each other, and they are different ones. Where one merely lacks a
    word, it may be the same question put shortly.
    """
    return len(one.content - other.content) == 1 == len(other.content - one.content)


_KINDS: Final = frozenset(stems("where when who why"))


def of_one_kind(one: Words, other: Words) -> bool:
    """Whether two questions ask for the same kind of thing: "where can I …" is no "should I …"."""
    return _KINDS.intersection(one.all.split()) == _KINDS.intersection(other.all.split())
