"""The lexical index: BM25 over stems, by bm25s.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with
Lucene's idf. Scores are computed when building; a query only adds up its stems' columns.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import bm25s
import numpy as np
from bm25s.tokenization import Tokenized
from numpy.typing import NDArray

from index import tokenizer
from index.errors import SnapshotDamaged
from index.passages import Passage

K1: Final = 1.2
B: Final = 0.75
# Each document also holds this stem, which no text yields: bm25s can't index a collection without any word.
_SENTINEL: Final = "\x00"
_COMMON: Final = 16
"""A stem that one of so many documents holds is common; no collection has many of them."""

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG, and tells of every index


class Column:
    """What a stem adds to the scores of the documents that hold it."""

    def __init__(self, rows: NDArray[Any], weights: NDArray[np.float32], *, documents: int) -> None:
        """rows: of those documents, integers (df,), each once. weights: float32 (df,). documents: of all."""
        self._rows, self._weights = rows, weights
        self._whole: NDArray[np.float32] | None = None
        if len(rows) * _COMMON >= documents:  # adding it up whole is faster then, and as exact
            self._whole = np.zeros(documents, dtype=np.float32)
            self._whole[rows] = weights

    def add_to(self, scores: NDArray[np.float32]) -> None:
        """scores: (documents,), changed in place."""
        if self._whole is None:
            scores[self._rows] += self._weights
        else:
            scores += self._whole


class LexicalIndex:
    """One document an entry. documents: how many there are."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._vocabulary: dict[str, int] = index.vocab_dict
        self._pointers: list[int] = index.scores["indptr"].tolist()
        # Those that were asked for: they grow to the vocabulary and no further.
        self._columns: dict[int, Column] = {}
        self.documents = int(index.scores["num_docs"])

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> LexicalIndex:
        """Stems of each document, at least one document → an index; equal input gives equal files."""
        vocabulary = {
            stem: n for n, stem in enumerate(sorted({_SENTINEL, *(s for d in documents for s in d)}))
        }
        ids = [[vocabulary[stem] for stem in (*document, _SENTINEL)] for document in documents]
        index = bm25s.BM25(method="lucene", k1=K1, b=B)
        index.index(Tokenized(ids=ids, vocab=vocabulary), create_empty_token=False, show_progress=False)
        return cls(index)

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Raises SnapshotDamaged where the folder holds no index."""
        try:
            return cls(bm25s.BM25.load(str(folder), show_progress=False, allow_pickle=False))
        except Exception as error:  # whatever the libraries make of files that hold something else
            raise SnapshotDamaged(str(folder), expected="a BM25 index", found=str(error)[:200]) from error

    def save(self, folder: Path) -> None:
        """Write the index into a folder, which is made."""
        self._index.save(str(folder), show_progress=False, allow_pickle=False)

    def scores(self, stems: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every document for a query's stems, float32 (documents,); unknown stems count nothing."""
        # As bm25s adds them up, in the same order; it is made for more queries at a time.
        result = np.zeros(self.documents, dtype=np.float32)
        for stem in stems:
            column = self._vocabulary.get(stem)
            if column is not None:
                self._column(column).add_to(result)
        return result

    def _column(self, column: int) -> Column:
        known = self._columns.get(column)
        if known is None:
            first, end = self._pointers[column], self._pointers[column + 1]
            rows, weights = (self._index.scores[part][first:end] for part in ("indices", "data"))
            known = self._columns[column] = Column(rows, weights, documents=self.documents)
        return known

    def idf(self, stem: str) -> float:
        """ln((n - df + 0.5) / (df + 0.5) + 1) of a stem; the highest there is for an unknown one."""
        column = self._vocabulary.get(stem)
        holders = 0 if column is None else self._pointers[column + 1] - self._pointers[column]
        return math.log((self.documents - holders + 0.5) / (holders + 0.5) + 1.0)

    def documents_with(self, stem: str) -> NDArray[np.int32]:
        """Rows of the documents that hold a stem, int32 (df,)."""
        column = self._vocabulary.get(stem)
        if column is None:
            return np.empty(0, dtype=np.int32)
        first, end = self._pointers[column], self._pointers[column + 1]
        rows: NDArray[np.int32] = self._index.scores["indices"][first:end]
        return rows


def index_sides(passages: Sequence[Passage], *, entries: int) -> tuple[LexicalIndex, LexicalIndex]:
    """Two indexes with a document an entry: of questions and variants, and of answers."""
    asked: list[list[str]] = [[] for _ in range(entries)]
    answered: list[list[str]] = [[] for _ in range(entries)]
    for passage in passages:
        if passage.kind in ("question", "variant"):
            asked[passage.entry] += tokenizer.stems(passage.text)
        elif passage.kind == "answer":
            answered[passage.entry] += tokenizer.stems(passage.text)
    return LexicalIndex.build(asked), LexicalIndex.build(answered)
