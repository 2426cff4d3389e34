"""What a rebuild would change, and what of the published snapshot it can use again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.encoders import Vectors
from index.entry import Entry
from index.passages import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Ids of entries against the published snapshot, each in the new or else the old order."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int


def compare(old: Iterable[Entry], new: Sequence[Entry]) -> Changes:
    """Compare by id; where an entry was read (its `source`) is no change."""
    before = {entry.id: _content(entry) for entry in old}
    added = tuple(entry.id for entry in new if entry.id not in before)
    changed = tuple(e.id for e in new if e.id in before and before[e.id] != _content(e))
    kept = {entry.id for entry in new}
    return Changes(
        added=added,
        changed=changed,
        removed=tuple(id_ for id_ in before if id_ not in kept),
        unchanged=len(new) - len(added) - len(changed),
    )


class KnownVectors:
    """Vectors by the text that they were made of. Only for one encoder: see EncoderInfo.fingerprint."""

    def __init__(self, passages: Iterable[Passage], vectors: Vectors) -> None:
        """passages and the rows of vectors, float32 (n, dimension), belong together."""
        self._rows = {passage.text: row for row, passage in enumerate(passages)}
        self._vectors = vectors

    def missing(self, texts: Iterable[str]) -> list[str]:
        """The texts without a vector, each once, in order."""
        return [text for text in dict.fromkeys(texts) if text not in self._rows]

    def take(self, texts: Sequence[str], missing: Sequence[str], fresh: Vectors) -> Vectors:
        """Vectors of the texts, float32 (len(texts), dimension).

        missing: the texts among them that have none here. fresh: theirs, float32 (len(missing), dimension).
        """
        dimension = (fresh if missing else self._vectors).shape[1]
        fresh_rows = {text: row for row, text in enumerate(missing)}
        result = np.empty((len(texts), dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            known = self._rows.get(text)
            result[row] = fresh[fresh_rows[text]] if known is None else self._vectors[known]
        return result


def _content(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in entry.to_dict().items() if key != "source"}
