"""What is logged: queries, and what people said about their answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from search.result import Decision

FeedbackKind = Literal["click", "helpful", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a person did with an answer.

    kind: "click" (a hit was opened: entry_id and position, from 1), "helpful" (helpful yes or no, perhaps
    with a reason and the entry_id that it is about) or "answer" ("this is the answer": entry_id). at: UTC.
    """

    query_id: str
    at: datetime
    kind: FeedbackKind
    entry_id: str | None = None
    position: int | None = None
    helpful: bool | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answered query as it comes from a request: nothing in it is masked, and nobody writes it down.

    session: what the client sent. top_ids: of the hits shown, best first. See LoggedQuery for the others.
    """

    query_id: str
    at: datetime
    session: str | None
    collection: str
    snapshot: str
    source: str
    locale: str | None
    query: str
    decision: Decision
    confidence: float
    top_ids: tuple[str, ...]
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedQuery:
    """A query, how it was answered, and the feedback to that.

    at: UTC. session: a salted hash, never what the client sent; None where it sent none. source: where it was
    asked, "widget", "api" or the name of a dialect. asked: in the person's own words, personal data masked.
    normalised: the same folded, so that equal questions are equal texts. locale: that the search was filtered
    by, or None. top_ids: of the hits shown, best first. milliseconds: the time that the answer took.
    feedback: oldest first.
    """

    query_id: str
    at: datetime
    session: str | None
    collection: str
    snapshot: str
    source: str
    locale: str | None
    asked: str
    normalised: str
    decision: Decision
    confidence: float
    top_ids: tuple[str, ...]
    milliseconds: float
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A result that was computed from the log and is served from here. kind: "gaps", …; body: JSON."""

    collection: str
    kind: str
    at: datetime
    body: bytes
