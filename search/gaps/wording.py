"""What a group of queries is called: its representatives, and a question in the visitors' own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import regex
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from index import tokenizer
from index.text import shorten
from search.gaps.features import Floats, unit
from search.querylog.quoting import LEFT_OUT

REPRESENTATIVES: Final = 5
NAME_LENGTH: Final = 80
TYPICAL: Final = 0.92
"""Of the medoid's likeness to the whole group: what a question has, at least, that is suggested instead."""
_LEAST_SLIP: Final = 4  # letters of a word that may be told from a slip
_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}'’]*")
_LONG: Final = 20  # words, of which a turn of a dialogue has more than a question
_GREETING: Final = regex.compile(
    r"^(?:(?:hi|hiya|hello|hey|good (?:morning|afternoon|evening|day)|yes|yeah|yep|ok|okay|so|um|well|"
    r"sorry(?: but)?|(?:just )?(?:a )?quick question|please tell me(?=\W{2}))"
    r"(?: there| again| team)?\b[\s,.!;:-]*)+",
    regex.I,
)
_PLEASE: Final = regex.compile(
    r"^(?:(?:can|could|would) you (?:please )?help me(?: today)?\s*\?\s*|i have a question[\s,.:!-]+)",
    regex.I,
)
_THANKS: Final = regex.compile(
    r"(?:[\s,.!;:-]+(?:many thanks|thanks(?: a lot)?|thank you|thx|ty|pls|plz|please|cheers))+"
    r"[\s.!]*(?=\??$)",
    regex.I,
)
_SENTENCE: Final = regex.compile(r"(?<=[.!?])\s+(?=\S)")
_ASKS: Final = regex.compile(
    r"(?:how|what|when|where|which|who|whom|whose|why|can|could|do|does|did|is|are|was|were|will|would|should|"
    r"may|am|have|has)\b",
    regex.I,
)


def central(vectors: Floats, counts: list[int], words: list[int]) -> int:
    """The position of the medoid: the query most like all of the group, float32 (n, d), n at least 1.

    counts: how often each was asked. words: how many each has; long ones only where there are no others.
    """
    likeness = unit(vectors) @ unit(vectors).T @ np.array(counts, dtype=np.float64)
    short = np.array(words) <= _LONG
    if short.any():
        likeness[~short] = -np.inf
    return int(np.argmax(np.round(likeness, 6)))


def representatives(vectors: Floats, counts: list[int], first: int, most: int = REPRESENTATIVES) -> list[int]:
    """Positions of up to `most` queries that together are near to all, the medoid first.

    Each next one is that which brings the others most nearer (facility location, greedily).
    """
    rows = unit(vectors)
    alike = rows @ rows.T
    chosen, covered = [first], alike[first].copy()
    weights = np.array(counts, dtype=np.float64)
    while len(chosen) < min(most, len(rows)):
        gains = np.maximum(alike - covered, 0) @ weights
        gains[chosen] = -np.inf
        best = int(np.argmax(np.round(gains, 6)))
        chosen.append(best)
        covered = np.maximum(covered, alike[best])
    return chosen


def headings(
    vectors: Floats, counts: Sequence[int], chosen: Sequence[int], texts: Sequence[str]
) -> tuple[int, int]:
    """Which of the chosen is the best name, and which the best question, by their places in it.

    texts: of all queries. The first is both, unless another one says nearly as well what the group means, has
    no slip of the keyboard and, if the first has all its words, has all of its own; or is such a question.
    """
    rows = unit(vectors)
    likeness = rows[list(chosen)] @ rows.mean(axis=0)
    written = Counter[str]()
    for text, count in zip(texts, counts, strict=True):
        written.update(dict.fromkeys(_words(text), count))
    sound = [
        place
        for place, position in enumerate(chosen)
        if likeness[place] >= TYPICAL * likeness[0]
        and not _has_slip(texts[position], written)
        and (LEFT_OUT not in texts[position] or LEFT_OUT in texts[chosen[0]])
    ]
    asking = [place for place in sound if suggested_question(texts[chosen[place]]).endswith("?")]
    name = sound[0] if sound else 0
    return name, asking[0] if asking else name


def _has_slip(text: str, written: Counter[str]) -> bool:
    """Whether a word is nearly one that more of the queries have, and no other form of it.

    A first letter is seldom wrong: a tent is not a slip of rent. The words of entries don't tell: what is
    missing stands in none.
    """
    for word in _words(text):
        if len(word) < _LEAST_SLIP:
            continue
        near = extract(
            word, [other for other in written if other[0] == word[0]], scorer=OSA.distance, score_cutoff=1
        )
        for other, _, _ in near:
            known = min(len(word), len(other)) >= _LEAST_SLIP and written[other] > written[word]
            if known and tokenizer.stems(word) != tokenizer.stems(other):
                return True
    return False


def _words(text: str) -> list[str]:
    return [found[0] for found in _WORD.finditer(text.casefold())]


def suggested_question(text: str) -> str:
    """A visitor's words as the heading of an entry: no greeting, one or two sentences, a capital, a mark."""
    bare = _THANKS.sub("", _PLEASE.sub("", _GREETING.sub("", text.strip()))).strip() or text.strip()
    sentences = _SENTENCE.split(bare)
    question = next((one for one in sentences if one.endswith("?")), sentences[0]) if sentences else bare
    question = shorten(_PLEASE.sub("", _GREETING.sub("", question)).strip() or bare, 200)
    question = question[:1].upper() + question[1:]
    if question[-1:] not in "?!.…" and _ASKS.match(question):
        question += "?"
    return question


def name_of(question: str) -> str:
    """A short name."""
    return shorten(question.rstrip(".?! "), NAME_LENGTH) or question
