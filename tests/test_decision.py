"""Probabilities and decisions: laws of the pure functions, and what hangs on them in the engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.decision import ANSWER_AT, CHOICES, LEAD_LIMIT, Confidence, decide, evidence, plausible
from search.engine import SearchEngine
from search.learned import shipped
from tests.conftest import Publish

CURVE = Confidence(intercept=-2.0, lead=0.5, level=4.0)
SCORES = st.lists(st.floats(-20, 40, width=32), min_size=2, max_size=12)


def all_of(scores: list[float], highest: float = 30.0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    values = np.array(sorted(scores, reverse=True), dtype=np.float32)
    return values, evidence(values, np.arange(len(values)), highest=highest)


@given(SCORES)
def test_confidences_are_probabilities_in_the_order_of_the_scores(scores: list[float]) -> None:
    _, seen = all_of(scores)
    sure = CURVE.of(seen)
    assert ((sure >= 0) & (sure <= 1)).all()
    assert (np.diff(sure) <= 1e-9).all()
    assert (np.abs(seen[:, 0]) <= LEAD_LIMIT).all()


@given(SCORES, st.floats(-20, 40, width=32))
def test_a_further_entry_never_makes_another_surer(scores: list[float], more: float) -> None:
    values, seen = all_of(scores)
    joined = evidence(np.append(values, np.float32(more)), np.arange(len(values)), highest=30.0)
    assert (joined[:, 0] <= seen[:, 0] + 1e-9).all()
    assert joined[:, 1].tolist() == seen[:, 1].tolist()


def test_evidence_worked_out_by_hand() -> None:
    values = np.array([3.0, 1.0], dtype=np.float32)
    seen = evidence(values, np.array([0, 1]), highest=10.0)
    lead = 3 - np.log(np.exp(1) + np.exp(0))  # against the other one, and against nothing
    behind = 1 - np.log(np.exp(3) + np.exp(0))
    assert seen[:, 0].tolist() == pytest.approx([4 * np.tanh(lead / 4), 4 * np.tanh(behind / 4)])
    assert seen[:, 1].tolist() == pytest.approx([0.3, 0.1])
    assert CURVE.of(seen)[0] == pytest.approx(1 / (1 + np.exp(2 - 0.5 * seen[0, 0] - 4 * 0.3)))


@pytest.mark.parametrize("left", [[2.0, 1.0], [2.0]])
def test_an_entry_that_is_hidden_counts_nothing(left: list[float]) -> None:
    hidden = evidence(np.array([-np.inf, *left], dtype=np.float32), np.array([1]), highest=9.0)
    without = evidence(np.array(left, dtype=np.float32), np.array([0]), highest=9.0)
    assert hidden.tolist() == without.tolist()


@pytest.mark.parametrize(("share", "decision"), [(0.1, "no_answer"), (0.25, "no_answer"), (0.9, "answer")])
def test_a_lone_entry_is_not_sure_for_want_of_others(share: float, decision: str) -> None:
    highest = float(shipped().ranker.weights(observations=0, answered=1.0).sum())
    values = np.array([share * highest], dtype=np.float32)
    sure = shipped().confidence.of(evidence(values, np.array([0]), highest=highest))
    assert decide(sure) == decision


@pytest.mark.parametrize(
    ("sure", "decision"),
    [
        ([0.9, 0.1], "answer"),
        ([0.5], "answer"),
        ([0.6, 0.41], "answer"),
        ([0.6, 0.43], "clarify"),  # the second is nearly as sure
        ([0.4, 0.2, 0.1], "clarify"),
        ([0.2, 0.2, 0.16], "clarify"),
        ([0.49], "no_answer"),
        ([0.49, 0.14], "no_answer"),
        ([0.3, 0.16], "no_answer"),
        ([0.2, 0.2, 0.05, 0.2], "no_answer"),
        ([], "no_answer"),
    ],
)
def test_decisions(sure: list[float], decision: str) -> None:
    assert decide(np.array(sure), answer_at=0.5) == decision


@given(st.lists(st.floats(0, 1), max_size=5), st.floats(0, 1))
def test_there_is_something_to_choose_from_where_a_person_is_asked(sure: list[float], least: float) -> None:
    ordered = np.array(sorted(sure, reverse=True))
    if decide(ordered, answer_at=least) == "clarify":
        assert 2 <= plausible(ordered, answer_at=least) <= CHOICES


@given(st.lists(st.floats(0, 1), max_size=5), st.floats(0, 1), st.floats(0, 1))
def test_asking_for_more_never_makes_an_answer(sure: list[float], one: float, other: float) -> None:
    ordered = np.array(sorted(sure, reverse=True))
    strictness = {"answer": 0, "clarify": 1, "no_answer": 2}
    lax, strict = sorted((one, other))
    assert strictness[decide(ordered, answer_at=lax)] <= strictness[decide(ordered, answer_at=strict)]


@pytest.mark.parametrize(
    "calibration",
    [
        {},
        {"ranker": "other", "slope": 2.0, "offset": 1.0},
        {"ranker": "r", "slope": 2.0},
        {"ranker": "r", "slope": "2", "offset": 1.0},
        {"ranker": "r", "slope": True, "offset": 1.0},
        {"ranker": "r", "slope": float("nan"), "offset": 1.0},
        {"ranker": "r", "slope": 1.0, "offset": float("inf")},
        {"ranker": "r", "slope": 0.0, "offset": 1.0},
        {"ranker": "r", "slope": -1.0, "offset": 1.0},
        {"ranker": "r", "slope": None, "offset": [1]},
    ],
)
def test_a_calibration_that_is_for_another_ranker_or_no_curve_is_not_used(
    calibration: dict[str, Any],
) -> None:
    assert CURVE.calibrated(calibration, ranker="r") == CURVE


def test_a_calibration_moves_the_curve() -> None:
    moved = CURVE.calibrated({"ranker": "r", "slope": 2, "offset": -1.5, "golden": 9}, ranker="r")
    _, seen = all_of([9.0, 3.0])
    odds = CURVE.log_odds(seen)
    assert moved.of(seen).tolist() == pytest.approx((1 / (1 + np.exp(1.5 - 2 * odds))).tolist())


def test_a_filter_makes_no_answer_surer(publish: Publish) -> None:
    engine = SearchEngine(publish())
    free = engine.search("cancel my order")
    assert free.hits[0].entry.id == "cancel"
    assert free.decision == "answer"
    left = engine.search("cancel my order", tags=["contact"])
    [only] = left.hits
    assert only.confidence == {hit.entry.id: hit.confidence for hit in free.hits}[only.entry.id]
    assert left.decision == "no_answer"
    assert only.confidence < ANSWER_AT
