"""Questions asked anew: what the snapshot in service says to them now, and their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from index.encoders import Progress, QueryEncoder
from index.errors import QueryError
from search.engine import SearchEngine
from search.gaps.features import Floats
from search.result import Decision, Verdict

_TOP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said now. understood: the query, its spelling mended. hits: (id, confidence), best first."""

    understood: str
    decision: Decision
    hits: tuple[tuple[str, float], ...]
    vector: Floats

    @property
    def confidence(self) -> float:
        """Of the best hit, 0.0 without one."""
        return self.hits[0][1] if self.hits else 0.0

    @property
    def first(self) -> str | None:
        """The id of the best hit."""
        return self.hits[0][0] if self.hits else None


class Asked(Protocol):
    """What tells the verdict of a query: an engine, or something that knows what it found before."""

    def verdict(self, query: str, *, locale: str | None = None) -> Verdict:
        """See SearchEngine.verdict."""


class _Remembering:
    """A query encoder that keeps the vectors it made."""

    def __init__(self, encoder: QueryEncoder) -> None:
        self._encoder = encoder
        self.dimension = encoder.dimension
        self.known_words = encoder.known_words
        self._vectors: dict[str, Floats] = {}

    def encode_query(self, text: str) -> Floats:
        """As the encoder."""
        found = self._vectors.get(text)
        if found is None:
            found = self._vectors[text] = self._encoder.encode_query(text)
        return found


def replay(
    engine: SearchEngine,
    texts: Sequence[str],
    *,
    threads: int,
    verdicts: Asked | None = None,
    progress: Progress | None = None,
) -> list[Answer]:
    """The answers to texts, in order. What can't be asked, such as an empty query, is answered by nothing.

    threads: searches at a time. verdicts: the engine's, where some are known. progress: called with 1 after
    each.
    """
    encoder = _Remembering(engine.snapshot.encoder)
    asked = verdicts or SearchEngine(replace(engine.snapshot, encoder=encoder), learned=engine.learned)

    def ask(text: str) -> Answer:
        try:
            understood = engine.as_searched(text)
            verdict = asked.verdict(text, locale=None)
        except QueryError:
            return unanswered(text, np.zeros(encoder.dimension, dtype=np.float32))
        return Answer(
            understood=understood,
            decision=verdict.decision,
            hits=tuple(zip(verdict.ids, verdict.confidences, strict=True))[:_TOP],
            vector=encoder.encode_query(understood),
        )

    answers = []
    with ThreadPoolExecutor(threads) as pool:
        for answer in pool.map(ask, texts):
            answers.append(answer)
            if progress:
                progress(1)
    return answers


def unanswered(text: str, vector: Floats) -> Answer:
    """What a collection without entries says."""
    return Answer(understood=text, decision="no_answer", hits=(), vector=vector)
