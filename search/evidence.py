"""What speaks for each candidate: the features that ranking weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.adaptation import Adaptation
from index.encoders import Vectors
from index.lexical import Column, LexicalIndex
from index.vectors import FlatIndex
from search.candidates import Candidates, Layout
from search.ranking import Features, Floats, soft_maximum

_AT_ONCE: Final = 1024  # entries whose vectors are copied


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
        answered = adaptation.answer_norms > 0
        both = np.where(answered, adaptation.answer_norms, adaptation.question_norms)
        self._norms = np.stack([adaptation.question_norms, both], axis=1)

    def of(self, query: Floats, candidates: Candidates) -> AdaptedScores:
        """query: float32 (dimension,)."""
        moved = query - self._centre
        weighed = self._metric.scores(moved, self._rows)
        length = np.sqrt(max(float((moved * weighed).sum()), 1e-12))
        offset = np.float32((weighed * self._centre).sum())
        entries = candidates.entries
        rows = (2 * entries[:, None] + (0, 1)).reshape(-1)
        cosines = self._pairs.scores(weighed, rows).reshape(-1, 2)
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
        # By stem, only those that some entry holds: it grows to the vocabulary and no further.
        self._known: dict[str, tuple[float, Column]] = {}

    def of(self, stems: Sequence[str]) -> LexicalScores:
        """The scores of a query's stems, which may repeat."""
        question, answer = (_share(side, stems) for side in self._sides)
        return LexicalScores(question_bm25=question, answer_bm25=answer, coverage=self._coverage(stems))

    def _coverage(self, stems: Sequence[str]) -> Floats:
        held = np.zeros(self._sides[0].documents, dtype=np.float32)
        total = 0.0
        for stem in dict.fromkeys(stems):
            idf, holders = self._known.get(stem) or self._look_up(stem)
            total += idf
            holders.add_to(held)
        return held / np.float32(max(total, 1e-6))

    def _look_up(self, stem: str) -> tuple[float, Column]:
        question, answer = self._sides
        held = np.zeros(question.documents, dtype=np.bool_)
        for side in self._sides:
            held[side.documents_with(stem)] = True
        rows = np.flatnonzero(held)
        idf = min(question.idf(stem), answer.idf(stem))
        found = idf, Column(rows, np.full(len(rows), idf, dtype=np.float32), documents=question.documents)
        if len(rows):
            self._known[stem] = found
        return found


def gather(
    candidates: Candidates, cosines: Floats, lexical: LexicalScores, adapted: AdaptedScores | None = None
) -> Features:
    """The features of c candidates. cosines: float32 (p,), of their passages with the query."""
    question, whole, pieces = candidates.question, candidates.whole, candidates.pieces
    asked = cosines[question.positions]
    both = np.maximum.reduceat(asked, question.starts)
    answer = both.copy()
    both[whole.candidates] = cosines[whole.positions]
    if len(pieces.positions):
        answer[pieces.candidates] = np.maximum.reduceat(cosines[pieces.positions], pieces.starts)
    nothing = np.zeros_like(both)
    return Features(
        question=soft_maximum(asked, question.starts),
        question_answer=both,
        answer=answer,
        question_bm25=lexical.question_bm25[candidates.entries],
        answer_bm25=lexical.answer_bm25[candidates.entries],
        coverage=lexical.coverage[candidates.entries],
        adapted_question=adapted.question if adapted else nothing,
        adapted_question_answer=adapted.question_answer if adapted else nothing,
    )


def _share(index: LexicalIndex, stems: Sequence[str]) -> Floats:
    """BM25 as a share of what a document could reach at most, float32 (documents,)."""
    highest = sum(index.idf(stem) for stem in stems)  # a term's share of its idf stays below 1
    return index.scores(stems) / np.float32(max(highest, 1e-6))
