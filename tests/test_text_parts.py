"""Tokens, highlights and passages: laws over any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index import tokenizer
from index.entry import Entry, slugify
from index.passages import KINDS, PIECE_LENGTH, make_passages, split
from search.highlight import highlights


@given(st.text())
@example("Don't e-mail the café's owner: don’t")
def test_spans_lie_in_the_text_in_order_and_agree_with_stems(text: str) -> None:
    spans = tokenizer.spans(text)
    assert [stem for stem, _ in spans] == tokenizer.stems(text)
    ends = [0]
    for stem, (start, end) in spans:
        assert tokenizer.stems(text[start:end]) == [stem]
        assert ends[-1] <= start < end <= len(text)
        ends.append(end)


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_cut_as_any_text_is(text: str) -> None:
    assert tokenizer.stems(f"{text} é") == [*tokenizer.stems(text), "e"]


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("Refunds, refunded; REFUND", ["refund"] * 3),
        ("don't DON’T", ["dont", "dont"]),
        ("the customer's café", ["the", "custom", "cafe"]),
        ("如何退款", ["如", "何", "退", "款"]),
        ("order 12345 x1", ["order", "12345", "x1"]),
        ("a_b", ["a", "b"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("คืนเงิน", ["คื", "น", "เ", "งิ", "น"]),
        ("שָׁלוֹם مُحَمَّد", ["שלום", "محمد"]),
        ("환불 방법", ["환불", "방법"]),
        ("", []),
    ],
)
def test_stems(text: str, stems: list[str]) -> None:
    assert tokenizer.stems(text) == stems


@given(st.text(), st.text())
def test_highlights_index_words_that_the_query_holds(text: str, query: str) -> None:
    stems = tokenizer.stems(query)
    for start, end in highlights(text, stems):
        assert tokenizer.stems(text[start:end]) != []
        assert set(tokenizer.stems(text[start:end])) <= set(stems)


def test_function_words_are_marked_only_when_there_is_nothing_else() -> None:
    text = "Can I get the refund to my wallet?"
    marked = [text[a:b] for a, b in highlights(text, tokenizer.stems("can I have the refund"))]
    assert marked == ["refund"]
    assert [text[a:b] for a, b in highlights(text, tokenizer.stems("can I"))] == ["Can", "I"]


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=3000))
def test_pieces_hold_every_word_in_order_and_are_short(text: str) -> None:
    pieces = split(text)
    assert all(piece and len(piece) <= PIECE_LENGTH for piece in pieces)
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)


def test_a_long_answer_is_cut_at_sentences() -> None:
    sentence = "This sentence is exactly one of many that fill an answer up."
    pieces = split(" ".join([sentence] * 12))
    assert len(pieces) > 1
    assert all(piece.endswith("up.") for piece in pieces)


def test_what_closes_a_sentence_stays_with_it() -> None:
    text = f"He said (so). {'Then a very long sentence follows, ' * 9}and (this)! " * 2
    assert "".join(split(text)).replace(" ", "") == text.replace(" ", "")


def test_slugs_keep_vowel_signs() -> None:
    assert slugify("धनवापसी कैसे?") == "धनवापसी-कैसे"
    assert slugify("\u0301 \u0301what?") == "what"


def test_passages_come_grouped_by_entry_in_the_order_of_kinds() -> None:
    entries = (
        Entry(id="a", question="Why?", answer="Because. " * 100, variants=("How come?", "What for?")),
        Entry(id="b", question="When?"),
    )
    passages = make_passages(entries, plain=str.strip)
    assert [p.entry for p in passages] == sorted(p.entry for p in passages)
    of_a = [p.kind for p in passages if p.entry == 0]
    assert of_a == sorted(of_a, key=KINDS.index)
    assert set(of_a) == set(KINDS)
    assert [(p.kind, p.text) for p in passages if p.entry == 1] == [("question", "When?")]


@given(st.text())
@example("\u0390 \u03b0 \u1fd3 \u1fe3")
@example("\u0130\u0316")
def test_a_slug_is_an_id_or_empty(text: str) -> None:
    from index.entry import ID_PATTERN, SLUG_LENGTH

    slug = slugify(text)
    assert slug == "" or (ID_PATTERN.fullmatch(slug) and len(slug) <= SLUG_LENGTH)
    assert slugify(text.upper().casefold()) == slugify(text.casefold().upper())
