"""Figures with intervals: of all queries and of slices, and none where there is nothing to measure."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from scripts.evaluation.bootstrap import intervals, resampled
from scripts.evaluation.figures import NAMES, Measured, measure_systems
from scripts.evaluation.metrics import Flags, Floats
from scripts.evaluation.outcomes import DECISIONS, Outcomes, ranked_outcomes

QUERIES = st.tuples(st.integers(0, 10), st.booleans(), st.integers(0, 20), st.sampled_from(DECISIONS))


def outcomes_from(rows: list[tuple[int, bool, int, str]]) -> Outcomes:
    """rank, answerable, certainty in twentieths, decision."""
    answerable = np.array([flag for _, flag, _, _ in rows])
    ranks = np.array([rank for rank, _, _, _ in rows]) * answerable
    return Outcomes(
        ranks=ranks,
        gains=np.divide(1.0, np.log2(ranks + 1.0), out=np.zeros(len(rows)), where=ranks > 0),
        answerable=answerable,
        certainty=np.array([certainty / 20 for _, _, certainty, _ in rows]),
        decisions=np.array([DECISIONS.index(decision) for *_, decision in rows]),
    )


def measure(outcomes: Outcomes, slices: dict[str, Flags] | None = None) -> Measured:
    return measure_systems({"faq": outcomes}, slices or {}, resamples=100, seed=1)["faq"].overall


def value(measured: Measured, name: str) -> float | None:
    figure = measured.figures[name]
    return None if figure is None else figure.value


def test_every_figure_by_hand() -> None:
    measured = measure(
        outcomes_from(
            [
                (1, True, 19, "answer"),
                (2, True, 11, "answer"),
                (0, True, 3, "no_answer"),
                (0, False, 7, "clarify"),
                (0, False, 1, "no_answer"),
            ]
        )
    )
    assert (measured.queries, measured.answerable) == (5, 3)
    expected = {
        "mrr@10": 0.5,
        "r@1": 1 / 3,
        "r@3": 2 / 3,
        "r@5": 2 / 3,
        "ndcg@10": (1 + 0.6309297535714575) / 3,
        "auroc": 1.0,
        "ece": (0.05 + 0.55 + 0.15 + 0.35 + 0.05) / 5,
        "refused@95": 1.0,
        "answered_right": 0.5,
        "answerable_answer": 2 / 3,
        "answerable_clarify": 0.0,
        "answerable_no_answer": 1 / 3,
        "unanswerable_answer": 0.0,
        "unanswerable_clarify": 0.5,
        "unanswerable_no_answer": 0.5,
    }
    assert set(expected) == set(NAMES)
    for name, number in expected.items():
        assert value(measured, name) == pytest.approx(number), name


def test_what_is_undefined_is_none() -> None:
    right = measure(outcomes_from([(1, True, 20, "answer")] * 3))
    assert [name for name in NAMES if right.figures[name] is None] == [
        *("auroc", "refused@95"),
        *("unanswerable_answer", "unanswerable_clarify", "unanswerable_no_answer"),
    ]
    refused = measure(outcomes_from([(0, False, 1, "no_answer")] * 3))
    assert {name for name in NAMES if refused.figures[name] is not None} == {
        *("ece", "unanswerable_answer", "unanswerable_clarify", "unanswerable_no_answer")
    }
    assert refused.to_dict()["figures"]["mrr@10"] is None


def test_a_perfect_ranking_gives_one() -> None:
    relevant = [["a"], ["b", "c"], ["d"]]
    perfect = ranked_outcomes(relevant, [["a", "x"], ["c", "b", "x"], ["d"]], np.array([0.9, 0.8, 0.7]))
    measured = measure(perfect)
    for name in ("mrr@10", "r@1", "r@3", "r@5", "ndcg@10"):
        figure = measured.figures[name]
        assert figure is not None
        assert (figure.value, figure.low, figure.high) == pytest.approx((1.0, 1.0, 1.0))


def test_a_baseline_without_decisions_has_neither_shares_of_them_nor_a_calibration_error() -> None:
    measured = measure(ranked_outcomes([["a"], []], [["a"], ["a"]], np.array([17.5, -3.0])))
    assert value(measured, "auroc") == 1.0
    assert value(measured, "refused@95") == 1.0
    assert value(measured, "ece") is None
    assert value(measured, "answered_right") is None


def test_the_tenth_hit_counts_and_none_beyond() -> None:
    far = ranked_outcomes([["a"], ["a"]], [[*"bcdefghij", "a"], [*"bcdefghijk", "a"]], np.array([1.0, 1.0]))
    assert far.ranks.tolist() == [10, 0]
    assert_allclose(far.gains, [1 / np.log2(11), 0.0])


@settings(max_examples=40)
@given(st.lists(QUERIES, min_size=1, max_size=20), st.data())
def test_intervals_hold_the_estimate_and_slices_are_measured_like_the_whole(
    rows: list[tuple[int, bool, int, str]], data: st.DataObject
) -> None:
    flags = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    flags[0] = True
    outcomes, members = outcomes_from(rows), np.array(flags)
    performance = measure_systems({"faq": outcomes}, {"some": members}, resamples=100, seed=3)["faq"]
    for measured in (performance.overall, performance.slices["some"]):
        for figure in measured.figures.values():
            assert figure is None or figure.low <= figure.value <= figure.high
            assert figure is None or not np.isnan([figure.value, figure.low, figure.high]).any()
    alone = measure(outcomes.take(np.flatnonzero(members)))
    for name in NAMES:
        if name != "refused@95":  # by the threshold of all queries
            found = value(performance.slices["some"], name)
            expected = value(alone, name)
            assert found is None if expected is None else found == pytest.approx(expected)


def test_a_slice_without_right_answers_is_refused_by_the_threshold_of_all() -> None:
    outcomes = outcomes_from(
        [(1, True, 12, "answer")] * 4
        + [(0, False, 6, "clarify"), (0, False, 15, "answer"), (2, True, 3, "no_answer")]
    )
    near = np.array([False] * 4 + [True, True, True])
    measured = measure_systems({"faq": outcomes}, {"near": near}, resamples=100, seed=0)["faq"]
    assert value(measured.slices["near"], "refused@95") == 0.5


def test_resamples_are_those_of_their_seed() -> None:
    first, again, other = (np.concatenate(list(resampled(7, resamples=50, seed=seed))) for seed in (4, 4, 5))
    assert first.shape == (50, 7)
    assert (first.sum(axis=1) == 7).all()
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_many_queries_are_resampled_in_parts() -> None:
    parts = [weights.shape for weights in resampled(150_000, resamples=30, seed=0)]
    assert len(parts) > 1
    assert sum(rows for rows, _ in parts) == 30


def test_the_interval_of_a_mean_is_what_theory_says() -> None:
    values = np.random.default_rng(0).normal(size=400)
    samples = np.concatenate([w @ values / 400 for w in resampled(400, resamples=4000, seed=0)])
    low, high = intervals(values.mean(keepdims=True), samples[:, None])
    assert_allclose(high - low, 2 * 1.96 * values.std() / 20, rtol=0.06)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(2)
    held = 0
    for seed in range(200):
        hits = (generator.random(80) < 0.7).astype(np.float64)
        samples = np.concatenate([w @ hits / 80 for w in resampled(80, resamples=300, seed=seed)])
        low, high = intervals(hits.mean(keepdims=True), samples[:, None])
        held += int(low[0] <= 0.7 <= high[0])
    assert 0.89 <= held / 200 <= 0.99


def test_bounds_hold_an_estimate_that_resampling_moves() -> None:
    samples: Floats = np.array([[0.2, 0.2], [0.3, 0.3], [0.4, 0.4]])
    low, high = intervals(np.array([0.1, 0.5]), samples)
    assert (low[0], high[1]) == (0.1, 0.5)
    assert (high[0], low[1]) == pytest.approx((0.395, 0.205))


def test_resamples_without_a_value_are_left_out() -> None:
    samples: Floats = np.array([[0.2, np.nan], [0.4, np.nan], [np.nan, np.nan]])
    low, high = intervals(np.array([0.3, np.nan]), samples)
    assert low[0] == pytest.approx(0.205)
    assert high[0] == pytest.approx(0.395)
    assert np.isnan([low[1], high[1]]).all()


def test_thousands_of_queries_take_seconds() -> None:
    generator = np.random.default_rng(0)
    count = 5000
    ranks = generator.integers(0, 11, size=count)
    outcomes = Outcomes(
        ranks=ranks,
        gains=generator.random(count),
        answerable=ranks > 0,
        certainty=generator.random(count),
        decisions=generator.integers(3, size=count),
    )
    slices = {str(number): np.arange(count) % 5 == number for number in range(5)}
    began = time.process_time()
    measure_systems({"faq": outcomes}, slices, resamples=1000, seed=0)
    assert time.process_time() - began < 20
