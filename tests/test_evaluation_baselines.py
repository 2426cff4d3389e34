"""The baselines are what their names say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from index import tokenizer
from index.errors import QueryError
from index.judgements import Judgement
from index.lexical import LexicalIndex
from index.markdown import plain
from index.snapshot import Snapshot
from index.vectors import FlatIndex
from scripts.evaluation.baselines import BASELINES, Baselines, baseline_outcomes, reciprocal_rank_fusion
from tests.conftest import SHOP, Publish

QUERIES = ("stop my order", "does the money go back to my card", "talk to a person on weekdays", "Lieferung")


def dense_scores(snapshot: Snapshot, query: str) -> list[float]:
    """The best cosine of each entry's question and variants, the slow way."""
    vector = snapshot.encoder.encode_query(query)
    scores = []
    for entry in snapshot.entries:
        texts = (entry.question, *entry.variants)
        vectors = [snapshot.encoder.encode_query(text) for text in texts]  # the toy encoder is symmetric
        scores.append(max(v @ vector / np.linalg.norm(v) / np.linalg.norm(vector) for v in vectors))
    return [float(score) for score in scores]


@pytest.mark.parametrize("query", QUERIES)
def test_dense_is_the_best_cosine_over_question_and_variants(publish: Publish, query: str) -> None:
    snapshot = publish()
    ranking = Baselines(snapshot).rank(query)["dense"]
    scores = dense_scores(snapshot, query)
    assert sorted(ranking.rows) == list(range(len(SHOP)))
    assert_allclose(ranking.score, max(scores), rtol=1e-5)
    assert_allclose([scores[row] for row in ranking.rows], sorted(scores, reverse=True), rtol=1e-5)


def test_dense_compares_by_angle_where_vectors_have_any_length(publish: Publish) -> None:
    snapshot = publish()
    lengths = np.linspace(0.5, 4, len(snapshot.passages), dtype=np.float32)[:, None]
    stretched = replace(snapshot, vectors=FlatIndex.build(snapshot.vectors.vectors * lengths))
    for query in QUERIES:
        expected, found = (Baselines(one).rank(query)["dense"] for one in (snapshot, stretched))
        assert found.rows[0] == expected.rows[0]
        assert found.score == pytest.approx(expected.score, rel=1e-5)


@pytest.mark.parametrize("query", QUERIES)
def test_bm25_is_over_question_variants_and_answer_together(publish: Publish, query: str) -> None:
    ranking = Baselines(publish()).rank(query)["bm25"]
    documents = [tokenizer.stems(" ".join((e.question, *e.variants, plain(e.answer)))) for e in SHOP]
    scores = LexicalIndex.build(documents).scores(tokenizer.stems(query))
    assert ranking.rows == tuple(row for row in np.argsort(-scores, kind="stable") if scores[row] > 0)
    assert ranking.score == pytest.approx(float(scores.max()))


def test_reciprocal_rank_fusion_by_hand() -> None:
    found = np.array([True, True, False, True])
    shares = reciprocal_rank_fusion(np.array([0.2, 0.9, 0.95, 0.2]), found)
    assert_allclose(shares, [1 / 62, 1 / 61, 0.0, 1 / 63])


@pytest.mark.parametrize("query", QUERIES)
def test_rrf_adds_the_reciprocal_ranks_of_the_other_two(publish: Publish, query: str) -> None:
    rankings = Baselines(publish()).rank(query)
    scores = dict.fromkeys(range(len(SHOP)), 0.0)
    for name in ("dense", "bm25"):
        for rank, row in enumerate(rankings[name].rows, start=1):
            scores[row] += 1 / (60 + rank)
    assert rankings["rrf"].rows == tuple(sorted(scores, key=lambda row: (-scores[row], row)))
    assert rankings["rrf"].score == pytest.approx(max(scores.values()))


def test_words_that_no_entry_holds_find_nothing_by_bm25(publish: Publish) -> None:
    rankings = Baselines(publish()).rank("zzyzx")
    assert (rankings["bm25"].rows, rankings["bm25"].score) == ((), 0.0)
    assert rankings["rrf"].rows == rankings["dense"].rows


def test_outcomes_of_judgements(publish: Publish) -> None:
    snapshot = publish()
    judgements = [
        Judgement(query="stop my order", relevant=("cancel",)),
        Judgement(query="x" * 600, relevant=("agent",)),
        Judgement(query="talk to a human", relevant=()),
    ]
    with pytest.raises(QueryError):
        Baselines(snapshot).rank("x" * 600)
    counted: list[int] = []
    outcomes = baseline_outcomes(snapshot, judgements, progress=counted.append)
    assert tuple(outcomes) == BASELINES
    for one in outcomes.values():
        assert one.ranks.tolist() == [1, 0, 0]
        assert one.answerable.tolist() == [True, True, False]
        assert one.certainty[1] == 0.0
        assert one.decisions is None
    assert outcomes["dense"].certainty[2] == pytest.approx(1.0)
    assert counted == [1, 1, 1]
