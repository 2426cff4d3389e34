from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import SourceError
from index.sources import read_file
from index.sources.scraped import read
from index.text import clean_line

PAGE = Path(__file__).parent / "fixtures/sources/scraped.txt"


def test_a_scraped_page_is_read_whole_and_clean() -> None:
    parsed = read_file(PAGE, name="page.txt")
    assert [entry.id for entry in parsed.entries] == ["11", "12", "13", "14", "15"]
    answers = {entry.id: entry.answer for entry in parsed.entries}
    assert answers["11"] == (
        'Yes, as long as the parcel has not left us. Open the order and choose "Change address".\n\n'
        "Read more about addresses here."
    )
    assert answers["12"] == (
        "1. Choose the reason;\n\n2. Add photos:\n\n    - of the parcel\n    - of the label\n\n"
        "3. Send it.\n\nSee the guide for details."
    )
    assert answers["13"] == "Money that stays with us.\n\nCredit for returns: arrives at once."
    assert answers["14"] == (
        "1) Late parcels;\n2) Lost parcels;\n11) Other reasons, see https://shop.example/claims?from=faq#top"
    )
    assert answers["15"] == "1. Click the iconto chat."
    assert parsed.entries[0].source == "page.txt:3"
    assert [(r.line, r.severity, r.reason) for r in parsed.rejections] == [
        (1, "boilerplate", "an unrendered placeholder"),
        (2, "boilerplate", "before the first question"),
        (39, "boilerplate", "an unrendered placeholder"),
        (40, "boilerplate", "an unrendered placeholder"),
        (41, "boilerplate", "after a dangling template item"),
    ]


def test_variants_and_tags_can_be_added_to_an_item() -> None:
    entry = read(
        "1. Why?\n   So.\n\n   Also asked: How come? | What for?\n   Tags: one, two", "page.txt"
    ).entries[0]
    assert (entry.answer, entry.variants, entry.tags) == ("So.", ("How come?", "What for?"), ("one", "two"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Q: What?\nA: This.\nQ: Why?\nA: So.\n1. a",
            [("what", "What?", "This."), ("why", "Why?", "So.\n1. a")],
        ),
        ("Q1. What?\nThis.\n\nQ2. Why?\nSo.", [("1", "What?", "This."), ("2", "Why?", "So.")]),
        ("Question 1: What?\nAnswer: This.", [("1", "What?", "This.")]),
        ("**Q:** What?\n\n**A:** This.", [("what", "What?", "This.")]),
        ("**Q: What?**\nThis **too**.", [("what", "What?", "This **too**.")]),
        ("Q: What\nis this?\nA: This.", [("what-is-this", "What is this?", "This.")]),
        ("1) What?\nThis.\n2) Why?\nSo.", [("1", "What?", "This."), ("2", "Why?", "So.")]),
        ("问：什么？\n答：这个。", [("什么", "什么？", "这个。")]),
        ("What is it?\nThis.\n\nWhy?\nSo.", [("what-is-it", "What is it?", "This."), ("why", "Why?", "So.")]),
        (
            "1. How to cancel?\nGo on:\n1. Open.\n2. Press.\n\n"
            "2. How to return?\n1. Pack.\n2. Send.\n3. Wait.\n\n3. Refund types\nTwo of them.",
            [
                ("1", "How to cancel?", "Go on:\n1. Open.\n2. Press."),
                ("2", "How to return?", "1. Pack.\n2. Send.\n3. Wait."),
                ("3", "Refund types", "Two of them."),
            ],
        ),
    ],
)
def test_ways_to_mark_questions(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(e.id, e.question, e.answer) for e in read(text, "f").entries] == expected


def test_numbering_that_restarts_identifies_nothing() -> None:
    parsed = read("1. A a?\nx\n2. B b?\ny\n1. C c?\nz\n", "f")
    assert [entry.id for entry in parsed.entries] == ["a-a", "b-b", "c-c"]
    assert "numbering" in parsed.rejections[0].reason


def test_doubled_numbers_and_missing_answers_are_invalid() -> None:
    parsed = read("• 11、A?\nx\n• 11、B?\ny\n• 12、C?\n\n• 13、Is ${brand} good?\nz", "f")
    assert [entry.question for entry in parsed.entries] == ["A?"]
    invalid = [(r.line, r.reason) for r in parsed.rejections if r.severity == "invalid"]
    assert [line for line, _ in invalid] == [3, 5, 7]
    assert "f:1" in invalid[0][1]
    assert invalid[1][1] == "the answer is empty"


def test_a_text_without_questions_is_refused() -> None:
    with pytest.raises(SourceError, match="no question was recognised"):
        read("just\nwords", "f")


LINE = st.text(alphabet="ab 1.?•、QA:-\n$}{ ", max_size=60)


@given(LINE)
@example("Q::\nb")
def test_every_line_is_in_an_entry_or_in_a_rejection(text: str) -> None:
    text = "Q: Zz?\n" + text
    parsed = read(text, "f", require_answer=False)
    kept = " ".join(clean_line(f"{e.question} {e.answer}") for e in parsed.entries)
    dropped = " ".join(r.text for r in parsed.rejections)
    words = sorted(c for c in text if c in "b")
    assert words == sorted(c for c in kept + dropped.replace("…", "") if c in "b")


WORDS = st.lists(st.sampled_from(["refund", "wallet", "order", "post"]), min_size=1, max_size=5).map(" ".join)


@given(st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=6))
def test_what_is_written_as_questions_and_answers_is_read_back(items: list[tuple[str, list[str]]]) -> None:
    text = "\n\n".join(f"Q{i}. {q}?\nA: " + "\n\n".join(a) for i, (q, a) in enumerate(items, start=1))
    parsed = read(text, "f")
    assert not parsed.rejections
    expected = [(str(i), f"{q}?", "\n\n".join(a)) for i, (q, a) in enumerate(items, start=1)]
    assert [(e.id, e.question, e.answer) for e in parsed.entries] == expected
