"""How an answer looks outside: one shape for the API and the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from index.snapshot import Snapshot
from search.query_id import new_query_id
from search.result import Hit, SearchResult


def answer_of(result: SearchResult, *, snapshot: Snapshot, took_ms: float) -> dict[str, Any]:
    """A JSON-ready dict in the shape of `search.schemas.SearchAnswer`, under a new query id."""
    fallback = snapshot.manifest.answering.fallback if result.decision == "no_answer" else None
    answer: dict[str, Any] = {
        "query_id": new_query_id(),
        "query": result.query,
        "corrected": result.corrected,
        "collection": snapshot.collection,
        "snapshot": snapshot.version,
        "decision": result.decision,
        "confidence": round(result.confidence, 6),
        "choices": result.choices,
        "fallback": asdict(fallback) if fallback else None,
        "took_ms": took_ms,
        "hits": [_hit(hit) for hit in result.hits],
    }
    if result.reason is not None:
        answer["reason"] = result.reason
    return answer


def _hit(hit: Hit) -> dict[str, Any]:
    entry, matched = hit.entry, hit.matched
    shown: dict[str, Any] = {
        "id": entry.id,
        "question": entry.question,
        "answer": entry.answer,
        "url": entry.url,
        "tags": entry.tags,
        "locale": entry.locale,
        "score": round(hit.score, 6),
        "confidence": round(hit.confidence, 6),
        "matched": {"kind": matched.kind, "text": matched.text, "highlights": matched.highlights},
    }
    if hit.explanation is not None:
        shown["explanation"] = {
            "contributions": [
                {
                    "feature": part.feature,
                    "value": round(part.value, 6),
                    "points": round(part.points, 6),
                    "text": part.text,
                }
                for part in hit.explanation.contributions
            ]
        }
    return shown
