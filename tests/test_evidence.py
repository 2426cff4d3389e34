"""What speaks for a candidate, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from index.lexical import LexicalIndex
from search.candidates import Layout
from search.evidence import LexicalEvidence, LexicalScores, gather

QUESTIONS = (("refund", "card"), ("deliver",), ("deliver", "island"))
ANSWERS = (("money", "card"), ("card",), ("card", "ferri"))


def idf(holders: int) -> float:
    return math.log((3 - holders + 0.5) / (holders + 0.5) + 1.0)


@pytest.fixture
def evidence() -> LexicalEvidence:
    return LexicalEvidence(LexicalIndex.build(QUESTIONS), LexicalIndex.build(ANSWERS))


def test_coverage_weighs_a_word_by_the_side_where_it_is_more_common(evidence: LexicalEvidence) -> None:
    # "card" stands in one question and every answer, "refund" in one question, "ferri" in one answer.
    total = idf(3) + idf(1) + idf(1)
    coverage = evidence.of(["card", "refund", "ferri"]).coverage
    expected = [(idf(3) + idf(1)) / total, idf(3) / total, (idf(3) + idf(1)) / total]
    assert coverage.tolist() == pytest.approx(expected)


def test_a_word_that_nothing_holds_lowers_the_share_of_all(evidence: LexicalEvidence) -> None:
    coverage = evidence.of(["deliver", "zebra", "deliver"]).coverage
    assert coverage.tolist() == pytest.approx([0.0, *[idf(2) / (idf(2) + idf(0))] * 2])
    nothing = evidence.of([])
    for scores in (nothing.coverage, nothing.question_bm25, nothing.answer_bm25):
        assert scores.tolist() == [0.0, 0.0, 0.0]


def test_lexical_scores_are_shares_of_what_can_be_reached(evidence: LexicalEvidence) -> None:
    scores = evidence.of(["refund", "card"])
    assert 0.3 < scores.question_bm25[0] < 1
    assert scores.question_bm25[1:].tolist() == [0.0, 0.0]
    assert (scores.answer_bm25 > 0).all()


def test_an_entry_without_an_answer_is_judged_by_its_question() -> None:
    kinds = np.array(["question", "variant", "question_answer", "answer", "answer", "question", "variant"])
    layout = Layout(np.array([0, 0, 0, 0, 0, 1, 1], dtype=np.int64), kinds, entries=2)
    cosines = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], dtype=np.float32)
    nothing = np.zeros(2, dtype=np.float32)
    lexical = LexicalScores(question_bm25=nothing, answer_bm25=nothing, coverage=nothing)
    features = gather(layout.everything, cosines, lexical)
    assert features.question_answer.tolist() == pytest.approx([0.3, 0.7])
    assert features.answer.tolist() == pytest.approx([0.5, 0.7])
    assert features.question[0] < 0.3 < 0.7 < features.question[1]
