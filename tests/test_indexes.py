"""The vector index and the lexical index against exact oracles."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import SnapshotDamaged
from index.lexical import K1, B, LexicalIndex
from index.vectors import FlatIndex, measured_recall


def random_vectors(rows: int, dimension: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(max_examples=30)
@given(rows=st.integers(1, 200), k=st.integers(1, 250), seed=st.integers(0, 1000))
def test_search_is_sort_then_cut(rows: int, k: int, seed: int) -> None:
    vectors = random_vectors(rows, 16, seed)
    query = random_vectors(1, 16, seed + 1)[0]
    index = FlatIndex.build(vectors)
    scores, found = index.search(query, k)
    exact = np.sort(vectors @ query)[::-1][:k]
    assert np.allclose(scores, exact, atol=1e-5)  # values, which forgives ties
    assert np.allclose(index.scores(query, found), scores, atol=1e-6)
    assert measured_recall(index) == 1.0


def test_scores_of_chosen_rows_do_not_depend_on_the_others() -> None:
    vectors = random_vectors(500, 384, 1)
    index, query = FlatIndex.build(vectors), vectors[7]
    every = index.scores(query, np.arange(500))
    some = np.array([3, 499, 7], dtype=np.int64)
    assert np.array_equal(index.scores(query, some), every[some])


def test_recall_notices_a_search_that_misses() -> None:
    class Blind(FlatIndex):
        def search(self, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
            rows = np.arange(k, dtype=np.int64)
            return self.scores(query, rows), rows

    blind = Blind.build(random_vectors(500, 16, 3))
    assert measured_recall(blind) < 0.2


def test_an_index_survives_its_file_and_a_broken_file_is_named(tmp_path: Path) -> None:
    vectors = random_vectors(20, 8, 5)
    file = tmp_path / "vectors.faiss"
    FlatIndex.build(vectors).save(file)
    assert np.array_equal(FlatIndex.open(file, dimension=8).vectors, vectors)
    with pytest.raises(SnapshotDamaged, match="dimension 9"):
        FlatIndex.open(file, dimension=9)
    file.write_bytes(b"not an index")
    with pytest.raises(SnapshotDamaged, match="FAISS"):
        FlatIndex.open(file, dimension=8)


DOCUMENTS = [["refund", "card", "refund"], ["card"], ["wallet", "money", "back"], []]


def bm25(documents: list[list[str]], query: list[str]) -> list[float]:
    """Lucene's BM25 as its papers state it, with the index's one extra stem a document."""
    lengths = [len(document) + 1 for document in documents]
    mean = sum(lengths) / len(lengths)
    scores = []
    for document, length in zip(documents, lengths, strict=True):
        score = 0.0
        for stem in query:
            df = sum(stem in other for other in documents)
            tf = document.count(stem)
            idf = math.log((len(documents) - df + 0.5) / (df + 0.5) + 1)
            score += idf * tf / (tf + K1 * (1 - B + B * length / mean))
        scores.append(score)
    return scores


@pytest.mark.parametrize("query", [["refund"], ["card", "money"], ["unknown"], [], ["refund", "refund"]])
def test_bm25_follows_its_formula(query: list[str]) -> None:
    index = LexicalIndex.build(DOCUMENTS)
    assert np.allclose(index.scores(query), bm25(DOCUMENTS, query), atol=1e-5)


def test_idf_and_holders() -> None:
    index = LexicalIndex.build(DOCUMENTS)
    rows, weights = index.column("card")
    assert rows.tolist() == [0, 1]
    assert weights.tolist() == index.scores(["card"])[:2].tolist()
    assert index.column("unknown")[0].tolist() == []
    assert index.idf("unknown") > index.idf("wallet") > index.idf("card")


def test_a_collection_without_words_can_be_indexed(tmp_path: Path) -> None:
    LexicalIndex.build([[], []]).save(tmp_path / "lexical")
    assert LexicalIndex.open(tmp_path / "lexical").scores(["word"]).tolist() == [0.0, 0.0]


def test_equal_documents_make_equal_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        LexicalIndex.build(DOCUMENTS).save(tmp_path / name)
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_a_broken_lexical_index_is_named(tmp_path: Path) -> None:
    LexicalIndex.build(DOCUMENTS).save(tmp_path)
    (tmp_path / "params.index.json").write_text("{")
    with pytest.raises(SnapshotDamaged, match="BM25"):
        LexicalIndex.open(tmp_path)
