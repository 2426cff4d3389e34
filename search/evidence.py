"""What speaks for each candidate: the features that ranking weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.lexical import LexicalIndex
from search.candidates import Candidates
from search.ranking import Features, Floats, soft_maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalScores:
    """For every entry of a collection, float32 (entries,) each; see `ranking.Features`."""

    question_bm25: Floats
    answer_bm25: Floats
    coverage: Floats


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


def gather(candidates: Candidates, cosines: Floats, lexical: LexicalScores) -> Features:
    """The features of c candidates. cosines: float32 (p,), of their passages with the query."""
    asked = cosines[candidates.question.positions]
    best = np.maximum.reduceat(asked, candidates.question.starts)
    whole, pieces = best.copy(), best.copy()
    whole[candidates.whole.candidates] = cosines[candidates.whole.positions]
    if len(candidates.pieces.positions):
        parts = cosines[candidates.pieces.positions]
        pieces[candidates.pieces.candidates] = np.maximum.reduceat(parts, candidates.pieces.starts)
    return Features(
        question=soft_maximum(asked, candidates.question.starts),
        question_answer=whole,
        answer=pieces,
        question_bm25=lexical.question_bm25[candidates.entries],
        answer_bm25=lexical.answer_bm25[candidates.entries],
        coverage=lexical.coverage[candidates.entries],
    )


def _share(index: LexicalIndex, stems: Sequence[str]) -> Floats:
    """BM25 as a share of what a document could reach at most, float32 (documents,)."""
    highest = sum(index.idf(stem) for stem in stems)  # a term's share of its idf stays below 1
    return index.scores(stems) / np.float32(max(highest, 1e-6))
