"""What speaks for each candidate: the features that ranking weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.adaptation import Adaptation
from index.lexical import LexicalIndex
from index.vectors import FlatIndex, VectorIndex
from search.candidates import Candidates
from search.ranking import Features, Floats, soft_maximum


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
    """Cosines in a collection's adapted metric, from inner products with the vectors that there are anyway.

    With M the metric and m the centre, the cosine of q and v is (q-m)ᵀM(v-m) over both their lengths. So one
    product M(q-m), then one inner product a passage; the mean of an entry's is that of its mean vector.
    """

    def __init__(self, adaptation: Adaptation, vectors: VectorIndex) -> None:
        self._adaptation = adaptation
        self._vectors = vectors
        # FAISS multiplies on one thread and in one order, so that a score is the same in every process.
        self._metric = FlatIndex.build(adaptation.metric)
        self._rows = np.arange(len(adaptation.metric), dtype=np.int64)

    def of(self, query: Floats, candidates: Candidates) -> AdaptedScores:
        """query: float32 (dimension,)."""
        adaptation = self._adaptation
        moved = query - adaptation.centre
        weighed = self._metric.scores(moved, self._rows)
        length = np.sqrt(max(float((moved * weighed).sum()), 1e-12))
        products = self._vectors.scores(weighed, candidates.passages)
        offset = np.float32((weighed * adaptation.centre).sum())

        asked, whole = candidates.question, candidates.whole
        counts = np.diff(np.append(asked.starts, len(asked.positions)))
        means = np.add.reduceat(products[asked.positions], asked.starts) / counts
        question = (means - offset) / (length * adaptation.question_norms[candidates.entries])
        question = question.astype(np.float32)
        both = question.copy()
        norms = length * adaptation.answer_norms[candidates.entries[whole.candidates]]
        both[whole.candidates] = (products[whole.positions] - offset) / norms
        return AdaptedScores(question=question, question_answer=both)


class LexicalEvidence:
    """Lexical scores from the two sides' indexes."""

    def __init__(self, question: LexicalIndex, answer: LexicalIndex) -> None:
        self._sides = (question, answer)
        # By stem, only those that some entry holds: it grows to the vocabulary and no further.
        self._known: dict[str, tuple[float, NDArray[np.int32]]] = {}

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
            held[holders] += idf
        return held / np.float32(max(total, 1e-6))

    def _look_up(self, stem: str) -> tuple[float, NDArray[np.int32]]:
        question, answer = self._sides
        holders = np.union1d(question.documents_with(stem), answer.documents_with(stem))
        found = min(question.idf(stem), answer.idf(stem)), holders
        if len(holders):
            self._known[stem] = found
        return found


def gather(
    candidates: Candidates, cosines: Floats, lexical: LexicalScores, adapted: AdaptedScores | None = None
) -> Features:
    """The features of c candidates. cosines: float32 (p,), of their passages with the query."""
    asked = cosines[candidates.question.positions]
    best = np.maximum.reduceat(asked, candidates.question.starts)
    whole, pieces = best.copy(), best.copy()
    whole[candidates.whole.candidates] = cosines[candidates.whole.positions]
    if len(candidates.pieces.positions):
        parts = cosines[candidates.pieces.positions]
        pieces[candidates.pieces.candidates] = np.maximum.reduceat(parts, candidates.pieces.starts)
    nothing = np.zeros_like(best)
    return Features(
        question=soft_maximum(asked, candidates.question.starts),
        question_answer=whole,
        answer=pieces,
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
