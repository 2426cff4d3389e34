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

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG, and tells of every index


class LexicalIndex:
    """One document an entry. documents: how many there are."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._vocabulary: dict[str, int] = index.vocab_dict
        self._pointers: list[int] = index.scores["indptr"].tolist()
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
        ids = [self._vocabulary[stem] for stem in stems if stem in self._vocabulary]
        if not ids:
            return np.zeros(self.documents, dtype=np.float32)
        result: NDArray[np.float32] = self._index.get_scores_from_ids(ids)
        return result

    def __contains__(self, stem: str) -> bool:
        return stem in self._vocabulary

    def idf(self, stem: str) -> float:
        """ln((n - df + 0.5) / (df + 0.5) + 1) of a stem; the highest there is for an unknown one."""
        column = self._vocabulary.get(stem)
        holders = 0 if column is None else self._pointers[column + 1] - self._pointers[column]
        return math.log((self.documents - holders + 0.5) / (holders + 0.5) + 1.0)

    def column(self, stem: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows of documents that hold a stem, int32 (df,), and what it adds to their BM25, float32 (df,)."""
        column = self._vocabulary.get(stem)
        first, end = (0, 0) if column is None else (self._pointers[column], self._pointers[column + 1])
        return self._index.scores["indices"][first:end], self._index.scores["data"][first:end]


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
