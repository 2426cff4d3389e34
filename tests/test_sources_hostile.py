"""Inputs far below the limits of size that took minutes: each of these ends at once."""

from __future__ import annotations

import pytest

from index.errors import QueryError, SourceError
from index.sources import parse_bytes
from index.text import visible
from search.query import normalise_query

MARKS = "\u0301\u0316" * 100_000
QUOTES = '["' + '\\"' * 500_000


def test_of_the_marks_on_one_letter_the_first_stay() -> None:
    assert len(visible(f"a{MARKS}b")) <= 32
    assert visible("Z\u0316\u0301a") == "\u0179\u0316a"
    doubled = visible("a" + "\u0344" * 40)  # each is two marks in NFC
    assert visible(doubled) == doubled


def test_a_query_of_marks_is_answered_at_once() -> None:
    assert len(normalise_query(f"a{MARKS}")) <= 31
    with pytest.raises(QueryError, match="600 characters"):
        normalise_query("a\u0316" * 300)


@pytest.mark.parametrize("text", [QUOTES, f"{QUOTES}\\"], ids=["open", "escape at the end"])
def test_a_string_of_json_that_never_ends_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match=r"f\.json:1: this is not JSON"):
        parse_bytes(text.encode(), "f.json")


def test_spaces_within_a_heading_cost_no_time() -> None:
    [entry] = parse_bytes(f"# a{' ' * 100_000}b {{#it}} \nx".encode(), "f.md").entries
    assert (entry.id, entry.question, entry.answer) == ("it", "a b", "x")


def test_tags_that_are_never_closed_cost_no_time() -> None:
    with pytest.raises(SourceError, match="no questions were recognised"):
        parse_bytes(b"<p" * 90_000, "f.html")


@pytest.mark.parametrize("escaped", [False, True])
def test_questions_of_linked_data_know_their_lines(escaped: bool) -> None:
    names = [f"\\u0041 {n}" if escaped else f"A {n}" for n in range(2_000)]
    items = ",\n".join(f'{{"@type":"Question","name":"{n}","acceptedAnswer":{{"text":"x"}}}}' for n in names)
    html = f'<html>\n<script type="application/ld+json">[\n{items}]</script>'
    entries = parse_bytes(html.encode(), "f.html").entries
    assert [entry.question for entry in entries] == [f"A {n}" for n in range(2_000)]
    lines = [int(entry.source.rpartition(":")[2]) for entry in entries]
    assert lines == ([2] * 2_000 if escaped else list(range(3, 2_003)))
