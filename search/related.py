"""Entries that go with an entry: those that its writer named, then those that are asked most alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.entry import Entry
from index.snapshot import Snapshot

MOST: Final = 4
FILLED_UP_TO: Final = 3
"""Entries that are named or found by likeness; where the writer named more, more are shown."""
ALIKE: Final = 0.5
"""Cosine of two questions from which they are about one subject: of the pairs in the bundled collections
nearly all are from there on, between 0.4 and 0.5 every other one."""


class Related:
    """The related entries of one snapshot. What was looked up is kept; safe to use from several threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._rows = {entry.id: row for row, entry in enumerate(snapshot.entries)}
        asked = [(p.entry, row) for row, p in enumerate(snapshot.passages) if p.kind == "question"]
        self._passages: NDArray[np.int64] = np.array([row for _, row in asked], dtype=np.int64)
        self._entries = [entry for entry, _ in asked]
        self._position = {entry: position for position, entry in enumerate(self._entries)}
        self._known: dict[str, tuple[Entry, ...]] = {}

    def of(self, entry: Entry) -> tuple[Entry, ...]:
        """At most MOST other entries of the snapshot, of the same language where it is known."""
        known = self._known.get(entry.id)
        if known is None:
            entries = self._snapshot.entries
            named = [entries[self._rows[other]] for other in entry.related if other in self._rows]
            found = dict.fromkeys(other for other in named if other.id != entry.id)
            for other in self._nearest(entry) if len(found) < FILLED_UP_TO else ():
                found.setdefault(other)
                if len(found) >= FILLED_UP_TO:
                    break
            known = self._known[entry.id] = tuple(found)[:MOST]
        return known

    def _nearest(self, entry: Entry) -> Iterator[Entry]:
        position = self._position.get(self._rows.get(entry.id, -1))
        if position is None:
            return
        vectors = self._snapshot.vectors
        own = vectors.vectors[self._passages[position]]
        cosines = vectors.scores(own, self._passages)
        for other in np.argsort(-cosines, kind="stable")[: 4 * MOST].tolist():
            if cosines[other] < ALIKE:
                return
            found = self._snapshot.entries[self._entries[other]]
            if found.id != entry.id and found.locale == entry.locale:
                yield found
