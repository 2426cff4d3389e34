"""Asking two engines the same queries, and what the second one does otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from index.encoders import Progress
from index.errors import QueryError
from index.snapshot import Snapshot
from search.engine import SearchEngine
from search.preview.queries import AskedQuery
from search.query_vectors import QueryVectors
from search.result import Verdict

Outcome = Literal["answered", "taken", "lost", "changed", "unchanged"]
"""answered: it gets an answer, and got none. taken: another entry answers. lost: it got an answer, and gets
none. changed: it gets no answer either time, but another decision, or other entries to choose from.
"""
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)


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


class Engines:
    """Two engines of one query encoder, which share the vectors of what they are asked."""

    def __init__(self, before: Snapshot, after: Snapshot, vectors: QueryVectors) -> None:
        """vectors: of the encoder of both."""
        self.before, self.after = (
            SearchEngine(replace(snapshot, encoder=vectors)) for snapshot in (before, after)
        )
        self._vectors = vectors

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
        verdicts: list[tuple[Verdict, Verdict] | None] = []
        with self._vectors.ahead((text for one in asked for text in self._encoded(one)), threads=threads):
            for one in asked:
                verdicts.append(self._ask(one))
                if progress:
                    progress(1)
        return verdicts

    def _encoded(self, asked: AskedQuery) -> Sequence[str]:
        try:
            return self.before.as_searched(asked.text), self.after.as_searched(asked.text)
        except QueryError:
            return ()

    def _ask(self, asked: AskedQuery) -> tuple[Verdict, Verdict] | None:
        try:
            before = self.before.verdict(asked.text, locale=asked.locale)
            return before, self.after.verdict(asked.text, locale=asked.locale)
        except QueryError:
            return None
