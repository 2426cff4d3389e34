"""Asking two engines the same queries, and what the second one does otherwise."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, get_args

from index.encoders import Progress
from index.errors import QueryError
from index.snapshot import Snapshot
from search.engine import SearchEngine
from search.preview.queries import AskedQuery
from search.query_vectors import QueryVectors
from search.query_verdicts import QueryVerdicts
from search.result import Verdict

Outcome = Literal["answered", "taken", "lost", "changed", "unchanged"]
"""answered: it gets an answer, and got none. taken: another entry answers. lost: it got an answer, and gets
none. changed: it gets no answer either time, but another decision, or other entries to choose from.
"""
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
NEAR: Final = 0.02
"""A confidence that moves by less tells nothing: rare words and the metric move with every edit."""
_NOTHING: Final = Verdict(decision="no_answer", ids=(), confidences=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A query, and what was found for it before and after the change."""

    asked: AskedQuery
    before: Verdict
    after: Verdict

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        before, after = self.before, self.after
        if before.decision != "answer" and after.decision == "answer":
            return "answered"
        if before.decision == "answer" and after.decision != "answer":
            return "lost"
        if before.decision == "answer":
            return "unchanged" if before.first == after.first else "taken"
        same = before.decision == after.decision and set(before.choices) == set(after.choices)
        return "unchanged" if same else "changed"

    def at_threshold(self, edited: Container[str]) -> bool:
        """Whether it is decided otherwise by next to nothing, and not through one of the `edited` entries.

        The same entry is first with nearly the same confidence, and neither it nor any to choose from is
        edited: what decides is that the query stands at a threshold.
        """
        before, after = self.before, self.after
        return (
            self.outcome != "unchanged"
            and before.first == after.first
            and abs(before.confidence - after.confidence) < NEAR
            and not any(id_ in edited for id_ in (before.first, *before.choices, *after.choices))
        )


class Engines:
    """Two engines of one query encoder, which share the vectors of what they are asked."""

    def __init__(self, before: Snapshot, after: Snapshot, *, root: Path) -> None:
        """before: the published snapshot. root: the folder of the snapshots, where vectors are kept."""
        self.vectors = QueryVectors.of(before, root)
        self._before, self._after = (
            SearchEngine(replace(snapshot, encoder=self.vectors)) for snapshot in (before, after)
        )
        self._known = QueryVerdicts(self._before, root)

    def save(self) -> None:
        """Keep what costs for the next time."""
        self.vectors.save()
        self._known.save()

    def replay(
        self, asked: Sequence[AskedQuery], *, threads: int, progress: Progress | None = None
    ) -> list[Replayed]:
        """Ask both; what can't be asked, such as a query that is too long, is left out. See `verdicts`."""
        verdicts = self.verdicts(asked, threads=threads, progress=progress)
        return [
            Replayed(asked=one, before=pair[0], after=pair[1])
            for one, pair in zip(asked, verdicts, strict=True)
            if pair
        ]

    def verdicts(
        self, asked: Sequence[AskedQuery], *, threads: int, progress: Progress | None = None
    ) -> list[tuple[Verdict, Verdict] | None]:
        """Both engines' verdict of each query, None for what can't be asked.

        threads: encode, which is what costs and goes on beside; ranking is quicker on one. progress: called
        with 1 after each query.
        """
        corrected = [self._as_searched(one) for one in asked]
        needed = (text for texts in corrected for text in texts if text is not None)
        verdicts: list[tuple[Verdict, Verdict] | None] = []
        with self.vectors.ahead(needed, threads=threads):
            for one, (_, after) in zip(asked, corrected, strict=True):
                verdicts.append(None if after is None else self._ask(one, after))
                if progress:
                    progress(1)
        return verdicts

    def _as_searched(self, asked: AskedQuery) -> tuple[str | None, str | None]:
        """The texts that are encoded, before and after; None before where that is known, both for none."""
        try:
            after = self._after.as_searched(asked.text)
            known = self._known.knows(asked.text, locale=asked.locale)
            return None if known else self._before.as_searched(asked.text), after
        except QueryError:
            return None, None

    def _ask(self, asked: AskedQuery, after: str) -> tuple[Verdict, Verdict] | None:
        """None where neither has an entry of the locale; one that has none answers with nothing."""
        pair = (
            _or_none(lambda: self._known.verdict(asked.text, locale=asked.locale)),
            _or_none(lambda: self._after.verdict(after, locale=asked.locale, correct=False)),
        )
        return None if pair == (None, None) else (pair[0] or _NOTHING, pair[1] or _NOTHING)


def _or_none(verdict: Callable[[], Verdict]) -> Verdict | None:
    try:
        return verdict()
    except QueryError:
        return None
