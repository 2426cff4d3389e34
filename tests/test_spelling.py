"""What is mended in a query, what is left alone, and what holds for every text."""

from __future__ import annotations

import random
import string
import time
import tracemalloc
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.errors import QueryError
from search.query import MAX_LENGTH, normalise_query
from search.spelling import MOST, Speller

TEXTS = (
    "Where is my package?",
    "When does my parcel arrive, and where can I track the parcel?",
    "Can I get my money back to my wallet?",
    "How do I get a refund? A refund takes five days; refunds go to your card or wallet.",
    "How do I change the delivery address of an order?",
    "Orders can be cancelled before the shipment leaves our warehouse.",
    "Which payment methods do you accept? We accept all credit cards.",
    "Résumé, Größe and naïve stay as they are.",
)
KNOWN = (
    *("the", "of", "and", "in", "to", "is", "for", "that", "it", "you", "not", "form", "from", "out", "list"),
    *("their", "there", "here", "where", "want", "card", "cart", "care", "part", "house", "lamp", "lender"),
)
SPELLER = Speller(TEXTS, KNOWN)
WORDS = sorted(
    {word for text in TEXTS for word in text.replace("?", "").replace(",", "").split() if word.isalpha()}
)


@pytest.mark.parametrize(
    ("query", "mended"),
    [
        ("whree is my pakage", "where is my package"),
        ("refnd to walet", "refund to wallet"),
        ("Whree is my pakage?", "Where is my package?"),
        ("WHREE IS MY PAKAGE", "WHERE IS MY PACKAGE"),
        ("when does  my parcle\tarive!", "when does  my parcel\tarrive!"),
        ("my pakage's address", "my package's address"),
        ("(delivry)", "(delivery)"),
        ("change the adress, pleas", "change the address, please"),
    ],
)
def test_a_slip_is_mended_and_all_else_stays(query: str, mended: str) -> None:
    assert SPELLER.correct(query) == mended


def test_a_long_word_may_have_two_slips_and_a_short_one_only_one() -> None:
    assert SPELLER.correct("the wharehouze now") == "the warehouse now"
    assert SPELLER.correct("the rfnnd now") is None


@pytest.mark.parametrize(
    ("query", "mended"),
    [
        ("moneyback please", "money back please"),
        ("howdo I accept", "how do I accept"),
        ("MONEYBACK", "MONEY BACK"),
        ("Trackparcel", "Track parcel"),
        ("howdo", "how do"),
    ],
)
def test_words_run_together_are_parted(query: str, mended: str) -> None:
    assert SPELLER.correct(query) == mended


@pytest.mark.parametrize(
    ("query", "mended"),
    [
        ("where is my parc", "where is my parcel"),
        ("where is my pac", "where is my package"),
        ("get a ref", "get a refund"),  # the most frequent of refund and refunds
        ("my ship", "my shipment"),
        ("Ref", "Refund"),
    ],
)
def test_the_last_word_is_completed_while_it_is_being_typed(query: str, mended: str) -> None:
    assert SPELLER.correct(query) == mended


def test_only_the_rarest_words_of_the_language_may_be_the_beginning_of_one_of_the_collections() -> None:
    fillers = ["x" + "".join(letters) for letters in product(string.ascii_lowercase, repeat=3)]
    speller = Speller(TEXTS, [*KNOWN, *fillers[:5000], "refu", *fillers[5000:], "parc", "par"])
    assert speller.correct("where is my parc") == "where is my parcel"
    assert speller.correct("where is my parc now") is None
    assert speller.correct("where is my refu") is None  # not as rare
    assert speller.correct("where is my par") is None  # too short
    assert speller.correct("when can i cancel") is None  # has another form of "cancelled"


def test_of_words_that_are_as_common_the_shortest_completes() -> None:
    assert Speller(["cancel cancelled cancelling"]).correct("can you cance") == "can you cancel"


@pytest.mark.parametrize("query", ["get a ref ", "get a ref?", "get a ref now", "get a re"])
def test_a_word_is_complete_where_something_follows_it_and_too_short_to_guess_below_three(query: str) -> None:
    assert SPELLER.correct(query) is None


@pytest.mark.parametrize(
    "query",
    [
        "a lender and a lamp",  # known, though the collection hasn't got them
        "part of the care",
        "from the form",
        "accepting ordering paying",  # other forms of words
        "unaccept my reorders, unchange them",  # "change" would be the opposite
        "upload an invoice",  # everyday words
        "why didnt it, thats what im asking",
        "order pakag3 now",
        "mail to refnd@walet.example now",
        "see https://walet.example/pakage now",
        "see www.walet.example now",
        "see walet.example now",
        "see /pakage/walet now",
        "the name refnd_walet now",
        "the code PAKGE now",
        "ask Adress about it",  # may be a name
        "посылка пакаж walеt now",  # the last has a Cyrillic letter
        "包裹在哪里",
        "don't won't can't",
        "l'addres now",
        "resume naive",  # written without accents
    ],
)
def test_what_may_be_meant_so_is_left_alone(query: str) -> None:
    assert SPELLER.correct(query) is None


def test_it_is_left_alone_where_two_words_are_equally_plausible() -> None:
    texts = ["a boat", "a coat"]
    assert Speller(texts).correct("a loat now") is None
    assert Speller([*texts, *["the coat"] * 5]).correct("a loat now") == "a coat now"


def test_of_two_forms_of_one_word_the_more_frequent_is_taken() -> None:
    assert Speller(["voyage voyages", "voyages"]).correct("my voyagse now") == "my voyages now"
    assert Speller(["voyage voyages", "voyage"]).correct("my voyagr now") == "my voyage now"


def test_likely_slips_are_told_from_unlikely_ones() -> None:
    speller = Speller(["form farm firm"])
    assert speller.correct("a frim now") == "a firm now"  # two letters swapped
    assert speller.correct("a foorm now") == "a form now"  # a letter doubled
    assert (
        Speller(["item time"]).correct("the tiem now") == "the time now"
    )  # the first letter is seldom wrong
    assert Speller(["bands lands"]).correct("a kands now") == "a lands now"  # the key beside it


def test_the_collections_own_words_come_before_the_languages() -> None:
    assert Speller([], ["wallet"]).correct("my walet now") == "my wallet now"
    assert Speller(["walnut", "ballet " * 3], ["wallet"]).correct("my wallt now") == "my wallet now"
    assert Speller(["mallet"], ["wallet"]).correct("my nallet now") == "my mallet now"


def test_a_short_word_is_not_taken_for_a_rare_one_of_the_language() -> None:
    language = ["the", "idea", *map("x".__add__, string.ascii_letters * 30), "pope"]
    assert Speller([], language).correct("the iadea now") == "the idea now"
    assert Speller([], language).correct("the poope now") == "the pope now"
    assert Speller([], language).correct("the poep now") is None
    assert Speller(["pope"], language).correct("the poep now") == "the pope now"


def test_two_slips_are_only_mended_to_a_word_of_the_collection() -> None:
    assert Speller([], ["warehouse"]).correct("the wharehouze now") is None


def test_a_query_in_a_language_that_is_not_the_collections_is_left_alone() -> None:
    assert SPELLER.correct("pakag walet refnd delivry") is None
    assert SPELLER.correct("my pakag to walet and my refnd or delivry") is not None


def test_a_query_of_rubbish_is_left_alone() -> None:
    assert SPELLER.correct("is my " + "walet is my " * MOST) is not None
    assert SPELLER.correct("is my " + "walet is my " * (MOST + 1)) is None


def test_a_collection_without_texts_still_has_the_everyday_words() -> None:
    speller = Speller([])
    assert speller.correct("my vuocher now") == "my voucher now"
    assert speller.correct("") is None


queries = st.text() | st.lists(
    st.sampled_from([*WORDS, *KNOWN]).flatmap(
        lambda word: st.sampled_from(
            [word, word[1:], word[:-1], word[::-1], word.upper(), word + word, word.title()]
        )
    )
    | st.text(max_size=6)
).map(" ".join)
latin = st.text(st.characters(categories=["L", "M", "N", "P"], max_codepoint=0x24F), max_size=12)


@given(queries)
def test_any_text_is_taken_and_mending_twice_mends_no_more(query: str) -> None:
    mended = SPELLER.correct(query)
    if mended is not None:
        assert mended != query
        assert SPELLER.correct(mended) is None


@given(st.lists(latin), st.lists(latin.map(str.casefold)), st.lists(latin).map(" ".join))
def test_so_it_is_with_any_collection(texts: list[str], known: list[str], query: str) -> None:
    speller = Speller(texts, known)
    mended = speller.correct(query)
    assert mended is None or speller.correct(mended) is None


@given(st.lists(st.sampled_from(WORDS), max_size=20), st.sampled_from([str, str.upper, str.lower, str.title]))
def test_the_collections_own_words_are_never_changed(words: list[str], case: Callable[[str], str]) -> None:
    assert SPELLER.correct(case(" ".join(words))) is None


@given(queries)
def test_what_comes_out_is_a_query_again(query: str) -> None:
    try:
        query = normalise_query(query)
    except QueryError:
        assume(False)
    mended = SPELLER.correct(query)
    assert mended is None or normalise_query(mended) == mended


def test_a_query_never_gets_longer_than_queries_may_be() -> None:
    words = "the " * (MAX_LENGTH // 4 - 2)
    assert SPELLER.correct(words + "parc") == words + "parcel"
    assert SPELLER.correct("the " + words + "parc") is None


def quickest(act: Callable[[], object], times: int = 20) -> float:
    """Seconds: what it takes where nothing else runs."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return min(spent)


@pytest.fixture(scope="module")
def large() -> Speller:
    rng = random.Random(0)
    words = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 14))) for _ in range(50_000)]
    tracemalloc.start()
    began = time.perf_counter()
    speller = Speller([" ".join(words)], KNOWN)
    assert time.perf_counter() - began < 5
    assert tracemalloc.get_traced_memory()[0] < 30e6
    tracemalloc.stop()
    return speller


@pytest.mark.parametrize(
    "query",
    [
        "x" * MAX_LENGTH,
        "abcdefghi " * (MAX_LENGTH // 10),
        "a." * (MAX_LENGTH // 2),
        "a'" * (MAX_LENGTH // 2),
        "/" * MAX_LENGTH,
        "e\u0301" * (MAX_LENGTH // 2),
        " ".join("".join(random.Random(seed).choices("etaoinshr", k=23)) for seed in range(MOST)),
        " the ".join("".join(random.Random(seed).choices("etaoinshr", k=9)) for seed in range(MOST)),
    ],
)
def test_hostile_queries_take_no_time(large: Speller, query: str) -> None:
    assert quickest(lambda: large.correct(query)) < 0.05
