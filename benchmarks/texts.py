"""Texts for measurements: what people might ask, recombined from the bundled collections.

Equal arguments give equal texts on every machine, and every text is given once.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from index.collection import Collection
from index.entry import Entry
from index.markdown import plain

SEED: Final = 20260131
# Short, so that texts are about as long as what people really ask: the longer a text, the less of a model's
# time is overhead. An opening or an ending, never both.
_OPENINGS: Final = (
    "hi, ",
    "hello, ",
    "question: ",
    "help, ",
    "sorry, ",
    "again: ",
    "urgent: ",
    "app: ",
    "as a guest, ",
    "hey, ",
    "one more: ",
    "today: ",
    "so, ",
)
_ENDINGS: Final = (
    " please",
    " pls",
    " thanks",
    " today",
    " abroad",
    " online",
    " by phone",
    " by card",
    " in the app",
    " as a guest",
    " on Sunday",
    " for two parcels",
    " with a voucher",
    " asap",
    " from Norway",
    " for a friend",
    " without an account",
)
_FRAMES: Final = (("", ""), *((o, "") for o in _OPENINGS), *(("", e) for e in _ENDINGS))
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_SENTENCE_LENGTHS: Final = range(20, 140)


def golden_queries(collections: Sequence[Collection]) -> list[str]:
    """The judged queries of the collections, each once, in order."""
    return _distinct(judgement.query for collection in collections for judgement in collection.golden)


def asked_texts(collections: Sequence[Collection]) -> list[str]:
    """Their questions, variants and judged queries, each once."""
    asked = [text for c in collections for e in c.entries for text in (e.question, *e.variants)]
    return _distinct([*asked, *golden_queries(collections)])


def answer_sentences(collections: Sequence[Collection]) -> list[str]:
    """Sentences of their answers, each once, neither very short nor long."""
    return _distinct(s for c in collections for e in c.entries for s in _sentences(e.answer))


def short_texts(collections: Sequence[Collection], count: int, *, seed: int = SEED) -> list[str]:
    """`count` distinct short texts, none of them a golden query.

    Questions, variants and golden queries in an order of the seed, some of them with an opening or an ending.
    Raises ValueError where there are too few of them for so many texts.
    """
    bases = asked_texts(collections)
    golden = {query.casefold() for query in golden_queries(collections)}
    possible = len(bases) * len(_FRAMES)
    texts: dict[str, str] = {}
    for number in random.Random(seed).sample(range(possible), possible):  # in random order, each once
        base, frame = divmod(number, len(_FRAMES))
        opening, ending = _FRAMES[frame]
        text = f"{opening}{bases[base].rstrip('.?! ')}{ending}"
        if text.casefold() not in golden:
            texts.setdefault(text.casefold(), text)
        if len(texts) == count:
            return list(texts.values())
    raise ValueError(f"only {len(texts)} texts can be made of {len(bases)}, not {count}")


def generated_entries(collections: Sequence[Collection], count: int, *, seed: int = SEED) -> list[Entry]:
    """`count` entries with a question, one variant and an answer of two sentences."""
    texts = short_texts(collections, 2 * count, seed=seed)
    sentences = answer_sentences(collections)
    picks = random.Random(seed)
    return [
        Entry(
            id=f"entry-{row:05}",
            question=texts[2 * row],
            variants=(texts[2 * row + 1],),
            answer=" ".join(picks.sample(sentences, 2)),
        )
        for row in range(count)
    ]


def edited(entries: Sequence[Entry], count: int, *, edition: int) -> list[Entry]:
    """The entries with `count` of them, evenly spread, changed as people do: every second one's answer, the
    others' question. Each edition changes other ones, in other words.
    """
    step = len(entries) // count
    changed = list(entries)
    for number in range(count):
        row = number * step + edition % step
        entry = entries[row]
        if number % 2:
            changed[row] = replace(entry, question=f"{entry.question}, edition {edition}")
        else:
            changed[row] = replace(entry, answer=f"{entry.answer} This is edition {edition}.")
    return changed


def _sentences(answer: str) -> Iterator[str]:
    for sentence in _SENTENCE.split(plain(answer)):
        if len(sentence) in _SENTENCE_LENGTHS and sentence.endswith((".", "!", "?")):
            yield sentence


def _distinct(texts: Iterator[str] | Sequence[str]) -> list[str]:
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(text.casefold(), text)
    return list(first.values())
