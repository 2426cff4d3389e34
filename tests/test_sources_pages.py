"""Markdown, HTML and workbooks."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.sources import FORMATS, Parsed, parse_bytes, read_file
from index.text import clean_line

FIXTURES = Path(__file__).parent / "fixtures/sources"


def read(text: str, name: str) -> list[tuple[str, str]]:
    return [(e.question, e.answer) for e in parse_bytes(text.encode(), name).entries]


def dropped(parsed: Parsed) -> list[tuple[int, str, str]]:
    return [(r.line, r.reason, r.text) for r in parsed.rejections]


def test_a_markdown_page() -> None:
    parsed = read_file(FIXTURES / "page.md", name="page.md")
    first, second = parsed.entries
    assert (first.id, first.question, first.source) == (
        "delivery-time",
        "How long does it take?",
        "page.md:13",
    )
    assert first.variants == ("When will it come?", "Delivery time?")
    assert first.tags == ("help", "Delivery", "speed")
    assert (first.locale, first.url) == ("en", "https://shop.example/faq#delivery-time")
    assert first.answer == "Three days.\n\n#### By bike\n- one\n  - nested\n\n```sh\n# no heading\n```"
    assert (second.id, second.answer) == (
        "do-you-ship-abroad",
        "Yes, [everywhere](https://shop.example/countries).",
    )
    assert dropped(parsed) == [
        (5, "the field 'layout' in front is not used", ""),
        (7, "the title of the page", "Help centre"),
        (9, "outside any question", "Welcome."),
        (33, "a comment", "an editor's note"),
        (35, "a category without questions", "Empty category"),
    ]


def test_a_markdown_file_of_one_entry() -> None:
    text = "---\nquestion: How?\nid: x\nvariants:\n  - a\nrelated: [b, c]\n---\n# Big\n\ntext\n"
    [entry] = parse_bytes(text.encode(), "f.md").entries
    assert (entry.id, entry.question, entry.answer) == ("x", "How?", "# Big\n\ntext")
    assert (entry.variants, entry.related) == (("a",), ("b", "c"))


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("# Faq\n## A\nx\n## B\ny\n### C\nz", ["A", "B"]),
        ("# A?\nx\n# B?\ny", ["A?", "B?"]),
        ("A?\n===\nx\n\nB?\n===\ny", ["A?", "B?"]),
        ("# Faq\n## Cat\n### A?\nx\n### B?\ny\n## C?\nz", ["A?", "B?", "C?"]),
        ("# Only\nx", ["Only"]),
        ("```\n# no?\n```\n# A?\nx", ["A?"]),
    ],
)
def test_the_level_of_the_questions(text: str, questions: list[str]) -> None:
    assert [question for question, _ in read(text, "f.md")] == questions


def test_variants_and_fields_in_comments() -> None:
    text = "# A?\n<!-- variants: b | c -->\n<!-- related: x, y -->\n<!-- locale: de -->\n\nText.\n"
    [entry] = parse_bytes(text.encode(), "f.md").entries
    assert (entry.variants, entry.related, entry.locale) == (("b", "c"), ("x", "y"), "de")
    assert entry.answer == "Text."


def test_the_address_in_front_is_left_alone_where_it_has_a_fragment() -> None:
    text = "---\nurl: https://shop.example/help#faq\n---\n# A? {#a}\nb\n"
    assert parse_bytes(text.encode(), "f.md").entries[0].url == "https://shop.example/help#faq"


WORDS = st.lists(st.sampled_from(["refund", "wallet", "order"]), min_size=1, max_size=3).map(" ".join)


@given(st.lists(st.tuples(WORDS, WORDS, st.lists(WORDS, max_size=2, unique=True)), min_size=1, max_size=5))
def test_markdown_is_read_back(items: list[tuple[str, str, list[str]]]) -> None:
    blocks = []
    for i, (question, answer, variants) in enumerate(items):
        asked = "Variants:\n\n" + "".join(f"- {v}\n" for v in variants) + "\n" if variants else ""
        blocks.append(f"## {question}? {{#e{i}}}\n\n{asked}{answer}\n")
    parsed = parse_bytes("\n".join(blocks).encode(), "f.md")
    assert not parsed.rejections
    expected = [(f"e{i}", f"{q}?", a, tuple(v)) for i, (q, a, v) in enumerate(items)]
    assert [(e.id, e.question, e.answer, e.variants) for e in parsed.entries] == expected


def test_comments_that_never_close_cost_no_time_and_are_reported() -> None:
    parsed = parse_bytes(("# A?\nb\n\n" + "<!--" * 500_000).encode(), "f.md")
    assert [e.answer for e in parsed.entries] == ["b"]
    assert [(r.line, r.severity, r.reason) for r in parsed.rejections] == [
        (4, "invalid", "a comment that is never closed hides all that follows")
    ]


def test_an_html_page_with_linked_data_and_details() -> None:
    parsed = read_file(FIXTURES / "page.html", name="page.html")
    first, second = parsed.entries
    assert (first.question, first.answer) == ("How do I pay?", "By [card](https://shop.example/cards).")
    assert first.id == "pay"
    assert (first.url, first.locale, first.source) == ("https://shop.example/help#pay", "en", "page.html:6")
    assert (second.id, second.question) == ("return", "How do I return it?")
    assert second.answer == (
        "Print the [label](https://shop.example/label.pdf), or click.\n\n- pack\n- send\n\n1 \\<script> tag"
    )
    assert [reason for _, reason, _ in dropped(parsed)] == [
        "navigation",
        "the same question is already read from line 6",
        "outside any question",
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<dl><dt>A?<dt>B?<dd>x<dd>y<dt>C?<dd>z</dl>", [("A?", "x\n\ny"), ("C?", "z")]),
        ("<h2>A?</h2><p>x<h3>more</h3><p>y<h2>B?</h2>z", [("A?", "x\n\n### more\n\ny"), ("B?", "z")]),
        ("<div><div><h3>A?</h3></div><p>x</div><div><h3>B?</h3><p>y</div>", [("A?", "x"), ("B?", "y")]),
        (
            "<div itemscope itemtype='https://schema.org/Question'><b itemprop='name'>A?</b>"
            "<div itemprop='acceptedAnswer'><p itemprop='text'>x <a href='data:,y'>y</a></div></div>",
            [("A?", "x y")],
        ),
        (
            '<script type="application/ld+json">[{"@type":["Question"],"name":"A &amp; B?",'
            '"acceptedAnswer":[{"text":"x"}]}]</script>',
            [("A & B?", "x")],
        ),
        ("<details><summary>Cat</summary><details><summary>A?</summary>x</details></details>", [("A?", "x")]),
    ],
)
def test_structures_of_html(html: str, expected: list[tuple[str, str]]) -> None:
    assert read(f"<!doctype html>\n{html}", "f") == expected


def test_a_list_within_an_answer_stays_in_it() -> None:
    first, second = read("<dl><dt>A?<dd>x<dl><dt>Note<dd>y</dl><dt>B?<dd>z</dl>", "f.html")
    assert first[0] == "A?"
    assert [word for word in ("x", "Note", "y") if word not in first[1]] == []
    assert second == ("B?", "z")


@pytest.mark.parametrize(
    ("head", "address"),
    [
        ("<base href='https://shop.example/en/'>", "https://shop.example/en/y"),
        (
            "<link rel=canonical href='https://shop.example/faq/'><base href='../en/'>",
            "https://shop.example/en/y",
        ),
        ("<link rel=canonical href='https://shop.example/faq/'>", "https://shop.example/faq/y"),
    ],
)
def test_links_begin_where_the_page_says(head: str, address: str) -> None:
    html = f"{head}<details><summary>A?</summary><a href=y>more</a></details>"
    assert read(html, "f.html") == [("A?", f"[more]({address})")]


@pytest.mark.parametrize("source", ["mailto:x", "data:image/png;base64,AA==", "c.png"])
def test_an_image_that_is_not_on_the_web_leaves_its_description(source: str) -> None:
    html = f"<details><summary>A?</summary><img src='{source}' alt='y'></details>"
    assert read(html, "f.html") == [("A?", "y")]


@pytest.mark.parametrize(
    "html",
    [
        "<p>nothing",
        "<div>" * 100_000,
        "<b>" * 100_000,
        "<" * 1_000_000,
        "&" * 1_000_000,
        "<a " + "x " * 100_000,
    ],
)
def test_html_without_questions_or_hostile_is_refused(html: str) -> None:
    with pytest.raises(SourceError):
        parse_bytes(html.encode(), "f.html")


def test_broken_linked_data_with_questions_is_invalid() -> None:
    html = '<script type="application/ld+json">{"@type": "Question",</script>'
    assert [r.severity for r in parse_bytes(html.encode(), "f.html").rejections] == ["invalid"]


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for i, rows in enumerate(sheets):
        sheet = book.create_sheet(f"S{i}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook() -> None:
    data = workbook([["note"], ["x"]], [["Id", "Question", "Answer"], [7, "A?", "b"], [8, "C?", None]])
    parsed = parse_bytes(data, "f.xlsx")
    assert [(e.id, e.question, e.answer, e.source) for e in parsed.entries] == [("7", "A?", "b", "f.xlsx:2")]
    assert [(r.line, r.severity) for r in parsed.rejections] == [(1, "boilerplate"), (3, "invalid")]
    assert parse_bytes(data, "misnamed.csv").format == "xlsx"


def test_several_sheets_are_told_apart() -> None:
    header: list[object] = ["q", "a"]
    parsed = parse_bytes(workbook([header, ["A?", "b"]], [header, ["A?", "c"]]), "f.xlsx")
    assert [entry.source for entry in parsed.entries] == ["f.xlsx[S0]:2"]
    assert parsed.rejections[0].file == "f.xlsx[S1]"
    assert "f.xlsx[S0]:2" in parsed.rejections[0].reason


def repacked(data: bytes, part: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b" " * (201 * 1024 * 1024), "unpacks to"),
        (b"<not xml", "damaged"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "damaged"),
        (
            f'<worksheet xmlns="{NAMESPACE}"><sheetData>'
            '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'
            "</sheetData></worksheet>".encode(),
            "rows",
        ),
    ],
)
def test_hostile_workbooks_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse_bytes(repacked(workbook([["q", "a"]]), SHEET, content), "f.xlsx")


def test_a_workbook_without_columns_is_refused() -> None:
    with pytest.raises(SourceError, match="columns 'question' and 'answer' are needed, found 'x'"):
        parse_bytes(workbook([["x"]]), "f.xlsx")
    with pytest.raises(SourceError, match=r"no \.xlsx workbook"):
        parse_bytes(b"PK\x03\x04rest", "f", format="xlsx")


def test_a_row_of_too_many_cells_is_refused() -> None:
    header: list[object] = ["q", "a", *range(254)]
    assert len(parse_bytes(workbook([header, ["A?", "b"]]), "f.xlsx").entries) == 1
    with pytest.raises(SourceError, match=r"f\.xlsx:2: the row has 257 cells, more than the 256 allowed"):
        parse_bytes(workbook([header, ["A?", "b", *range(255)]]), "f.xlsx")


def test_a_row_without_a_text_is_skipped() -> None:
    rows: list[list[object]] = [["q", "a", "done"], [None, None, "=A9"], [None, " "], ["A?", "b"]]
    parsed = parse_bytes(workbook(rows), "f.xlsx")
    assert [entry.source for entry in parsed.entries] == ["f.xlsx:4"]
    assert [r for r in parsed.rejections if r.severity == "invalid"] == []


SIGNS = st.text(alphabet="ab?#-*`<>/!&;:|\"'{}[](),.\n \t1\\=~_\u200d\ud800", max_size=80)


@pytest.mark.parametrize("format", FORMATS)
@given(text=SIGNS, data=st.binary(max_size=40))
def test_no_text_raises_anything_else(format: str, text: str, data: bytes) -> None:
    for content in (text.encode("utf-8", "surrogatepass"), text.replace("\ud800", "").encode(), data):
        try:
            parsed = parse_bytes(content, "f", format=format)
        except SourceError:
            continue
        assert all(entry.question == clean_line(entry.question) for entry in parsed.entries)


def test_the_heading_above_details_and_lists_is_their_tag() -> None:
    page = (
        "<h1>Help</h1><details><summary>None?</summary>Yes.</details>"
        "<h2>Returns</h2><div><details><summary>How?</summary><h3>So</h3>Like this.</details>"
        "<details><summary>When?</summary>Now.</details></div>"
        "<h2>Orders</h2><dl><dt>Where?</dt><dd>There.</dd></dl>"
    )
    parsed = parse_bytes(page.encode(), "page.html")
    assert {entry.question: entry.tags for entry in parsed.entries} == {
        "None?": (),
        "How?": ("Returns",),
        "When?": ("Returns",),
        "Where?": ("Orders",),
    }
    assert "Returns" not in {rejection.text for rejection in parsed.rejections}
