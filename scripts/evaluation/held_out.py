"""A snapshot as it would be if some of its texts had never been written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.adaptation import learn
from index.encoders import QueryEncoder, Vectors
from index.lexical import index_sides
from index.snapshot import Snapshot
from index.vectors import FlatIndex


class KnownQueries:
    """A query encoder that remembers what it was asked: many snapshots are asked the same."""

    def __init__(self, encoder: QueryEncoder, known: Mapping[str, Vectors] | None = None) -> None:
        self._encoder = encoder
        self._known = dict(known or {})
        self.dimension = encoder.dimension
        self.known_words = encoder.known_words

    def encode_query(self, text: str) -> Vectors:
        """Of unit length, float32 (dimension,)."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._encoder.encode_query(text)
        return found


def with_passages(snapshot: Snapshot, kept: NDArray[np.bool_]) -> Snapshot:
    """The snapshot with only some passages, in memory. kept: bool (passages,), true for every question.

    All that a build makes of passages is made anew: both lexical indexes and the adapted metric.
    """
    passages = tuple(passage for passage, keep in zip(snapshot.passages, kept.tolist(), strict=True) if keep)
    vectors = np.ascontiguousarray(snapshot.vectors.vectors[kept])
    question, answer = index_sides(passages, entries=len(snapshot.entries))
    return replace(
        snapshot,
        passages=passages,
        vectors=FlatIndex.build(vectors),
        question_lexical=question,
        answer_lexical=answer,
        adaptation=learn(vectors, passages, entries=len(snapshot.entries)),
    )
