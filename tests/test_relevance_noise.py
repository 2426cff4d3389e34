"""What noise does to a query, and what it leaves: the measurements rest on it."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from benchmarks.relevance.noise import (
    KINDS,
    LETTERS_A_TYPO,
    Kind,
    dropped_words,
    filler,
    missing_spaces,
    mixed,
    noisy,
    typos,
)
from benchmarks.relevance.unfinished import FIRST, cut, cut_last_word, prefixes
from index.text import clean_line

WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzäßéñABCXYZ", min_size=1, max_size=14)
QUERIES = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
SEEDS = st.integers(0, 2**32 - 1)
QUESTION = "How do I get the money for my broken lamp back to the wallet?"


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def many(query: str, kind: Kind, count: int = 300) -> list[str]:
    state = rng()
    return [noisy(query, kind, state) for _ in range(count)]


@given(TEXTS, SEEDS, st.sampled_from(KINDS))
def test_a_seed_gives_one_noise_for_any_text(query: str, seed: int, kind: Kind) -> None:
    assert noisy(query, kind, rng(seed)) == noisy(query, kind, rng(seed))


@given(TEXTS.filter(clean_line), SEEDS, st.sampled_from(KINDS))
def test_a_query_stays_a_query(query: str, seed: int, kind: Kind) -> None:
    assert clean_line(noisy(clean_line(query), kind, rng(seed)))


def test_another_seed_gives_another_noise() -> None:
    for kind in set(KINDS) - {"upper_case"}:
        assert len(set(many(QUESTION, kind))) > 3


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        noisy(QUESTION, "sarcasm", rng())  # type: ignore[arg-type]


@given(QUERIES, SEEDS)
def test_there_is_a_slip_for_every_so_many_letters_and_never_two_in_a_word(query: str, seed: int) -> None:
    old, new = query.split(" "), typos(query, rng(seed)).split(" ")
    if any(len(word) == 1 for word in old):  # which may be lost whole
        assert new != old
        return
    assert len(new) == len(old)
    slips = [OSA.distance(one, other) for one, other in zip(old, new, strict=True)]
    assert set(slips) <= {0, 1}
    longer = [word for word in old if len(word) > 3] or old
    wanted = max(1, round(sum(map(len, old)) / LETTERS_A_TYPO))
    assert sum(slips) == min(wanted, len(longer))


def test_short_words_are_spared_where_there_are_longer_ones() -> None:
    for query in many("is my parcel in the depot now", "typos"):
        words = query.split(" ")
        assert [words[row] for row in (0, 1, 3, 4, 6)] == ["is", "my", "in", "the", "now"]
    assert set(many("is it", "typos")) > {"is i", "si it"}


def test_every_kind_of_slip_happens_and_none_at_the_first_letter_more_than_by_chance() -> None:
    changed = many("warehouse", "typos", 2000)
    lengths = Counter(len(word) for word in changed)
    swapped = sum(sorted(word) == sorted("warehouse") for word in changed)
    assert min(lengths[8], lengths[10], swapped, lengths[9] - swapped) > 300
    assert sum(word[0] != "w" for word in changed) < 2000 / len("warehouse")


def test_a_key_is_replaced_by_one_beside_it() -> None:
    replaced = {word for word in many("gggg", "typos") if len(word) == 4 and set(word) != {"g"}}
    assert {letter for word in replaced for letter in word} == set("gtyfhvb")
    assert any("Q" in word or "S" in word for word in many("AAAA", "typos"))


def test_function_words_go_first_and_negations_never() -> None:
    kept = [query.split(" ") for query in many("why was my refund not sent to the card", "dropped_words")]
    assert all("not" in words and len(words) < 9 for words in kept)
    lost = Counter(word for words in kept for word in {"the", "refund"} - set(words))
    assert lost["the"] > 150
    assert 5 < lost["refund"] < 60
    assert set(many("I can't log in", "dropped_words")) == {"can't log in", "I can't log", "can't log"}


@given(st.text(max_size=60), SEEDS)
def test_words_that_stay_keep_their_order(query: str, seed: int) -> None:
    left = iter(query.split())
    kept = dropped_words(query, rng(seed)).split()
    assert all(word in left for word in kept)
    assert bool(kept) is bool(query.split())


@pytest.mark.parametrize("query", ["refund", "refund policy", "where", ""])
def test_what_cannot_be_left_out_stays(query: str) -> None:
    assert set(many(query, "dropped_words")) == {query}


def test_filler_is_put_before_after_and_on_both_sides_of_the_whole_question() -> None:
    places: Counter[tuple[bool, bool]] = Counter()
    for query in many(QUESTION, "filler"):
        before, _, after = re.split(r"([Hh]ow do I .*wallet\?)", query)
        places[bool(before), bool(after)] += 1
    assert set(places) == {(True, False), (False, True), (True, True)}
    assert min(places.values()) > 50


def test_filler_leaves_abbreviations_and_the_pronoun_as_they_are() -> None:
    for query in ("VAT on invoices", "I lost my card", "I'm locked out"):
        assert all(query in changed for changed in many(query, "filler"))
    assert filler("", rng()).strip()


def test_capitals_change_nothing_else() -> None:
    assert noisy("Größe, please?", "upper_case", rng()) == "GRÖSSE, PLEASE?"


@given(QUERIES, SEEDS)
def test_one_or_two_blanks_are_missing_and_no_letter(query: str, seed: int) -> None:
    changed = missing_spaces(query, rng(seed))
    assert changed.replace(" ", "") == query.replace(" ", "")
    assert min(query.count(" "), 1) <= len(query) - len(changed) <= min(query.count(" "), 2)


def test_mixed_is_two_kinds_of_noise() -> None:
    changed = [mixed(QUESTION, state) for state in [rng()] for _ in range(300)]
    assert any(query.isupper() and len(query) > len(QUESTION) for query in changed)
    assert any(not query.isupper() and len(query) > len(QUESTION) + 5 for query in changed)
    assert QUESTION not in changed


@given(TEXTS)
def test_a_query_is_typed_letter_by_letter_to_its_end(query: str) -> None:
    typed = prefixes(query)
    assert typed[-1] == query
    assert all(query.startswith(one) for one in typed)
    assert [len(one) for one in typed] == sorted({len(one) for one in typed})
    assert all(len(one) >= FIRST for one in typed[:-1])


def test_the_first_prefix_has_four_characters_and_none_ends_in_a_blank() -> None:
    assert prefixes("my new car") == ["my n", "my ne", "my new", "my new c", "my new ca", "my new car"]
    assert prefixes("VAT") == ["VAT"]


@pytest.mark.parametrize(
    ("share", "begun"),
    [
        (0.0, "wher"),
        (0.4, "where i"),
        (0.65, "where is my p"),
        (0.8, "where is my pa"),
        (1.0, "where is my parce"),
    ],
)
def test_a_query_is_cut_inside_the_word_that_is_nearest_to_the_share(share: float, begun: str) -> None:
    assert cut("where is my parcel", share) == begun


@given(TEXTS, st.floats(0, 1))
def test_a_cut_query_is_unfinished_or_whole(query: str, share: float) -> None:
    begun = cut(query, share)
    assert query.startswith(begun)
    if begun != query:
        assert len(begun) >= FIRST
        assert begun[-1].isalnum()
        assert query[len(begun)].isalnum()


@pytest.mark.parametrize(
    ("query", "begun"),
    [
        ("where is my parcel", "where is my par"),
        ("where is my parcel?", "where is my par"),
        ("refund", "ref"),
        ("how do I pay", "how do I pay"),
        ("pay by B2B", "pay by B2B"),
        ("", ""),
    ],
)
def test_the_last_word_is_cut_in_its_middle(query: str, begun: str) -> None:
    assert cut_last_word(query) == begun


@given(QUERIES, SEEDS)
def test_one_typo_is_one_slip(query: str, seed: int) -> None:
    changed = noisy(query, "one_typo", rng(seed))
    assert changed != query
    assert abs(len(changed) - len(query)) <= 1
    assert sum(a != b for a, b in zip(changed.split(), query.split(), strict=True)) == 1
