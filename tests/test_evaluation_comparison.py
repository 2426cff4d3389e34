"""Two runs compared: who got better, who worse, and whether chance explains it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import SourceError
from index.judgements import Judgement
from scripts.evaluation.answered import Answered, ScoredHit
from scripts.evaluation.compared import comparison_tables
from scripts.evaluation.comparison import Comparison, check_comparable, compare
from scripts.evaluation.difference import permutation_p
from scripts.evaluation.outcomes import DECISIONS
from search.result import Decision

IDS = ("a", "b", "c", "d")
ANSWERS = st.tuples(st.permutations(IDS), st.sampled_from(DECISIONS))
RUNS = st.lists(
    st.tuples(st.sampled_from([("a",), ("b", "c"), ()]), ANSWERS, ANSWERS), min_size=1, max_size=12
)


def answered(
    query: str, relevant: tuple[str, ...], ranking: str | list[str], decision: Decision = "answer"
) -> Answered:
    hits = tuple(ScoredHit(id=id_, score=1.0, confidence=0.5) for id_ in ranking)
    return Answered(query=query, relevant=relevant, decision=decision, confidence=0.5, hits=hits)


def test_who_got_better_and_who_worse() -> None:
    old = [
        answered("up a little", ("b",), "acb"),
        answered("found", ("b",), "ac"),
        answered("down", ("a",), "abc"),
        answered("as before", ("a",), "ab"),
        answered("refused now", (), "ab", "answer"),
        answered("answered now", (), "ab", "no_answer"),
        answered("given now", ("a",), "ab", "clarify"),
        answered("no longer given", ("a",), "ab", "answer"),
        answered("asked back now", ("a",), "ab", "no_answer"),
        answered("wrong and no longer given", ("b",), "ab", "answer"),
    ]
    new = [
        answered("up a little", ("b",), "abc"),
        answered("found", ("b",), "bac"),
        answered("down", ("a",), "bca"),
        answered("as before", ("a",), "acb"),
        answered("refused now", (), "ab", "no_answer"),
        answered("answered now", (), "ab", "clarify"),
        answered("given now", ("a",), "ab", "answer"),
        answered("no longer given", ("a",), "ab", "no_answer"),
        answered("asked back now", ("a",), "ab", "clarify"),
        answered("wrong and no longer given", ("b",), "ab", "no_answer"),
    ]
    comparison = compare(old, new, resamples=200, seed=0)
    assert [(c.query, c.old_rank, c.new_rank) for c in comparison.better] == [
        ("found", None, 1),
        ("up a little", 3, 2),
        ("given now", 1, 1),
        ("refused now", None, None),
    ]
    assert [(c.query, c.old_rank, c.new_rank) for c in comparison.worse] == [
        ("down", 1, 3),
        ("no longer given", 1, 1),
        ("answered now", None, None),
    ]
    mrr, first, given = comparison.differences.values()
    assert mrr is not None
    assert first is not None
    assert given is not None
    assert mrr.difference == pytest.approx((1 / 6 + 1 - 2 / 3) / 8)
    assert (given.old, given.new, given.difference) == pytest.approx((6 / 8, 5 / 8, -1 / 8))
    assert first.difference == pytest.approx(0.0)
    assert first.p == 1.0


@settings(max_examples=30)
@given(RUNS)
def test_with_itself_nothing_and_with_the_other_the_opposite(runs: list[tuple]) -> None:  # type: ignore[type-arg]
    old = [answered(str(n), relevant, *one) for n, (relevant, one, _) in enumerate(runs)]
    new = [answered(str(n), relevant, *two) for n, (relevant, _, two) in enumerate(runs)]
    itself = compare(old, old, resamples=100, seed=0)
    assert (itself.better, itself.worse) == ((), ())
    for found in itself.differences.values():
        assert found is None or (found.difference, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)
    there, back = compare(old, new, resamples=100, seed=0), compare(new, old, resamples=100, seed=0)
    assert [c.query for c in there.better] == [c.query for c in back.worse]
    assert [c.query for c in there.worse] == [c.query for c in back.better]
    for name, forth in there.differences.items():
        opposite = back.differences[name]
        if forth is None or opposite is None:
            assert forth is opposite
            continue
        assert forth.difference == pytest.approx(-opposite.difference)
        assert forth.p == opposite.p
        assert forth.low <= forth.difference <= forth.high


@settings(max_examples=25)
@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=9))
def test_p_is_that_of_all_exchanges(values: list[float]) -> None:
    differences = np.array(values)
    sums = [abs(np.dot(signs, differences)) for signs in product((-1, 1), repeat=len(values))]
    exact = np.mean(np.array(sums) >= abs(differences.sum()) - 1e-9)
    assert permutation_p(differences, seed=0) == pytest.approx(exact, abs=0.02)


def test_p_has_a_seed_and_is_never_nothing() -> None:
    differences = np.ones(300)
    assert permutation_p(differences, seed=0, permutations=999) == 0.001
    mixed = np.random.default_rng(0).normal(0.1, 1, size=50)
    assert permutation_p(mixed, seed=1) == permutation_p(mixed, seed=1) != permutation_p(mixed, seed=2)


def test_p_of_equals_is_below_a_twentieth_about_as_often() -> None:
    generator = np.random.default_rng(5)
    found = [
        permutation_p(generator.normal(size=40), seed=seed, permutations=499) < 0.05 for seed in range(300)
    ]
    assert 0.02 <= np.mean(found) <= 0.09


def test_without_answerable_queries_there_is_no_difference_to_measure() -> None:
    run = [answered("q", (), "ab")]
    comparison = compare(run, run, resamples=100, seed=0)
    nothing = {"mrr@10": None, "r@1": None, "answerable_answer": None}
    assert comparison.differences == nothing
    assert Comparison.to_dict(comparison)["differences"] == nothing


def test_only_what_both_were_asked_is_compared() -> None:
    old = [
        answered("gone", ("a",), "a"),
        answered("twice", ("a", "b"), "ba"),
        answered("twice", ("a", "b"), "ba"),
        answered("other ids", ("a",), "ab"),
        answered("last", ("b",), "b"),
    ]
    new = [
        answered("last", ("b",), "ab"),
        answered("new", ("a",), "a"),
        answered("other ids", ("b",), "ab"),
        answered("twice", ("b", "a"), "ba"),
        answered("other ids", (), "ab"),
    ]
    comparison = compare(old, new, resamples=100, seed=0)
    assert (comparison.queries, comparison.left_out) == (2, {"old": 3, "new": 3})
    assert [(c.query, c.old_rank, c.new_rank) for c in comparison.worse] == [("last", 1, 2)]
    assert comparison.better == ()
    notes = [note for table in comparison_tables(comparison) for note in table.notes]
    assert notes[0].endswith(": 3 queries of the other run, 3 of this one.")
    same = compare(old, old[::-1], resamples=100, seed=0)
    assert (same.queries, same.left_out, same.worse) == (5, {"old": 0, "new": 0}, ())
    assert "Left out" not in next(comparison_tables(same)).notes[0]


def test_runs_that_have_nothing_in_common_are_refused() -> None:
    old = [answered("one", (), "a"), answered("two", ("a",), "a")]
    check_comparable(old, [Judgement(query="two", relevant=("a",))], file="old.jsonl")
    with pytest.raises(SourceError, match=r"has 2 queries, and none.*It may be a run of another collection"):
        check_comparable(old, [Judgement(query="two", relevant=("b",))], file="old.jsonl")
