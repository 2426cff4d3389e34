"""The search engine over one snapshot."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index import tokenizer
from index.entry import Entry
from index.lexical import LexicalIndex
from index.snapshot import Snapshot
from search.decision import CHOICES, confidences, decide
from search.filters import Filters
from search.highlight import highlights
from search.query import normalise_query
from search.ranking import Features, Floats, fuse, order, soft_maximum
from search.result import Hit, Matched, MatchedKind, SearchResult

Rows = NDArray[np.int64]

DENSE_CANDIDATES: Final = 200
"""Passages taken from the vector index."""
LEXICAL_CANDIDATES: Final = 50
"""Entries taken from BM25."""
_KIND: Final = {"question": 0, "variant": 0, "question_answer": 1, "answer": 2}


class SearchEngine:
    """Answers queries from a snapshot. Holds no state between them; safe to call from several threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        passages = snapshot.passages
        self._by_id = {entry.id: entry for entry in snapshot.entries}
        self._filters = Filters(snapshot.entries)
        self._entry_of: Rows = np.array([passage.entry for passage in passages], dtype=np.int64)
        self._kind_of = np.array([_KIND[passage.kind] for passage in passages], dtype=np.int8)
        # Passages are grouped by entry: those of entry e are rows starts[e] to starts[e + 1].
        self._starts: Rows = np.searchsorted(self._entry_of, np.arange(len(snapshot.entries) + 1))

    def entry(self, entry_id: str) -> Entry | None:
        """The entry of an id, or None."""
        return self._by_id.get(entry_id)

    def search(
        self, query: str, *, top: int = 10, locale: str | None = None, tags: Sequence[str] = ()
    ) -> SearchResult:
        """Rank the entries for a free-text query; at most `top` hits.

        Raises QueryError: see normalise_query and Filters.allowed.
        """
        query = normalise_query(query)
        allowed = self._filters.allowed(tags=tags, locale=locale)
        began = time.perf_counter()
        vector = self.snapshot.encoder.encode_query(query)
        encoded = time.perf_counter()
        stems = tokenizer.stems(query)
        lexical = self._lexical_scores(stems)
        candidates = self._candidates(vector, lexical, allowed)
        retrieved = time.perf_counter()
        if not len(candidates):  # a filter can leave nothing
            return SearchResult(query=query, decision="no_answer", confidence=0.0, hits=())
        rows, segments = self._passages_of(candidates)
        cosines = self.snapshot.vectors.scores(vector, rows)
        scores = fuse(self._features(candidates, rows, cosines, stems, lexical))
        best = order(scores, candidates, max(top, CHOICES))
        probabilities = confidences(scores[best])
        hits = tuple(
            Hit(
                entry=self.snapshot.entries[candidates[position]],
                score=float(scores[position]),
                confidence=float(probability),
                matched=self._matched(rows[segments[position]], cosines[segments[position]], stems),
            )
            for position, probability in zip(best[:top], probabilities, strict=False)
        )
        return SearchResult(
            query=query,
            decision=decide(probabilities),
            confidence=float(probabilities[0]) if len(probabilities) else 0.0,
            hits=hits,
            seconds={
                "encode": encoded - began,
                "retrieve": retrieved - encoded,
                "rank": time.perf_counter() - retrieved,
            },
        )

    def _lexical_scores(self, stems: Sequence[str]) -> tuple[Floats, Floats]:
        return (
            _share(self.snapshot.question_lexical, stems),
            _share(self.snapshot.answer_lexical, stems),
        )

    def _candidates(
        self, vector: Floats, lexical: tuple[Floats, Floats], allowed: NDArray[np.bool_] | None
    ) -> Rows:
        """Entry rows worth ranking, ascending."""
        if allowed is not None:  # a filter leaves few enough to rank them all
            return np.flatnonzero(allowed)
        _, rows = self.snapshot.vectors.search(vector, DENSE_CANDIDATES)
        both = lexical[0] + lexical[1]
        count = min(LEXICAL_CANDIDATES, len(both))
        likely = np.argpartition(-both, count - 1)[:count]
        return np.union1d(self._entry_of[rows], likely[both[likely] > 0])

    def _features(
        self,
        candidates: Rows,
        rows: Rows,
        cosines: Floats,
        stems: Sequence[str],
        lexical: tuple[Floats, Floats],
    ) -> Features:
        position = np.searchsorted(candidates, self._entry_of[rows])
        kinds = self._kind_of[rows]
        asked = kinds == _KIND["question"]
        # Every entry has a question, so no segment is empty.
        starts = np.searchsorted(position[asked], np.arange(len(candidates)))
        question = soft_maximum(cosines[asked], starts)
        best_question = np.maximum.reduceat(cosines[asked], starts)
        question_answer, answer = best_question.copy(), best_question.copy()
        whole = kinds == _KIND["question_answer"]
        question_answer[position[whole]] = cosines[whole]
        pieces = kinds == _KIND["answer"]
        answer[position[pieces]] = -1.0
        np.maximum.at(answer, position[pieces], cosines[pieces])
        return Features(
            question=question,
            question_answer=question_answer,
            answer=answer,
            question_bm25=lexical[0][candidates],
            answer_bm25=lexical[1][candidates],
            coverage=self._coverage(candidates, stems),
        )

    def _coverage(self, candidates: Rows, stems: Sequence[str]) -> Floats:
        sides = (self.snapshot.question_lexical, self.snapshot.answer_lexical)
        held = np.zeros(len(self.snapshot.entries), dtype=np.float32)
        total = 0.0
        for stem in set(stems):
            idf = min(side.idf(stem) for side in sides)
            total += idf
            holders = np.union1d(*(side.documents_with(stem) for side in sides))
            held[holders] += idf
        return held[candidates] / np.float32(max(total, 1e-6))

    def _passages_of(self, candidates: Rows) -> tuple[Rows, list[slice]]:
        """Passage rows of the candidates, grouped by candidate, and each one's segment of them."""
        rows = [np.arange(self._starts[entry], self._starts[entry + 1]) for entry in candidates]
        ends = np.cumsum([len(part) for part in rows]).tolist()
        segments = [slice(end - len(part), end) for part, end in zip(rows, ends, strict=True)]
        return np.concatenate(rows), segments

    def _matched(self, rows: Rows, cosines: Floats, stems: Sequence[str]) -> Matched:
        """The question, variant or piece of the answer that is nearest to the query."""
        shown = self._kind_of[rows] != _KIND["question_answer"]
        passage = self.snapshot.passages[rows[shown][cosines[shown].argmax()]]
        kind: MatchedKind = "answer" if passage.kind == "question_answer" else passage.kind
        return Matched(kind=kind, text=passage.text, highlights=highlights(passage.text, stems))


def _share(index: LexicalIndex, stems: Sequence[str]) -> Floats:
    """BM25 as a share of what a document could reach at most, float32 (documents,)."""
    highest = sum(index.idf(stem) for stem in stems)  # a term's share of its idf stays below 1
    return index.scores(stems) / np.float32(max(highest, 1e-6))
