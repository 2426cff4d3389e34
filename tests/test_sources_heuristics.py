"""What a page's structure tells: which lines are questions, and which belong to an answer or to neither."""

from __future__ import annotations

import pytest

from index.sources import Parsed, parse_bytes


def read(text: str, name: str = "f") -> Parsed:
    return parse_bytes(text.encode(), name)


def pairs(parsed: Parsed) -> list[tuple[str, str]]:
    return [(entry.question, entry.answer) for entry in parsed.entries]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "1. Delivery\nThree days.\n\n2. Prices\nThey last rose in\n\n2024. They fell since.",
            [("Delivery", "Three days."), ("Prices", "They last rose in\n\n2024. They fell since.")],
            id="a-number-far-off-is-no-topic",
        ),
        pytest.param("1. A?\nb\nQ-tips help.", [("A?", "b\nQ-tips help.")], id="q-tips-ask-nothing"),
        pytest.param(
            "1. A?\nb\n\n2. C?\nd:\n1. one.\n2. two.\n\n3. Extra parts\ngo in too\n\n3. E?\nf",
            [("A?", "b"), ("C?", "d:\n1. one.\n2. two.\n\n3. Extra parts\ngo in too"), ("E?", "f")],
            id="a-step-of-the-same-number-gives-way-to-a-question",
        ),
        pytest.param(
            "1. Delivery\nThen:\n\n    1. pack\n\n    2. send\n\n2. Returns\nb",
            [("Delivery", "Then:\n\n1. pack\n\n2. send"), ("Returns", "b")],
            id="indented-steps-are-no-topics",
        ),
        pytest.param(
            "1. A?\nb\n\n2. C?\nThen:\n\n    3. Choose one\n    and go on",
            [("A?", "b"), ("C?", "Then:\n\n3. Choose one\nand go on")],
            id="an-indented-step-goes-on-with-no-questions",
        ),
        pytest.param("1. Which?\nA. one\nB. two", [("Which?", "A. one\nB. two")], id="option-a-and-dot"),
        pytest.param("1) Which?\nA) one\nB) two", [("Which?", "A) one\nB) two")], id="option-a-and-bracket"),
        pytest.param("Q: Which?\nA) one\nB) two", [("Which?", "A) one\nB) two")], id="option-below-a-label"),
        pytest.param("Q. Which?\nA. This one.", [("Which?", "This one.")], id="label-a-and-dot"),
        pytest.param("Q) Which?\nA) This one.", [("Which?", "This one.")], id="label-a-and-bracket"),
        pytest.param(
            "Q: A?\nA: b:\n1. one\n   goes on\n   - deep\n2. two",
            [("A?", "b:\n1. one\ngoes on\n    - deep\n2. two")],
            id="an-item-that-goes-on-keeps-its-list-open",
        ),
        pytest.param(
            "Q: A?\nA: b:\n1. one\n   - deep\n\nBesides:\n   - other",
            [("A?", "b:\n1. one\n    - deep\n\nBesides:\n- other")],
            id="a-paragraph-ends-a-list",
        ),
    ],
)
def test_lines_are_questions_or_belong_to_an_answer(text: str, expected: list[tuple[str, str]]) -> None:
    parsed = read(text)
    assert parsed.format == "text"
    assert pairs(parsed) == expected
    assert not parsed.rejections


@pytest.mark.parametrize(
    ("text", "answer", "dropped"),
    [
        pytest.param(
            "    • 1、A?\n    b\n\nAbout us",
            "b",
            [(4, "outside the list of questions")],
            id="further-left-than-the-list-after-a-blank-line",
        ),
        pytest.param("    • 1、A?\nb\n    c", "b\nc", [], id="further-left-right-below-text"),
        pytest.param(
            "The shop\n\n1. A?\nb\nThe  shop\nc",
            "b\nc",
            [(1, "before the first question"), (5, "repeats the top of the page")],
            id="the-top-of-the-page-again",
        ),
        pytest.param(
            "1. A?\nb\n• ${item}\nIt costs ${price}.\nmore",
            "b",
            [
                (3, "an unrendered placeholder"),
                (4, "an unrendered placeholder"),
                (5, "after a dangling template item"),
            ],
            id="after-a-template-item-whatever-the-next-placeholder",
        ),
        pytest.param(
            "1. A?\nb\nIt costs ${price}.\nmore",
            "b\nmore",
            [(3, "an unrendered placeholder")],
            id="after-a-placeholder-in-a-sentence",
        ),
    ],
)
def test_lines_that_belong_to_no_answer_are_reported(
    text: str, answer: str, dropped: list[tuple[int, str]]
) -> None:
    parsed = read(text, "f.txt")
    assert pairs(parsed) == [("A?", answer)]
    assert [(r.line, r.reason) for r in parsed.rejections] == dropped


def test_numbers_in_any_order_still_identify() -> None:
    parsed = read("Q1. A?\nb\nQ3. C?\nd\nQ2. E?\nf")
    assert [(entry.id, entry.question) for entry in parsed.entries] == [("1", "A?"), ("3", "C?"), ("2", "E?")]
    assert not parsed.rejections


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "# Help\n## Orders\nOf orders.\n### Cancel\na\n## Money\n### Refund\nb\n## Post\n### Time\nc",
            [("Cancel", ("Orders",)), ("Refund", ("Money",)), ("Time", ("Post",))],
            id="a-level-with-little-text-holds-categories",
        ),
        pytest.param(
            "# Help\n## Post\n### A?\na\n### B?\nb\n## C?\nc\n### D?\nd",
            [("A?", ("Post",)), ("B?", ("Post",)), ("C?", ()), ("D?", ())],
            id="a-question-above-its-level-leaves-the-next-one-alone",
        ),
    ],
)
def test_headings_are_questions_or_categories(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(entry.question, entry.tags) for entry in read(text, "f.md").entries] == expected


@pytest.mark.parametrize(
    ("text", "format", "questions"),
    [
        pytest.param(
            '{"A?": {"answer": "b"}\n, "C?": {"answer": "d"}}',
            "json",
            ["A?", "C?"],
            id="json-by-its-last-line",
        ),
        pytest.param(
            "Q: A?\nA: Run:\n```\n# install\nmake\n```", "text", ["A?"], id="a-comment-in-code-is-no-heading"
        ),
    ],
)
def test_formats_that_look_like_another(text: str, format: str, questions: list[str]) -> None:
    parsed = read(text)
    assert parsed.format == format
    assert [entry.question for entry in parsed.entries] == questions
