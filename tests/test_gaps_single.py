"""One gap: its kind, its name, the question and the wordings that it proposes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from index.entry import Entry
from search.engine import SearchEngine
from search.gaps.evidence import Group
from search.gaps.features import features
from search.gaps.kinds import kind_of
from search.gaps.questions import from_texts
from search.gaps.replay import replay
from search.gaps.single import Surroundings, gap_of
from search.gaps.wording import headings, suggested_question
from search.querylog.quoting import Quotes
from tests.conftest import Publish
from tests.test_gaps import TOPICS, encode


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("hi there, how do i get a refund", "How do i get a refund?"),
        ("Hello! Could you help me today? I want to close my account.", "I want to close my account."),
        ("refund", "Refund"),
        ("hi", "Hi"),
        ("quick question: do students get money off thx!", "Do students get money off?"),
        ("please tell me: when is the sale, please?", "When is the sale?"),
        ("please tell me about returns", "Please tell me about returns"),
        ("Thank you", "Thank you"),
        ("=1+1", "=1+1"),
    ],
)
def test_a_suggested_question_is_in_the_visitors_words(text: str, question: str) -> None:
    assert suggested_question(text) == question


def test_a_representative_that_asks_is_suggested_if_it_is_typical() -> None:
    texts = ("tent rental", "is there tent rental", "do you sell cars")
    assert headings(encode(texts), [1, 1, 1], [0, 1, 2], texts) == (0, 1)
    assert headings(encode(texts), [1, 1, 1], [0, 2], texts) == (0, 0)


def test_what_lacks_words_is_no_heading_where_something_has_all_of_its_own() -> None:
    texts = ["monthly payments tent", "is there … if I pay for a tent monthly"]
    assert headings(encode(texts), [1, 1], [0, 1], texts) == (0, 0)
    assert headings(encode(texts[1:]), [1], [0], texts[1:]) == (0, 0)
    whole = [texts[0], "can I pay for a tent monthly"]
    assert headings(encode(whole), [1, 1], [0, 1], whole) == (0, 1)


def test_a_gap_is_not_named_after_a_slip() -> None:
    texts = ("wheer is my parcel", "where is my parcel", "parcel where")
    same = np.ones((3, 4), dtype=np.float32)
    assert headings(same, [1, 1, 1], [0, 1, 2], texts) == (1, 1)
    assert headings(same, [9, 1, 1], [0, 1, 2], texts) == (0, 0)  # what most write is no slip
    assert headings(same, [1, 1, 1], [0, 1, 2], ("rent a tent", "tents", "tent")) == (0, 0)


def test_texts_without_words_have_features() -> None:
    found = features(["?", "!"], encode(["?", "!"]))
    assert np.isfinite(found).all()


def test_no_variant_is_proposed_that_the_entry_has(publish: Publish) -> None:
    entries = [
        Entry(id="parking", question="Is there parking?", answer="", variants=("Where can I park?",)),
        Entry(id="other", question="opening hours on sunday", answer=""),
    ]
    engine = SearchEngine(publish(entries))
    questions = from_texts(TOPICS["parking"])
    answers = replay(engine, [question.text for question in questions], threads=1)
    part = Group(
        questions=questions,
        answers=answers,
        vectors=np.stack([answer.vector for answer in answers]),
        doubts=np.zeros(len(answers)),
        far=np.zeros(len(answers)),
    )
    gap = gap_of(
        part,
        "wording",
        sessions=4,
        asked=4,
        surroundings=Surroundings.of(engine.snapshot),
        quotes=Quotes((), least=1),
    )
    assert gap
    assert gap.entries[0] == "parking"
    assert set(gap.variants) == {"parking near the shop", "parking space for my car"}
    sure = [
        replace(answer, decision="answer", hits=(("other", 0.9), *answer.hits))
        if question.text == "parking near the shop"
        else answer
        for question, answer in zip(questions, answers, strict=True)
    ]
    part = replace(part, answers=sure)
    gap = gap_of(
        part,
        "wording",
        sessions=4,
        asked=4,
        surroundings=Surroundings.of(engine.snapshot),
        quotes=Quotes((), least=1),
    )
    assert gap
    assert gap.entries[0] == "parking"
    assert set(gap.variants) == {"parking space for my car"}  # what another answers would be taken from it


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["refunds", "Refund?", "a refund"], "ambiguous"),  # two entries are about it
        (["parking"] * 3, "wording"),
        (["refunds parking"] * 3, "missing"),  # no entry is about both
        (["zebra"] * 3, "missing"),
    ],
)
def test_a_bare_word_that_entries_are_about_is_not_missing(
    publish: Publish, texts: list[str], kind: str
) -> None:
    entries = [
        Entry(id="card", question="How long does a refund to my card take?", answer=""),
        Entry(id="wallet", question="Why is my refund to the wallet so small?", answer=""),
        Entry(id="parking", question="Where is parking near the shop?", answer=""),
    ]
    engine = SearchEngine(publish(entries))
    questions = from_texts(texts)
    answers = replay(engine, [question.text for question in questions], threads=1)
    part = Group(
        questions=questions,
        answers=answers,
        vectors=np.stack([answer.vector for answer in answers]),
        doubts=np.full(len(answers), -1.0),
        far=np.full(len(answers), -1.0),
    )
    assert kind_of(part, {entry.id: entry for entry in entries}) == kind
