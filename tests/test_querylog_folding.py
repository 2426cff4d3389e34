"""Equal questions are equal texts, and what was typed on the way to a question is not one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.querylog.folding import folded_away, normalise, typists
from search.querylog.records import Feedback
from tests.querylog import NOON, logged, typed


def kept(texts: list[tuple[float, str]]) -> list[str]:
    asked = typed(texts)
    away = folded_away(asked)
    return [query.asked for query in asked if query.query_id not in away]


@pytest.mark.parametrize(
    ("texts", "left"),
    [
        ([(0, "mon"), (0.4, "money"), (0.9, "money back")], ["money back"]),
        ([(0, "money"), (5, "money back")], ["money back"]),  # a pause while typing
        ([(0, "money"), (9, "money back")], ["money", "money back"]),  # the answer was read
        ([(0, "money backk"), (1, "money back")], ["money back"]),  # a slip mended
        ([(0, "monye back"), (1, "money back to wallet"), (2, "money back")], ["money back"]),
        ([(0, "refund policy"), (1, "refund"), (2, "refund to wallet")], ["refund to wallet"]),
        ([(0, "refund policy"), (4, "refund")], ["refund policy", "refund"]),
        ([(0, "cancel my order"), (1, "return my order")], ["cancel my order", "return my order"]),
        ([(0, "is model 12 waterproof"), (1, "is model 13 waterproof")],
         ["is model 12 waterproof", "is model 13 waterproof"]),
        ([(0, "gift"), (1, "gift")], ["gift"]),
    ],
)  # fmt: skip
def test_what_stays_is_the_intent_that_it_ended_in(texts: list[tuple[float, str]], left: list[str]) -> None:
    assert kept(texts) == left


def test_sessions_and_collections_are_apart_and_without_a_session_nothing_is_folded() -> None:
    first, second = typed([(0, "mon"), (1, "money")])
    assert folded_away([first, second]) == {"q0"}
    assert folded_away([first, replace(second, session="other")]) == set()
    assert folded_away([first, replace(second, collection="other")]) == set()
    assert folded_away([replace(first, session=None), replace(second, session=None)]) == set()


def test_who_types_letter_by_letter_without_a_session_is_one_person() -> None:
    text = "scuba tanks for walburga"
    one = [(0.1 * n, text[: n + 3]) for n in range(len(text) - 2)]
    others = [(0.25, "gift card"), (0.35, "gift card"), (9.0, "scuba tanks for walburga please"), (20, text)]
    queries = typed([*one, *others], session=None)
    named = typed([(0.4, "scuba t")], session="5e55")[0]
    found = typists([*queries, replace(named, query_id="named")])
    by_session = Counter(query.session for query in found)
    assert by_session["#q0"] == len(one)
    assert by_session[None] == len(others)
    assert by_session["5e55"] == 1
    assert {query.query_id for query in found} == {query.query_id for query in queries} | {"named"}


def test_a_query_that_somebody_answered_to_is_never_folded_away() -> None:
    first, second = typed([(0, "mon"), (1, "money")])
    said = Feedback(query_id="q0", at=NOON, kind="click", entry_id="13", position=1)
    assert folded_away([replace(first, feedback=(said,)), second]) == set()


TYPED = st.lists(
    st.tuples(
        st.floats(0, 30).map(lambda seconds: round(seconds, 3)),
        st.sampled_from(["r", "re", "refund", "refund p", "refund policy", "refunds", "where", "where is"]),
    ),
    max_size=8,
)


@given(TYPED, st.randoms())
def test_the_order_does_not_matter_and_what_is_left_stays(
    texts: list[tuple[float, str]], random: object
) -> None:
    asked = typed(texts)
    away = folded_away(asked)
    shuffled = list(asked)
    random.shuffle(shuffled)
    assert folded_away(shuffled) == away
    last = max(asked, key=lambda query: (query.at, query.query_id), default=None)
    assert last is None or last.query_id not in away
    assert folded_away([query for query in asked if query.query_id not in away]) == set()


@given(st.text(min_size=1, max_size=30), st.lists(st.floats(0.05, 5.9), min_size=30, max_size=30))
def test_typing_letter_by_letter_leaves_the_whole(text: str, pauses: list[float]) -> None:
    at, texts = 0.0, []
    for length, pause in zip(range(1, len(text) + 1), pauses, strict=False):
        texts.append((at, text[:length]))
        at += pause
    assert kept(texts) == [text]


@given(st.text())
def test_a_normalised_text_is_one_already(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "text", ["Money back, to wallet?", "  MONEY back to wallet", "money-back “to” wallet!!"]
)
def test_equal_questions_are_equal_texts(text: str) -> None:
    assert normalise(text) == "money back to wallet"


def test_what_has_no_words_stays_what_it_is() -> None:
    assert normalise("?!") == "?!"
    assert normalise("¿Cómo Pago?") == "cómo pago"
    assert normalise(logged().asked) == logged().normalised
