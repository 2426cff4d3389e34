"""Nothing of a file is lost: each piece is in an entry, or in a rejection with its line and a reason."""

from __future__ import annotations

import json

import pytest

from index.errors import SourceError
from index.markdown import plain
from index.sources import Parsed, parse_bytes


def read(text: str, name: str) -> Parsed:
    return parse_bytes(text.encode(), name)


def pairs(parsed: Parsed) -> list[tuple[str, str]]:
    return [(entry.question, entry.answer) for entry in parsed.entries]


def reported(parsed: Parsed) -> list[tuple[int, str]]:
    return [(rejection.line, rejection.text) for rejection in parsed.rejections]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<form id=f><details><summary>A?</summary>b</details></form>", [("A?", "b")]),
        ("<h3><button>A?</button></h3><div>b</div>", [("A?", "b")]),
        ("<details><summary><button>A?</button></summary>b</details>", [("A?", "b")]),
        ("<dl><dt><button>A?</button></dt><dd>b</dd></dl>", [("A?", "b")]),
        (
            "<h3>A?</h3>b<form>Helpful?<button>Yes</button><button>No</button></form>",
            [("A?", "b\n\nHelpful? Yes No")],
        ),
        ("<h3>A?</h3><p>Click <button>Save</button>.</p>", [("A?", "Click Save.")]),
    ],
)
def test_forms_and_buttons_count_as_what_they_hold(html: str, expected: list[tuple[str, str]]) -> None:
    parsed = read(html, "f.html")
    assert pairs(parsed) == expected
    assert not parsed.rejections


def test_text_in_forms_and_buttons_outside_questions_is_reported() -> None:
    parsed = read(
        "<details><summary>A?</summary>b</details>\n<form>Call</form>\n<button>Ask</button>", "f.html"
    )
    assert reported(parsed) == [(2, "Call"), (3, "Ask")]


@pytest.mark.parametrize(
    "element", ["nav", "noscript", "iframe", "object", "svg", "template", "select", "textarea"]
)
def test_what_removed_elements_show_is_reported(element: str) -> None:
    held = "<option>seen</option>" if element == "select" else "seen"
    parsed = read(f"<h2>A?</h2>b\n<{element}><!-- c -->{held}</{element}>", "f.html")
    assert pairs(parsed) == [("A?", "b")]
    assert [line for line, _ in reported(parsed)] == [2]
    assert "seen" in parsed.rejections[0].text


def test_removed_elements_within_each_other_are_reported_once_and_scripts_never() -> None:
    inner = "<nav>in<script>run()</script><style>p {}</style></nav>"
    parsed = read(f"<h2>A?</h2>b<template>out{inner}</template><nav> </nav><script>x</script>", "f.html")
    assert reported(parsed) == [(1, "out in")]


def test_what_an_answer_in_linked_data_holds_of_removed_elements_is_reported() -> None:
    node = '{"@type":"Question","name":"A?","acceptedAnswer":{"text":"b <nav>top</nav> <button>Go</button>"}}'
    parsed = read(f'<p>\n<script type="application/ld+json">{node}</script>', "f.html")
    assert pairs(parsed) == [("A?", "b Go")]
    assert reported(parsed) == [(2, "top")]


def test_details_with_text_of_their_own_are_a_question() -> None:
    inner = "<details><summary>more</summary>second</details>"
    parsed = read(f"<details><summary>A?</summary>first {inner} last</details>", "f.html")
    assert pairs(parsed) == [("A?", "first\n\nmore\n\nsecond\n\nlast")]
    assert not parsed.rejections


def test_details_without_text_of_their_own_are_a_category() -> None:
    inner = "<details><summary>A?</summary>b</details>"
    parsed = read(f"<details><summary>Cat</summary><button>All</button><h3>C</h3>{inner}</details>", "f.html")
    assert pairs(parsed) == [("A?", "b")]
    assert parsed.entries[0].tags == ("Cat",)
    assert [text for _, text in reported(parsed)] == ["Cat", "All", "C"]


def test_text_beside_the_answer_of_microdata_is_reported() -> None:
    parsed = read(
        "<div itemscope itemtype='https://schema.org/Question'>one<b itemprop=name>A?</b>\n"
        "<div itemprop=acceptedAnswer><p itemprop=text>b</p></div>"
        "<p itemprop=acceptedAnswer>two</p></div>",
        "f.html",
    )
    assert pairs(parsed) == [("A?", "b")]
    assert [text for _, text in reported(parsed)] == ["one", "two"]


def test_an_answer_above_the_first_term_of_a_list_is_reported() -> None:
    parsed = read("<dl><dd>stray</dd><dt>A?</dt><dd>b</dd></dl>", "f.html")
    assert pairs(parsed) == [("A?", "b")]
    assert reported(parsed) == [(1, "stray")]


def test_an_invalid_entry_is_reported_with_its_answer() -> None:
    parsed = read("Q: ???\nThe answer that is lost.\n\nQ: A?\nb\n\nQ: A?\nother", "f.txt")
    assert pairs(parsed) == [("A?", "b")]
    assert reported(parsed) == [(1, "??? The answer that is lost."), (7, "A? other")]


def test_a_question_that_a_page_holds_twice_is_reported_with_its_answer_and_leaves_its_variants() -> None:
    node = '{"@type":"Question","name":"A?","acceptedAnswer":{"text":"b"}}'
    html = f'<script type="application/ld+json">{node}</script>\n<dl><dt>A?<dt>B?<dd>other</dl>'
    parsed = read(html, "f.html")
    assert pairs(parsed) == [("A?", "b")]
    assert parsed.entries[0].variants == ("B?",)
    assert reported(parsed) == [(2, "A? other")]


def test_cells_of_a_column_without_a_name_are_reported_once_a_table() -> None:
    parsed = read("question,answer,,\nA?,b,,\nC?,d,LOST,\nE?,f,again,last\n", "f.csv")
    assert pairs(parsed) == [("A?", "b"), ("C?", "d"), ("E?", "f")]
    assert reported(parsed) == [(3, "LOST"), (4, "last")]
    assert "column 3 has no name" in parsed.rejections[0].reason


@pytest.mark.parametrize(
    "record",
    [
        {"question": "A?", "answer": "b", "questions": ["A?", "C?"]},
        {"question": "", "answer": "b", "Questions": ["A?", "C?"]},
        {"questions": ["A?", "C?"], "answer": "b"},
        {"q": "A?", "answer": "b", "questions": "a?|C?"},
    ],
)
def test_a_list_of_questions_beside_the_question_holds_variants(record: dict[str, object]) -> None:
    for document in (record, [record]):
        parsed = read(json.dumps(document), "f.json")
        assert pairs(parsed) == [("A?", "b")]
        assert parsed.entries[0].variants == ("C?",)
        assert not parsed.rejections


def test_the_key_of_an_object_with_a_question_of_its_own_is_reported() -> None:
    parsed = read('{\n"pay": {"q": "A?", "a": "b"},\n"C?": {"a": "d"}}', "f.json")
    assert pairs(parsed) == [("A?", "b"), ("C?", "d")]
    assert reported(parsed) == [(2, "pay")]


def test_records_that_are_refused_show_their_text() -> None:
    parsed = read('[{"q": "A?", "a": 3},\n["C?", "d"],\n"E?"]', "f.json")
    assert reported(parsed) == [(1, "A? 3"), (2, "C? d"), (3, "E?")]


def test_it_is_told_from_where_on_unused_fields_are_not_reported() -> None:
    record = {"q": "A?", "a": "b"} | {f"extra {n}x": "c" for n in range(200)}
    reasons = [rejection.reason for rejection in read(json.dumps([record]), "f.json").rejections]
    assert len(reasons) == 101
    assert "not reported any more" in reasons[-1]


def export(*rows: tuple[str, ...], columns: str) -> Parsed:
    header = f"Question\tAnswer\tSource\tMetadata\tPrompts\tQnaId\t{columns}"
    return read("\n".join([header, *("\t".join(row) for row in rows)]), "f.tsv")


def test_columns_of_later_rows_of_one_entry_are_kept_or_reported() -> None:
    parsed = export(
        ("A?", "b", "Editorial", "", "", "1", "", "one", "en"),
        ("C?", "b", "notes.docx", "", "", "1", "LOST", "two", "de"),
        columns="Extra\ttags\tLocale",
    )
    [entry] = parsed.entries
    assert (entry.question, entry.variants, entry.tags, entry.locale) == ("A?", ("C?",), ("one", "two"), "en")
    reasons = [(rejection.reason, rejection.text) for rejection in parsed.rejections]
    assert sorted(reasons) == [
        ("an earlier row of the same entry has another 'Locale'", "de"),
        ("the field 'Extra' is not used (reported once a file)", ""),
        ("the field 'Source' is not used (reported once a file)", ""),
    ]


def test_the_first_address_of_an_entry_stays_and_others_are_reported() -> None:
    sources = ("https://shop.example/a", "", "https://shop.example/a", "https://shop.example/b")
    rows = [(f"A{n}?", "b", source, "", "", "1", "x") for n, source in enumerate(sources)]
    parsed = export(*rows, columns="tags")
    assert [entry.url for entry in parsed.entries] == ["https://shop.example/a"]
    assert reported(parsed) == [(5, "https://shop.example/b")]


@pytest.mark.parametrize("field", ["locale: [en, de]", "url: {a: en}", "tags: {a: en}", "tags: [[en]]"])
def test_fields_in_front_of_the_wrong_kind_are_refused_with_their_line(field: str) -> None:
    parsed = read(f"---\nlayout: x\n{field}\n---\n# A?\nb", "f.md")
    assert pairs(parsed) == [("A?", "b")]
    [refused] = [rejection for rejection in parsed.rejections if rejection.severity == "invalid"]
    assert (refused.line, refused.text[:2]) == (3, "en")


def test_of_two_fields_in_front_the_second_is_reported() -> None:
    parsed = read("---\nlocale: en\nlang: de\ntags:\n---\n# A?\nb", "f.md")
    assert (parsed.entries[0].locale, parsed.entries[0].tags) == ("en", ())
    assert [rejection.line for rejection in parsed.rejections] == [3]


def test_a_comment_that_replaces_an_id_reports_the_one_before() -> None:
    parsed = read("# A? {#one}\nb\n\n<!-- id: two -->\n", "f.md")
    assert [entry.id for entry in parsed.entries] == ["two"]
    assert reported(parsed) == [(4, "one")]


def test_each_answer_has_the_definitions_of_links_that_it_uses() -> None:
    page = """[docs]: https://shop.example/docs
# A?
See [the docs][DOCS], ![picture][pic] and [none].

[pic]: <pic.png>
  "A
  picture"
[docs]: https://shop.example/other
## B?
    [docs] in code

`[docs]`
## C?
> [quoted]: /q

[pic][]

[idle]: /idle
"""
    parsed = read(page.replace("## ", "# "), "f.md")
    docs, picture = "[docs]: https://shop.example/docs", '[pic]: <pic.png>\n  "A\n  picture"'
    assert pairs(parsed) == [
        ("A?", f"See [the docs][DOCS], ![picture][pic] and [none].\n\n{docs}\n{picture}"),
        ("B?", "    [docs] in code\n\n`[docs]`"),
        ("C?", f"> [quoted]: /q\n\n[pic][]\n\n{picture}"),
    ]
    assert [plain(entry.answer) for entry in parsed.entries] == [
        "See the docs, picture and [none].",
        "[docs] in code\n[docs]",
        "pic",
    ]
    assert reported(parsed) == [(8, "[docs]: https://shop.example/other"), (18, "[idle]: /idle")]


def test_definitions_that_would_swell_the_answers_are_refused() -> None:
    page = f"[x]: /{'y' * 200_000}\n" + "# A?\n[x]\n" * 60
    with pytest.raises(SourceError, match="10,000,000 characters of link definitions"):
        read(page, "f.md")
