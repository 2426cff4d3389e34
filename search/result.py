"""What the engine answers: plain values, shared by the API, the command line and the evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from index.entry import Entry

Decision = Literal["answer", "clarify", "no_answer"]
MatchedKind = Literal["question", "variant", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The text of an entry that won, and where the query's words stand in it.

    highlights: (start, end) pairs in Unicode code points, in order, not overlapping, non-empty:
    text[start:end] is a word of the text that the query holds too.
    """

    kind: MatchedKind
    text: str
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entry in the ranked answer.

    score: orders the hits of one query and means nothing else. confidence: 0 to 1, the probability that
    this hit is a right answer, comparable between queries.
    """

    entry: Entry
    score: float
    confidence: float
    matched: Matched


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """query: as it was searched, after normalisation. confidence: that of the decision's best hit, 0.0
    where nothing matched. hits: best first. seconds: time spent by stage ("encode", "retrieve", "rank").
    """

    query: str
    decision: Decision
    confidence: float
    hits: tuple[Hit, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
