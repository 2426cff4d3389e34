"""Entries become passages: the texts that are embedded.

question         the question itself
variant          another wording of it
question_answer  the question and its whole answer: finds words that only the answer holds
answer           a piece of the answer, a few sentences long: finds what one vector of all would blur
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from index.entry import Entry

PassageKind = Literal["question", "variant", "question_answer", "answer"]
KINDS: Final[tuple[PassageKind, ...]] = ("question", "variant", "question_answer", "answer")

PIECE_LENGTH: Final = 320
"""Characters that a piece of an answer is filled up to, about 60 words: two or three sentences."""

# After a full stop, question or exclamation mark, with a quote or bracket that closes, or at a line's end.
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"'”’)\]])\s+|(?<=[。！？])\s*|\n+")


@dataclass(frozen=True, slots=True)
class Passage:
    """entry: row of its entry in the snapshot. text: as embedded, plain text."""

    entry: int
    kind: PassageKind
    text: str


def make_passages(entries: Iterable[Entry], *, plain: Callable[[str], str]) -> list[Passage]:
    """All passages, grouped by entry in the entries' order, kinds in the order of KINDS.

    plain: renders an answer's Markdown as plain text.
    """
    passages: list[Passage] = []
    for row, entry in enumerate(entries):
        passages.append(Passage(row, "question", entry.question))
        passages += [Passage(row, "variant", variant) for variant in entry.variants]
        answer = plain(entry.answer)
        if answer:
            passages.append(Passage(row, "question_answer", f"{entry.question}\n{answer}"))
            passages += [Passage(row, "answer", piece) for piece in split(answer)]
    return passages


def split(text: str) -> list[str]:
    """Cut a text at its sentences into pieces of at most PIECE_LENGTH characters.

    The pieces hold every word of the text, in order. A sentence longer than that is cut between words, a
    word longer than that within.
    """
    pieces: list[str] = []
    current = ""
    for sentence in _sentences(text):
        if current and len(current) + 1 + len(sentence) > PIECE_LENGTH:
            pieces.append(current)
            current = sentence
        else:
            current = f"{current} {sentence}" if current else sentence
    if current:
        pieces.append(current)
    return pieces


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        rest = " ".join(sentence.split())
        while len(rest) > PIECE_LENGTH:
            cut = rest.rfind(" ", 1, PIECE_LENGTH + 1)
            cut = cut if cut > 0 else PIECE_LENGTH
            yield rest[:cut]
            rest = rest[cut:].lstrip()
        if rest:
            yield rest
