"""What speaks for each candidate: the features that ranking weighs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.adaptation import Adaptation
from index.encoders import Vectors
from index.lexical import LexicalIndex
from index.vectors import FlatIndex
from search.candidates import Candidates, Layout
from search.ranking import Features, Floats, soft_maximum

_AT_ONCE: Final = 1024  # entries whose vectors are copied
_SCORES: Final = 3
"""Lexical ones, as in LexicalScores."""
_COMMON: Final = 16
"""A stem that one of so many documents holds is common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalScores:
    """For every entry of a collection, float32 (entries,) each; see `ranking.Features`."""

    question_bm25: Floats
    answer_bm25: Floats
    coverage: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptedScores:
    """For c candidates, float32 (c,) each; see `ranking.Features`."""

    question: Floats
    question_answer: Floats


class AdaptedEvidence:
    """Cosines in a collection's adapted metric, with two vectors an entry: the mean of its question and
    variants, and question and answer together.

    With M the metric and m the centre, the cosine of q and v is (q-m)ᵀM(v-m) over both their lengths. So one
    product M(q-m), then an inner product with each of the two.
    """

    def __init__(self, adaptation: Adaptation, vectors: Vectors, layout: Layout) -> None:
        """vectors: of all passages, float32 (n, dimension)."""
        self._centre = adaptation.centre
        # FAISS multiplies on one thread and in one order, so that a score is the same in every process.
        self._metric = FlatIndex.build(adaptation.metric)
        self._rows = np.arange(len(adaptation.metric), dtype=np.int64)
        self._pairs = FlatIndex.build(_pairs(vectors, layout))
        self._pair_rows = np.arange(2 * len(adaptation.question_norms), dtype=np.int64).reshape(-1, 2)
        answered = adaptation.answer_norms > 0
        both = np.where(answered, adaptation.answer_norms, adaptation.question_norms)
        self._norms = np.stack([adaptation.question_norms, both], axis=1)

    def of(self, query: Floats, candidates: Candidates) -> AdaptedScores:
        """query: float32 (dimension,)."""
        moved = query - self._centre
        weighed = self._metric.scores(moved, self._rows)
        length = math.sqrt(max(float((moved * weighed).sum()), 1e-12))
        offset = np.float32((weighed * self._centre).sum())
        entries = candidates.entries
        cosines = self._pairs.scores(weighed, self._pair_rows[entries].reshape(-1)).reshape(-1, 2)
        cosines -= offset
        cosines /= self._norms[entries] * np.float32(length)
        return AdaptedScores(question=cosines[:, 0], question_answer=cosines[:, 1])


def _pairs(vectors: Vectors, layout: Layout) -> Vectors:
    """Of every entry the mean of question and variants, then question and answer together, or again the mean
    where there is no answer; float32 (2 * entries, dimension) from (passages, dimension).
    """
    every = layout.everything.entries
    pairs = np.empty((len(every), 2, vectors.shape[1]), dtype=np.float32)
    for first in range(0, len(every), _AT_ONCE):
        chosen = layout.select(every[first : first + _AT_ONCE])
        asked, whole = chosen.question, chosen.whole
        sums = np.add.reduceat(vectors[chosen.passages[asked.positions]], asked.starts)
        pairs[chosen.entries] = (sums / asked.lengths[:, None].astype(np.float32))[:, None]
        pairs[chosen.entries[whole.candidates], 1] = vectors[chosen.passages[whole.positions]]
    return pairs.reshape(-1, vectors.shape[1])


class LexicalEvidence:
    """Lexical scores from the two sides' indexes."""

    def __init__(self, question: LexicalIndex, answer: LexicalIndex) -> None:
        self._sides = (question, answer)
        self._unknown = self._look_up("")  # which is no stem
        # By stem, of those that some entry holds: it grows to the vocabulary and no further.
        self._known: dict[str, _Stem] = {}

    def of(self, stems: Sequence[str]) -> LexicalScores:
        """The scores of a query's stems, which may repeat."""
        scores = np.zeros((_SCORES, self._sides[0].documents), dtype=np.float32)
        highest = [0.0] * _SCORES  # of a document that holds all: a term's share of its idf stays below 1
        seen = set()
        for stem in stems:
            found = self._find(stem)
            counted = _SCORES - 1 if stem in seen else _SCORES  # repeated, it covers no more
            seen.add(stem)
            for row in range(counted):
                highest[row] += found.idfs[row]
            if found is not self._unknown:
                found.add_to(scores, counted)
        shares = scores / np.maximum(np.array(highest, dtype=np.float32), np.float32(1e-6))[:, None]
        return LexicalScores(question_bm25=shares[0], answer_bm25=shares[1], coverage=shares[2])

    def _find(self, stem: str) -> _Stem:
        found = self._known.get(stem)
        if found is None:
            if not any(stem in side for side in self._sides):
                return self._unknown
            found = self._known[stem] = self._look_up(stem)
        return found

    def _look_up(self, stem: str) -> _Stem:
        idfs = [side.idf(stem) for side in self._sides]
        weights = np.zeros((_SCORES, self._sides[0].documents), dtype=np.float32)
        for row, side in enumerate(self._sides):
            holders, added = side.column(stem)
            weights[row, holders] = added
            weights[-1, holders] = min(idfs)
        return _Stem((*idfs, min(idfs)), weights)


class _Stem:
    """What a stem adds to the scores of the documents that hold it: to both sides' BM25, and to the coverage.

    idfs: what it adds to the highest of each.
    """

    def __init__(self, idfs: Sequence[float], weights: Floats) -> None:
        """weights: float32 (3, documents), 0 where a document doesn't hold it."""
        holders = np.flatnonzero(weights[-1])
        self.idfs = idfs
        # What is common is added up whole, which is faster then, and as exact; no collection has many such.
        self._rows = None if len(holders) * _COMMON >= weights.shape[1] else holders
        self._weights = weights if self._rows is None else weights[:, holders]

    def add_to(self, scores: Floats, count: int) -> None:
        """To the first `count` rows of scores, float32 (3, documents), in place."""
        if self._rows is None:
            scores[:count] += self._weights[:count]
        else:
            scores[:count, self._rows] += self._weights[:count]


def gather(
    candidates: Candidates, cosines: Floats, lexical: LexicalScores, adapted: AdaptedScores | None = None
) -> Features:
    """The features of c candidates. cosines: float32 (p,), of their passages with the query."""
    question, whole, pieces = candidates.question, candidates.whole, candidates.pieces
    asked = cosines[question.positions]
    best = np.maximum.reduceat(asked, question.starts)
    both, answer = best.copy(), best.copy()
    both[whole.candidates] = cosines[whole.positions]
    if len(pieces.positions):
        answer[pieces.candidates] = np.maximum.reduceat(cosines[pieces.positions], pieces.starts)
    nothing = np.zeros_like(both)
    return Features(
        question=soft_maximum(asked, best, question.starts, question.lengths),
        question_answer=both,
        answer=answer,
        question_bm25=lexical.question_bm25[candidates.entries],
        answer_bm25=lexical.answer_bm25[candidates.entries],
        coverage=lexical.coverage[candidates.entries],
        adapted_question=adapted.question if adapted else nothing,
        adapted_question_answer=adapted.question_answer if adapted else nothing,
    )
