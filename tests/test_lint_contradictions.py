"""Answers to nearly the same question that clash, and those that don't."""

from __future__ import annotations

import numpy as np
import pytest

from search.lint import contradictions
from search.lint.claims import amounts, content
from search.lint.examine import examine
from search.lint.loading import make_subject
from search.lint.pairs import near_pairs
from search.lint.subject import Vectorised
from tests.lint_entries import codes, entry, lint


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("You have 30 days to return it.", "You have 60 days to return it.", ("30 days", "60 days")),
        ("Postage is €4.90.", "Postage is 5.90 €.", ("€4.90", "5.90 €")),
        ("You get 10% off.", "You get 15 % off.", ("10%", "15 %")),
        (
            "It takes 3-5 working days.",
            "It takes 2 to 4 working days.",
            ("3-5 working days", "2 to 4 working"),
        ),
        ("It takes two weeks.", "It takes 3 weeks.", ("two weeks", "3 weeks")),
        ("Yes, you can.", "No, sorry.", ("Yes", "No")),
        ("You can return worn shoes.", "You cannot return worn shoes.", ("can return", "cannot return")),
        (
            "Exchanges are free of charge.",
            "Exchanges are possible for a fee.",
            ("free of charge", "for a fee"),
        ),
        ("Yes, we ship to Norway.", "Unfortunately, we do not ship to Norway.", ("Yes, we", "do not ship")),
        ("We're sorry, gift cards don't expire.", "Sure, gift cards expire.", ("don't expire", "Sure")),
        ("Gift cards don’t expire.", "Gift cards expire.", ("don’t expire", "cards expire")),
    ],
)
def test_answers_that_clash(one: str, other: str, clash: tuple[str, str]) -> None:
    found = lint(entry("a", answer=one), entry("b", answer=other))
    assert [finding.code for finding in found] == ["contradiction", "same-wording"]
    assert found[0].severity == "error"  # the very same question
    assert all(words in found[0].reason for words in clash)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It takes 24 hours.", "It takes 1 day."),
        ("It costs €1,200.", "It costs 1.200 euros."),
        ("It takes 5 working days.", "It arrives within 14 days."),
        ("It takes 3 days.", "Orders over €50 are free."),
        ("It takes 3-5 days.", "It takes up to 5 days."),
        ("Cards take 5 days to refund; PayPal takes 1 day to refund.", "Cards take 5 days to refund."),
        ("Cancel within 30 minutes.", "Cancel within half an hour."),
        ("Yes, you can.", "You can, in the app."),
        ("You can return shoes.", "You cannot pay by cheque."),
        ("The same.", "The same."),
        ("Open 9 to 5.", "Open 10 to 6."),  # no unit: they may be of anything
    ],
)
def test_answers_that_agree_or_speak_of_other_things(one: str, other: str) -> None:
    assert codes(entry("a", answer=one), entry("b", answer=other)) == ["same-wording"]


def test_different_questions_may_have_different_numbers() -> None:
    other = entry("b", "How long is the guarantee?", "It takes 2 years.", ("warranty period",))
    assert codes(entry("a", answer="It takes 3 days."), other) == []


def test_long_answers_are_read_once_however_many_are_set_against_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def counted(text: str) -> frozenset[str]:
        read.append(text)
        return content(text)

    monkeypatch.setattr(contradictions, "content", counted)
    answer = "Parcel {} is on the road. It comes on {}."
    alike = [entry(f"e{n}", answer=answer.format(n, "Monday" if n else "Sunday")) for n in range(9)]
    subject = make_subject("shop", alike)
    beside = np.ones((len(subject.asked), 2), dtype=np.float32) / np.sqrt(np.float32(2))
    object.__setattr__(subject, "vectors", Vectorised(asked=beside, whole=beside[: len(alike)]))
    assert len(near_pairs(subject)) > len(alike)
    examine(subject)
    assert len(read) == 2 * len(alike)


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("€4.90", "EUR", (4.9,)),
        ("1.200,50 €", "EUR", (1200.5,)),
        ("£1,200", "GBP", (1200.0,)),
        ("48 hours", "time", (2880.0,)),
        ("3–5 business days", "working time", (4320.0, 7200.0)),
        ("a 2-year", "months", (24.0,)),
        ("12.5%", "share", (12.5,)),
        ("2 kg", "mass", (2000.0,)),
    ],
)
def test_amounts(text: str, kind: str, values: tuple[float, ...]) -> None:
    assert [(found.kind, found.values) for found in amounts(text)] == [(kind, values)]
