"""Each rule of `faq lint`, with what it finds and what it must leave alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from index.collection import CollectionSettings
from index.entry import Entry
from index.lint_codes import LINT_CODES
from index.sources import Rejection
from search.lint.registry import IDLE, RULES
from search.querylog.records import Feedback, LoggedQuery
from tests.conftest import SHOP, Publish
from tests.lint_entries import answered, codes, entry, lint

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_every_code_belongs_to_one_rule() -> None:
    held = [code for rule in RULES for code in rule.codes]
    assert sorted([*held, IDLE]) == sorted(LINT_CODES)


def test_a_sound_collection_has_no_finding(publish: Publish) -> None:
    sound = [replace(one, locale="en", variants=one.variants or (f"about {one.id}",)) for one in SHOP]
    assert codes(*sound, snapshot=publish(sound)) == []


# Twice the same


def test_the_same_wording_is_told_once_with_both_places() -> None:
    found = lint(
        entry("a", variants=("Shipping fees",)), entry("b", "What is postage?", variants=("shipping FEES?",))
    )
    assert [one.code for one in found] == ["same-wording"]
    assert found[0].entries == ("a", "b")
    assert found[0].place == "shop/a.md:3"
    assert "shop/b.md:3" in found[0].reason
    assert "Shipping fees" in found[0].reason


def test_the_same_words_in_another_order_are_a_near_duplicate_without_a_snapshot() -> None:
    found = lint(
        entry("a", "Can I return worn shoes?", variants=("x",)),
        entry("b", "Shoes that are worn: may I return them?", variants=("y",)),
    )
    assert [one.code for one in found] == ["near-duplicate"]
    assert "by their words" in found[0].reason
    when = entry("a", "When can I return worn shoes?", variants=("x",))
    assert codes(when, entry("b", "Why are worn shoes returned?", variants=("y",))) == []


def test_one_shared_word_is_not_enough() -> None:
    assert codes(entry("a", "Returns?", variants=("x",)), entry("b", "The return?", variants=("y",))) == []


def test_near_wordings_with_near_answers_are_found_by_the_snapshots_encoder(publish: Publish) -> None:
    twins = [
        entry("a", "How do I return a pair of shoes to the shop?", "Send the shoes back with the label."),
        entry("b", "How do I return the pair of shoes to a shop now?", "Send the shoes back with a label."),
    ]
    twins = [replace(one, variants=(f"{one.id} {one.id}{one.id} quite other",)) for one in twins]
    assert codes(*twins, snapshot=publish(twins)) == ["near-duplicate"]
    # The published one knows neither: both are embedded now.
    assert codes(*twins, snapshot=publish(SHOP)) == ["near-duplicate"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I buy a gift card in your shop?", "How do I use a gift card in your shop?"),
        ("Where can I get tested in the town of Galway?", "When can I get tested in the town of Galway?"),
    ],
)
def test_what_differs_in_its_one_telling_word_is_no_duplicate(one: str, other: str, publish: Publish) -> None:
    pair = [entry("a", one, "See the page.", ("x",)), entry("b", other, "See the page.", ("y",))]
    assert codes(*pair, snapshot=publish(pair)) == []


def test_translations_are_no_duplicates() -> None:
    pair = [entry("a", locale="en"), entry("b", locale="de")]
    assert codes(*pair) == []


# Several questions


def test_an_answer_with_questions_of_its_own() -> None:
    assert answered("## Where is it?\n\nHere.\n\n**How much is it?**\n\n€3.") == ["several-questions"]


def test_a_long_answer_to_two_questions() -> None:
    asked = "What is the Circle and how do I join it?"
    assert codes(entry(question=asked, answer="Join us. " * 80)) == ["several-questions"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the Circle and how do I join it?", "A scheme. Tick the box."),
        ("Where are sizes and colours?", "word " * 300),
        ("I lost my card. What do I do?", "word " * 300),
        ("Which sizes are there?", "## Men\n\n40 to 47\n\n## Women\n\n35 to 42"),
    ],
)
def test_one_question_is_one_question(question: str, answer: str) -> None:
    assert codes(entry(question=question, answer=answer)) == []


# Left over


@pytest.mark.parametrize(
    "text",
    [
        "Dear {{first_name}}, yes.", "Write to [INSERT EMAIL].", "Lorem ipsum dolor", "TODO: ask legal",
        "You have %s days.", "Hello %(name)s", "Click here to edit", "Costs ${price}", "[[Know more?]]",
        "{% if eu %}Yes{% endif %}", "Ask [Your Company Name].", "Shown: [object Object]",
    ],
)  # fmt: skip
def test_what_templates_left(text: str) -> None:
    assert answered(text) == ["leftover"]
    assert codes(entry(variants=(text,))) == ["leftover"]


@pytest.mark.parametrize(
    "text",
    [
        "Write `{{name}}` there.", "```\nprintf('%s', TODO)\n```", "It's 50% so it is fine.", "100 %d'accord",
        "[Your orders](https://shop.example/orders) are there.", "See what's left to do.", "A [note] on it.",
        "The set {a, b}.", "xxx large", "See [your orders][1].\n\n[1]: https://shop.example/orders",
        "In [your account][enter], or the [Shop].\n\n[enter]: https://a.example\n[shop]: https://b.example",
    ],
)  # fmt: skip
def test_what_is_no_leftover(text: str) -> None:
    assert answered(text) == []


def test_a_line_on_cookies_may_be_what_was_asked() -> None:
    answer = "We use cookies to remember your basket."
    asked = entry(question="What do you use cookies for?", answer=answer, variants=("cookies",))
    assert codes(asked) == []


@pytest.mark.parametrize(
    "line",
    ["We use cookies to help you.", "Was this article helpful?", "Back to top", "Accept all cookies",
     "© 2024 Shop Ltd. All rights reserved", "Home > Help > Orders", "12 out of 20 found this helpful"],
)  # fmt: skip
def test_lines_of_the_page_around(line: str) -> None:
    assert answered(f"It takes a while.\n\n{line}") == ["boilerplate"]


@pytest.mark.parametrize(
    "text",
    ["Change it under Cookie settings at the foot of the page.", "Read more books.", "Press Accept all."],
)
def test_sentences_about_such_lines_are_none(text: str) -> None:
    assert answered(text) == []


def _many(line: str, count: int, of: int) -> list[Entry]:
    return [
        entry(
            f"e{n}",
            f"What is item{n}?",
            f"It is thing{n}." + (f"\n\n{line}" if n < count else ""),
            (f"it{n}?",),
        )
        for n in range(of)
    ]


def test_a_line_that_many_answers_share() -> None:
    found = lint(*_many("Orders | Returns | Contact us", 5, 20))
    assert [one.code for one in found] == ["repeated-text"]
    assert len(found[0].entries) == 5
    assert codes(*_many("Orders | Returns | Contact us", 4, 20)) == []
    assert codes(*_many("Orders | Returns | Contact us", 5, 80)) == []


# References

PAGE = "https://shop.example/help"


@pytest.mark.parametrize(
    ("answer", "url", "found"),
    [
        ("See [it](#gone).", f"{PAGE}#one", ["dead-reference"]),
        ("See [it](#one).", f"{PAGE}#one", []),
        ("See [it](#other).", None, []),  # an id
        ("See [it](#gone).", None, ["dead-reference"]),
        (f"See [it]({PAGE}#gone).", None, ["dead-reference"]),
        (f"See [it]({PAGE}/#other).", None, []),
        (f"See [it]({PAGE}).", None, []),
        ("See [it](https://elsewhere.example/#gone).", None, []),
        ("See [it](/help#gone).", f"{PAGE}#one", ["dead-reference"]),
        ("See [it](/terms).", None, []),
        ("See [it](returns.html).", None, ["dead-reference"]),
        ("See [it](returns.html).", f"{PAGE}#one", []),
        ("See question 12.", None, ["dead-reference"]),
        ("See also FAQ no. 7.", None, []),
        ("As said in the previous answer.", None, ["reading-order"]),
        ("Write to <mailto:help@shop>.", None, ["malformed-link"]),
        ("Write to [us](mailto:help@shop.example?subject=Hi).", None, []),
        ("Call [us](tel:+353-91-123456).", None, []),
        ("Call [us](tel:soon).", None, ["malformed-link"]),
        ("Press [here]().", None, ["malformed-link"]),
        ("`[it](#gone)`", None, []),
    ],
)  # fmt: skip
def test_references(answer: str, url: str | None, found: list[str]) -> None:
    rest = [
        entry("other", "What else?", url=f"{PAGE}#other", variants=("else?",)),
        entry("7", "And then?", variants=("then?",)),
    ]
    assert codes(entry(answer=answer, url=url), *rest) == found


def test_related_ids_that_no_entry_has() -> None:
    assert codes(entry(related=("two",)), entry("two", "Who?", variants=("who then?",))) == []
    found = lint(entry(related=("gone",)))
    assert [(one.code, one.severity) for one in found] == [("dead-reference", "error")]


# Wording and locales


@pytest.mark.parametrize(
    ("question", "variants", "found"),
    [
        ("Delivery", ["shipping"], ["no-question"]),
        ("Delivery", ["how long it takes"], []),
        ("Delivery", [], ["no-question"]),
        ("Delivery?", [], ["no-variants"]),
        ("Can you deliver", ["shipping"], []),
        ("Wie lange dauert es", ["Lieferzeit"], []),
        ("I lost my parcel. What now?", ["parcel lost"], []),
        ("配達は何日かかりますか？", ["配達"], []),
    ],
)
def test_phrasing(question: str, variants: list[str], found: list[str]) -> None:
    assert codes(entry(question=question, variants=variants)) == found


def test_locales() -> None:
    rest = entry("b", "Who?", variants=("who are you",), locale="en")
    assert codes(entry(), rest) == ["missing-locale"]
    assert codes(entry(), replace(rest, locale=None)) == []


def test_missing_translations_where_ids_show_pairs() -> None:
    words = ["alpha", "beta", "gamma", "delta"]
    english = [entry(f"{w}-en", f"What is {w}?", variants=(f"{w} one",), locale="en") for w in words]
    german = [entry(f"{w}-de", f"Was ist {w}?", variants=(f"{w} eins",), locale="de") for w in words[:3]]
    found = lint(*english, *german)
    assert [(one.code, one.entries) for one in found] == [("missing-translation", ("delta-en",))]
    assert codes(*english, *german[:1]) == []  # too few to speak of pairs


# Files and logs


def test_what_readers_refused_and_doubled_ids() -> None:
    refused = Rejection(
        file="shop/a.md", line=9, reason="the answer is empty", severity="invalid", text="Why?"
    )
    passed = replace(refused, severity="boilerplate")
    found = lint(entry(), replace(entry(), source="shop/z.md:1"), rejections=[refused, passed])
    assert [(one.code, one.place) for one in found] == [
        ("unusable", "shop/a.md:9"),
        ("doubled-id", "shop/z.md:1"),
    ]


def logged(number: int, top: tuple[str, ...], *feedback: Feedback) -> LoggedQuery:
    return LoggedQuery(
        query_id=f"q{number}", at=NOON + timedelta(minutes=number), session=f"s{number}", collection="shop",
        snapshot="v", source="widget", locale=None, asked="x", normalised="x", decision="answer",
        confidence=0.9, top_ids=top, milliseconds=1.0, feedback=feedback,
    )  # fmt: skip


def voted(number: int, *, helpful: bool) -> LoggedQuery:
    vote = Feedback(query_id=f"q{number}", at=NOON, kind="helpful", helpful=helpful)
    return logged(number, ("one",), vote)


def test_an_entry_that_no_query_showed() -> None:
    pair = entry(), entry("two", "Who?", variants=("who are you",))
    assert codes(*pair, queries=[logged(n, ("one",)) for n in range(200)]) == ["never-shown"]
    assert codes(*pair, queries=[logged(n, ("one",)) for n in range(199)]) == []
    assert codes(*pair, queries=[logged(n, ("one", "two")) for n in range(200)]) == []


def test_an_entry_that_everybody_rejects() -> None:
    rejected = [voted(n, helpful=False) for n in range(3)]
    assert codes(entry(), queries=rejected) == ["always-rejected"]
    assert codes(entry(), queries=rejected[:2]) == []  # fewer people than a report may speak of
    assert codes(entry(), queries=[*rejected, voted(9, helpful=True)]) == []
    one_person = [replace(query, session="same") for query in rejected]
    assert codes(entry(), queries=one_person) == []
    yes = Feedback(query_id="q2", at=NOON + timedelta(seconds=1), kind="helpful", helpful=True)
    changed = replace(rejected[2], feedback=(*rejected[2].feedback, yes))
    assert codes(entry(), queries=[*rejected[:2], changed]) == []
    no = replace(yes, at=yes.at + timedelta(seconds=1), helpful=False)
    again = replace(changed, feedback=(*changed.feedback, no))
    assert codes(entry(), queries=[*rejected[:2], again]) == ["always-rejected"]


# Suppressions


def test_suppressions() -> None:
    pair = entry(variants=()), entry("two", "Who?", variants=())
    assert codes(*pair) == ["no-variants", "no-variants"]
    ignoring = CollectionSettings(lint_ignore=("no-variants:two",))
    assert [one.entries for one in lint(*pair, own=ignoring)] == [("one",)]
    assert codes(*pair, own=CollectionSettings(lint_ignore=("no-variants",))) == []
    idle = lint(*pair, own=CollectionSettings(lint_ignore=("no-variants", "leftover:two")))
    assert [(one.code, one.place) for one in idle] == [("idle-suppression", "shop/collection.yaml")]
