"""What reports quote tells of nobody alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index import tokenizer
from search.querylog.quoting import LEFT_OUT, Quotes

ASKED = [
    ("Where is my parcel?", ("a", "b")),
    ("where is the parcel for Walburga Zwiebel, Kleinstadt", ("c",)),
    ("late parcels", ("a", "c", "d")),
]


def test_a_word_is_quoted_that_enough_people_used_or_the_faq_has() -> None:
    quotes = Quotes(ASKED, least=3, known=("We ship to every Kleinstadt.",))
    assert quotes.quoted("Where is my parcel?") == "Where is my parcel?"
    assert quotes.quoted(ASKED[1][0]) == "where is the parcel for … …, Kleinstadt"
    assert quotes.best({"Walburga's parcel": 9, "my parcel": 1, "late parcel": 2}) == "late parcel"
    assert quotes.best({"Walburga's parcel": 9, "for Zwiebel": 1}) == "… parcel"


def test_one_person_can_not_make_a_word_public() -> None:
    quotes = Quotes([("Walburga Zwiebel", ("a",))] * 100, least=2)
    assert quotes.quoted("Walburga Zwiebel") == "… …"
    assert Quotes((), least=1).allows("Walburga Zwiebel")


TEXTS = st.text(st.sampled_from("abü ,.-1ß字…"), max_size=12)


@given(st.lists(st.tuples(TEXTS, st.sets(st.sampled_from("ABCD")))), st.integers(1, 4), TEXTS)
def test_every_quoted_word_was_used_by_enough(
    asked: list[tuple[str, set[str]]], least: int, text: str
) -> None:
    quoted = Quotes(asked, least=least).quoted(text)
    assert LEFT_OUT in quoted or quoted == text
    for stem in tokenizer.stems(quoted) if least > 1 else ():
        users = set().union(*(who for said, who in asked if stem in tokenizer.stems(said)))
        assert len(users) >= least or stem in tokenizer.FUNCTION_STEMS
