"""Collections of any size for measurements, in more words than the bundled ones: with names that are made up.

Equal arguments give equal texts on every machine. They mean nothing: they are for speed, not for relevance.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from benchmarks.texts import SEED, answer_sentences, asked_texts
from index.collection import Collection
from index.entry import Entry
from index.passages import PIECE_LENGTH

VARIANTS: Final = 3
ENTRIES_A_NAME: Final = 10
"""Entries that name the same product, on average: without names, each word would be in many entries."""
_ANSWER_FROM: Final = PIECE_LENGTH + 60
_SYLLABLES: Final = (
    "bar",
    "den",
    "fil",
    "gor",
    "han",
    "kel",
    "lun",
    "mar",
    "nor",
    "pel",
    "ris",
    "tov",
    "vin",
)


def wide_entries(collections: Sequence[Collection], count: int, *, seed: int = SEED) -> list[Entry]:
    """`count` entries with a question, VARIANTS variants and an answer of two pieces, seldom three."""
    picks = random.Random(seed)
    texts, sentences = asked_texts(collections), answer_sentences(collections)
    entries = []
    for row in range(count):
        name = _name(picks, count)
        wordings = [_wording(texts, name, picks) for _ in range(1 + VARIANTS)]
        answer: list[str] = []
        while len(" ".join(answer)) < _ANSWER_FROM:
            answer.append(picks.choice(sentences))
        variants = tuple(dict.fromkeys(wording for wording in wordings if wording != wordings[0]))
        entries.append(
            Entry(id=f"entry-{row:05}", question=wordings[0], variants=variants, answer=" ".join(answer))
        )
    return entries


def wide_queries(
    collections: Sequence[Collection], count: int, *, entries: int, seed: int = SEED + 1
) -> list[str]:
    """`count` queries in the words of a collection that wide_entries made with so many `entries`."""
    picks = random.Random(seed)
    texts = asked_texts(collections)
    return [_wording(texts, _name(picks, entries), picks) for _ in range(count)]


def _wording(texts: Sequence[str], name: str, picks: random.Random) -> str:
    """The beginning of one text, the end of another, and a name."""
    begin, end = (picks.choice(texts).rstrip(".?! ").split() for _ in range(2))
    return " ".join([*begin[: (len(begin) + 1) // 2], *end[len(end) // 2 :], name]) + "?"


def _name(picks: random.Random, entries: int) -> str:
    number = picks.randrange(max(entries // ENTRIES_A_NAME, 1))
    size = len(_SYLLABLES)
    return "".join(_SYLLABLES[number // size**place % size] for place in range(3)).capitalize()
