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
class Contribution:
    """What one feature did for a hit. feature: its name. value: what was measured. points: what it added to
    the score, or took from it. text: the same for a person who writes FAQ entries.
    """

    feature: str
    value: float
    points: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a hit stands where it stands. contributions: the strongest first."""

    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entry in the ranked answer.

    score: orders the hits of one query and means nothing else. confidence: 0 to 1, the probability that
    this hit is a right answer, comparable between queries. explanation: where it was asked for.
    """

    entry: Entry
    score: float
    confidence: float
    matched: Matched
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """query: as it was asked, after normalisation. corrected: as it was searched, where its spelling was
    mended by the collection's own words. confidence: that of the best hit, 0.0 where nothing matched.
    hits: best first. seconds: time spent by stage ("encode", "retrieve", "rank").
    choices: the ids of the two or three entries to choose from, where the decision is to clarify.
    reason: why the decision fell, in a sentence or two, where an explanation was asked for.
    """

    query: str
    decision: Decision
    confidence: float
    hits: tuple[Hit, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    corrected: str | None = None
    choices: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a query found, without the texts that show it: what is compared where thousands are asked.

    ids: of the hits, best first. confidences: theirs. choices: as in SearchResult.
    """

    decision: Decision
    ids: tuple[str, ...]
    confidences: tuple[float, ...]
    choices: tuple[str, ...] = ()

    @property
    def first(self) -> str | None:
        """The id of the best hit."""
        return self.ids[0] if self.ids else None

    @property
    def confidence(self) -> float:
        """That of the best hit, 0.0 where nothing matched."""
        return self.confidences[0] if self.confidences else 0.0
