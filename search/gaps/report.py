"""What the analysis finds: gaps with their evidence, JSON-ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

GapKind = Literal["missing", "wording", "ambiguous", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """An entry near to a gap. confidence: mean over the queries that found it first. first: their share."""

    id: str
    question: str
    confidence: float
    first: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """One of two entries that compete. words: of its own that tell it from the other. queries: of the gap's
    that lean to it most clearly."""

    id: str
    question: str
    words: tuple[str, ...]
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A group of queries that the FAQ serves badly.

    queries: distinct texts as asked, the most frequent first. count: how many were asked. sessions: by how
    many. share: of all queries of the period. before: how many like them the period before had, None where
    nobody looked. entries: ids of the nearest entries, nearest first. suggestion: a question in the visitors'
    own words. variants: to be added to the first entry, of a gap in wording. words: that the queries have and
    that entry lacks. answered_by_fix: share of the gap's queries that would probably be answered (see
    evidence). reasons: how often its queries were served badly, and how. confidence: mean, of what is
    answered now. dismissed: whether the content team wants to see it no more.
    """

    id: str
    kind: GapKind
    name: str
    queries: tuple[str, ...]
    count: int
    sessions: int
    share: float
    before: int | None
    representatives: tuple[str, ...]
    suggestion: str
    entries: tuple[str, ...]
    nearest: tuple[Nearest, ...]
    confidence: float
    answered_by_fix: float
    reasons: Mapping[str, int]
    variants: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    clicks: int = 0
    votes_down: int = 0
    dismissed: bool = False

    @property
    def weight(self) -> float:
        """What gaps are ranked by: queries that fixing it would answer."""
        return self.count * self.answered_by_fix


@dataclass(frozen=True, slots=True, kw_only=True)
class GapReport:
    """asked: queries of the period. distinct: questions among them. badly_served: queries that were, or now
    are. mended: queries that were and are answered well by now. hidden: gaps and single questions of too few
    sessions to be shown or quoted. singletons: questions in no gap, the most frequent first.
    """

    about: Mapping[str, Any]
    asked: int
    distinct: int
    badly_served: int
    mended: int
    gaps: Sequence[Gap]
    singletons: Sequence[str]
    hidden: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            **self.about,
            "asked": self.asked,
            "distinct": self.distinct,
            "badly_served": self.badly_served,
            "mended": self.mended,
            "gaps": [asdict(gap) for gap in self.gaps],
            "singletons": list(self.singletons),
            "hidden": self.hidden,
            "seconds": dict(self.seconds),
        }
