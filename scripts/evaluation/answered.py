"""Judgements with what the engine answered to them, and the file of a run, which holds one a line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import orjson

from index.encoders import Progress
from index.errors import QueryError, SourceError
from index.judgements import Judgement
from index.sources import read_bytes
from index.sources.decoding import decode
from index.sources.structured import load
from search.engine import SearchEngine
from search.result import Decision

DEPTH: Final = 10
"""Hits of a query that are kept and measured."""
_DECISIONS: Final = get_args(Decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredHit:
    """An entry in the answer, by its id; score and confidence as in search.result.Hit."""

    id: str
    score: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A judgement's query, ids and tags, and what was answered.

    hits: best first. problem: why the query could not be asked, else None; it counts as one without hits.
    """

    query: str
    relevant: tuple[str, ...]
    tags: tuple[str, ...] = ()
    decision: Decision
    confidence: float
    hits: tuple[ScoredHit, ...]
    problem: str | None = None

    @property
    def rank(self) -> int | None:
        """The 1-based rank of the first relevant hit, or None where none of the hits is relevant."""
        wanted = frozenset(self.relevant)
        return next((rank for rank, hit in enumerate(self.hits, start=1) if hit.id in wanted), None)

    def to_dict(self) -> dict[str, Any]:
        """A line of a run, JSON-ready; tags and problem are no part of it."""
        return {
            "query": self.query,
            "relevant": list(self.relevant),
            "decision": self.decision,
            "confidence": self.confidence,
            "hits": [{"id": h.id, "score": h.score, "confidence": h.confidence} for h in self.hits],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Answered:
        """The inverse of to_dict; other fields are ignored. Raises ValueError that says what is wrong."""
        query, relevant, hits = (record.get(name) for name in ("query", "relevant", "hits"))
        decision: Decision | None = next((d for d in _DECISIONS if d == record.get("decision")), None)
        if not isinstance(query, str):
            raise ValueError("'query' must be a text")
        if not isinstance(relevant, list) or not all(isinstance(id_, str) for id_ in relevant):
            raise ValueError("'relevant' must be a list of ids")
        if decision is None:
            raise ValueError(f"'decision' must be one of {', '.join(_DECISIONS)}")
        if not isinstance(hits, list):
            raise ValueError("'hits' must be a list")
        read = tuple(_hit(hit) for hit in hits)
        if len({hit.id for hit in read}) < len(read):
            raise ValueError("an id stands twice among the hits")
        return cls(
            query=query,
            relevant=tuple(relevant),
            decision=decision,
            confidence=_probability(record, "confidence"),
            hits=read,
        )


def answer_all(
    engine: SearchEngine,
    judgements: Iterable[Judgement],
    *,
    top: int = DEPTH,
    progress: Progress | None = None,
) -> list[Answered]:
    """Ask the engine every judgement's query, in order.

    A query that can't be asked, such as one that is too long, is answered by nothing, and its problem kept.
    progress: called with 1 after each query.
    """
    answered = []
    for judgement in judgements:
        answered.append(_answer(engine, judgement, top))
        if progress:
            progress(1)
    return answered


def load_run(path: Path) -> list[Answered]:
    """Read the file of a run. Raises SourceError with the line where it is none."""
    shown = str(path)
    answered = []
    for number, line in enumerate(decode(read_bytes(path, shown), shown).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = load(line)
            if not isinstance(record, dict):
                raise ValueError("a line must be an object")
            answered.append(Answered.from_dict(record))
        except ValueError as error:
            raise SourceError(
                shown,
                f"this is no line of a run: {error}.",
                line=number,
                advice="'faq evaluate --run FILE' writes such files.",
            ) from None
    if not answered:
        raise SourceError(shown, "the file is empty.", advice="'faq evaluate --run FILE' writes a run.")
    return answered


def run_lines(answered: Iterable[Answered]) -> bytes:
    """The content of the file of a run: JSON lines in UTF-8."""
    return b"".join(orjson.dumps(one.to_dict()) + b"\n" for one in answered)


def _answer(engine: SearchEngine, judgement: Judgement, top: int) -> Answered:
    try:
        result = engine.search(judgement.query, top=top)
    except QueryError as error:
        return Answered(
            query=judgement.query,
            relevant=judgement.relevant,
            tags=judgement.tags,
            decision="no_answer",
            confidence=0.0,
            hits=(),
            problem=str(error),
        )
    return Answered(
        query=judgement.query,
        relevant=judgement.relevant,
        tags=judgement.tags,
        decision=result.decision,
        confidence=result.confidence,
        hits=tuple(
            ScoredHit(id=hit.entry.id, score=hit.score, confidence=hit.confidence) for hit in result.hits
        ),
    )


def _hit(record: Any) -> ScoredHit:
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise ValueError("a hit must be an object with an 'id'")
    return ScoredHit(
        id=record["id"], score=_number(record, "score"), confidence=_probability(record, "confidence")
    )


def _number(record: Mapping[str, Any], name: str) -> float:
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name!r} must be a number")
    return float(value)


def _probability(record: Mapping[str, Any], name: str) -> float:
    value = _number(record, name)
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name!r} must lie between 0 and 1")
    return value
