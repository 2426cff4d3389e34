"""The metrics: worked by hand, held against their definitions, and lawful."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from scripts.evaluation.metrics import (
    BINS,
    Flags,
    Floats,
    auroc,
    bins_of,
    calibration_error,
    keeping_threshold,
    means,
    ndcg,
    reciprocal_ranks,
    shares_below,
    successes,
)

# Few distinct values, so that ties are common.
CONFIDENCES = st.integers(0, 12).map(lambda n: n / 12)
ANSWERS = st.lists(st.tuples(CONFIDENCES, st.booleans()), min_size=1, max_size=25)


def columns(answers: list[tuple[float, bool]]) -> tuple[Floats, Flags]:
    return np.array([c for c, _ in answers]), np.array([right for _, right in answers], dtype=np.bool_)


def ones(count: int) -> Floats:
    return np.ones((1, count))


def pairwise(certainty: Floats, right: Flags) -> float:
    """AUROC as it is defined."""
    pairs = list(product(certainty[right], certainty[~right]))
    if not pairs:
        return float("nan")
    return float(np.mean([(a > b) + 0.5 * (a == b) for a, b in pairs]))


def test_reciprocal_ranks_and_successes_by_hand() -> None:
    ranks = np.array([1, 2, 4, 0])
    assert reciprocal_ranks(ranks).tolist() == [1.0, 0.5, 0.25, 0.0]
    assert successes(ranks, 1).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert successes(ranks, 3).tolist() == [1.0, 1.0, 0.0, 0.0]
    assert successes(ranks, 5).tolist() == [1.0, 1.0, 1.0, 0.0]


def test_ndcg_by_hand() -> None:
    flags = np.zeros((4, 10), dtype=np.bool_)
    flags[0, [1, 2]] = True  # second and third of three known ones
    flags[1, 0] = True  # the only one, first
    flags[3, :] = True  # ten of twelve: no ranking of ten could be better
    found = ndcg(flags, np.array([3, 1, 2, 12]))
    second, third = 0.6309297535714575, 0.5  # 1 / log2(3) and 1 / log2(4)
    assert_allclose(found, [(second + third) / (1 + second + third), 1.0, 0.0, 1.0])
    assert ndcg(flags[:1], np.array([0])).tolist() == [0.0]


@given(st.lists(st.lists(st.booleans(), min_size=10, max_size=10), min_size=1, max_size=8), st.integers(0, 5))
def test_ndcg_lies_within_bounds_and_only_the_best_order_reaches_one(
    rows: list[list[bool]], more: int
) -> None:
    flags = np.array(rows)
    known = flags.sum(axis=1) + more
    gains = ndcg(flags, known)
    assert ((gains >= 0) & (gains <= 1 + 1e-12)).all()
    best = np.sort(flags, axis=1)[:, ::-1]
    assert (ndcg(best, known) >= gains - 1e-12).all()
    perfect = ndcg(best, flags.sum(axis=1))
    assert_allclose(perfect[flags.any(axis=1)], 1.0)


def test_means_by_hand() -> None:
    values = np.array([[1.0, 0.0], [0.5, 1.0], [9.0, 9.0]])
    members = np.array([True, True, False])
    weights = np.array([[1.0, 1.0, 1.0], [3.0, 1.0, 7.0], [0.0, 0.0, 5.0]])
    found = means(values, members, weights)
    assert_allclose(found[:2], [[0.75, 0.5], [0.875, 0.25]])
    assert np.isnan(found[2]).all()


def test_auroc_by_hand() -> None:
    certainty, right = np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, False, True, False])
    assert auroc(certainty, right, ones(4)).tolist() == [3.5 / 4]
    assert np.isnan(auroc(certainty, np.ones(4, dtype=np.bool_), ones(4))).all()
    assert np.isnan(auroc(np.empty(0), np.empty(0, dtype=np.bool_), np.empty((3, 0)))).all()


@given(ANSWERS)
def test_auroc_is_the_share_of_pairs_in_the_right_order(answers: list[tuple[float, bool]]) -> None:
    certainty, right = columns(answers)
    assert_allclose(auroc(certainty, right, ones(len(right))), [pairwise(certainty, right)])


@given(ANSWERS)
def test_auroc_knows_only_the_order(answers: list[tuple[float, bool]]) -> None:
    certainty, right = columns(answers)
    found = auroc(certainty, right, ones(len(right)))
    assert_allclose(auroc(np.exp(3 * certainty) - 7, right, ones(len(right))), found)
    assert_allclose(auroc(-certainty, right, ones(len(right))), 1 - found)
    assert_allclose(auroc(certainty, ~right, ones(len(right))), 1 - found)


def test_bins_hold_their_lower_bound_and_the_last_one_its_upper() -> None:
    confidence = np.array([0.0, 0.0999, 0.1, 0.55, 0.9, 1.0])
    assert bins_of(confidence).tolist() == [0, 0, 1, 5, 9, 9]


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.05, 0.15, 0.95, 0.95])
    right = np.array([False, True, True, False])
    assert_allclose(calibration_error(confidence, right, ones(4)), [(0.05 + 0.85 + abs(1.9 - 1)) / 4])


@given(ANSWERS)
def test_calibration_error_is_its_definition(answers: list[tuple[float, bool]]) -> None:
    confidence, right = columns(answers)
    expected = 0.0
    for number in range(BINS):
        members = bins_of(confidence) == number
        if members.any():
            gap = abs(confidence[members].mean() - right[members].mean())
            expected += members.mean() * gap
    found = calibration_error(confidence, right, ones(len(right)))
    assert_allclose(found, [expected], atol=1e-12)
    assert 0 <= found[0] <= 1


@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_who_is_sure_and_right_has_no_calibration_error(flags: list[bool]) -> None:
    right = np.array(flags)
    assert calibration_error(right.astype(np.float64), right, ones(len(flags))).tolist() == [0.0]


def test_the_threshold_that_keeps_right_answers_by_hand() -> None:
    certainty = np.append(np.arange(1, 21) / 20, [0.02, 0.07, 0.99])
    right = np.append(np.ones(20, dtype=np.bool_), [False, False, False])
    threshold = keeping_threshold(certainty, right, ones(23))
    assert threshold.tolist() == [0.1]  # 19 of the 20 right ones reach it
    refused = shares_below(certainty, ~right, threshold, ones(23))
    assert_allclose(refused, [2 / 3])


@given(ANSWERS, st.sampled_from([0.5, 0.8, 0.95, 1.0]))
def test_the_threshold_is_the_highest_that_keeps_enough(
    answers: list[tuple[float, bool]], kept: float
) -> None:
    certainty, right = columns(answers)
    threshold = keeping_threshold(certainty, right, ones(len(right)), kept=kept)[0]
    if not right.any():
        assert np.isnan(threshold)
        return
    reached = certainty[right]
    assert (reached >= threshold).mean() >= kept - 1e-9
    higher = reached[reached > threshold]
    assert not len(higher) or (reached >= higher.min()).mean() < kept
    wrong = certainty[~right]
    found = shares_below(certainty, ~right, np.array([threshold]), ones(len(right)))[0]
    assert np.isnan(found) if not len(wrong) else found == pytest.approx((wrong < threshold).mean())


@given(ANSWERS, st.data())
def test_a_weight_stands_for_as_many_queries(answers: list[tuple[float, bool]], data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 3), min_size=len(answers), max_size=len(answers)))
    certainty, right = columns(answers)
    repeated = np.repeat(np.arange(len(answers)), counts)
    weights = np.array([counts], dtype=np.float64)
    everyone = ones(len(repeated))
    again, right_again = certainty[repeated], right[repeated]
    assert_allclose(auroc(certainty, right, weights), auroc(again, right_again, everyone))
    assert_allclose(
        calibration_error(certainty, right, weights),
        calibration_error(again, right_again, everyone),
        atol=1e-12,
    )
    threshold = keeping_threshold(certainty, right, weights)
    assert_allclose(threshold, keeping_threshold(again, right_again, everyone))
    assert_allclose(
        shares_below(certainty, ~right, threshold, weights),
        shares_below(again, ~right_again, threshold, everyone),
    )
    assert_allclose(
        means(certainty[:, None], right, weights), means(again[:, None], right_again, everyone), atol=1e-12
    )


@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_the_queries_does_not_matter(answers: list[tuple[float, bool]], random: Random) -> None:
    certainty, right = columns(answers)
    shuffled = list(answers)
    random.shuffle(shuffled)
    other, other_right = columns(shuffled)
    weights = ones(len(answers))
    for metric in (auroc, calibration_error, keeping_threshold):
        assert_allclose(metric(certainty, right, weights), metric(other, other_right, weights), atol=1e-12)
