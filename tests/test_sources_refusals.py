"""What a file holds and can't be used is told, each with its place, in words of our own."""

from __future__ import annotations

import codecs
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from index.errors import SourceError
from index.sources import Parsed, parse_bytes

FORMULA = "holds a formula without a stored value; open the workbook in a spreadsheet program and save it"


def workbook(*rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_cells(cells: str) -> bytes:
    """A workbook with the columns q and a, and a second row of these cells as XML."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["q", "a"]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", f'<row r="2">{cells}</row></sheetData>'.encode())
            new.writestr(name, content)
    return out.getvalue()


def questions(parsed: Parsed) -> list[str]:
    return [entry.question for entry in parsed.entries]


def refused(parsed: Parsed) -> list[tuple[int, str, str]]:
    return [(r.line, r.reason, r.text) for r in parsed.rejections if r.severity == "invalid"]


def test_formulas_that_nobody_calculated_make_their_rows_invalid() -> None:
    rows: list[list[object]] = [
        ["q", "a"],
        ["=A9", '=CONCATENATE("b", "c")'],
        ["A?", "=B9"],
        ["=A9", "b"],
        ["C?", "d"],
    ]
    parsed = parse_bytes(workbook(*rows), "f.xlsx")
    assert questions(parsed) == ["C?"]
    assert refused(parsed) == [(2, FORMULA, ""), (3, FORMULA, "A?"), (4, FORMULA, "b")]


def test_formulas_count_only_in_columns_that_are_read() -> None:
    rows: list[list[object]] = [
        ["q", "a", "tags", "done", None],
        ["A?", "b", None, "=C2", "=C2"],
        ["C?", "d", "=C2", "x"],
    ]
    parsed = parse_bytes(workbook(*rows), "f.xlsx")
    assert questions(parsed) == ["A?"]
    assert [line for line, _, _ in refused(parsed)] == [3]


def test_a_formula_among_the_names_of_columns_is_told() -> None:
    parsed = parse_bytes(workbook(["q", "=A9", "a"], ["A?", "b", "c"]), "f.xlsx")
    assert questions(parsed) == ["A?"]
    assert refused(parsed) == [(1, f"the row of column names {FORMULA}", "q a")]
    with pytest.raises(SourceError, match=f"f.xlsx:1: {FORMULA}"):
        parse_bytes(workbook(["=A9", "=B9"], ["A?", "b"]), "f.xlsx")


@pytest.mark.parametrize(
    ("cells", "found", "reasons"),
    [
        ('<c r="A2" t="str"><f>X9</f><v>A?</v></c><c r="B2"><f>1</f><v>1</v></c>', ["A?"], []),
        ('<c r="A2" t="str"><f>X9</f></c><c r="B2"><v>1</v></c>', [], [FORMULA]),
        ('<c t="str"><v>A?</v></c><c><f t="shared" si="0"/></c>', [], [FORMULA]),
        ('<c r="A2" t="str"><v>A?</v></c><c r="B2"/><c r="C2"><f>1</f></c>', [], ["the answer is empty"]),
    ],
)
def test_an_empty_text_is_a_value(cells: str, found: list[str], reasons: list[str]) -> None:
    parsed = parse_bytes(with_cells(cells), "f.xlsx")
    assert questions(parsed) == found
    assert [reason for _, reason, _ in refused(parsed)] == reasons


def test_a_table_of_column_names_alone_is_refused() -> None:
    prepared = '<c r="A2" t="str"><f>X9</f><v></v></c><c r="B2" t="str"><f>X9</f><v/></c>'
    for name, data in (
        ("f.csv", b"question,answer\n"),
        ("f.tsv", b"q\ta\n\n \n"),
        ("f.xlsx", workbook(["q", "a"])),
        ("f.xlsx", with_cells(prepared)),
    ):
        with pytest.raises(SourceError, match=f"{name}:1: there are no rows below the column names"):
            parse_bytes(data, name)


def test_formulas_are_found_beyond_the_first_piece_that_is_read() -> None:
    rows: list[list[object]] = [[f"Is it {n}?", "a" * 30_000] for n in range(40)]
    parsed = parse_bytes(workbook(["q", "a"], *rows, ["=A9", "=A9"]), "f.xlsx")
    assert len(parsed.entries) == 40
    assert refused(parsed) == [(42, FORMULA, "")]


@pytest.mark.parametrize("data", [b"", b"hello\n", b"\xff\x80\x81", b"a\0b"])
@pytest.mark.parametrize("name", ["a.xlsx", "a.XLSM"])
def test_what_is_only_named_a_workbook_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(SourceError, match=r"this is no \.xlsx workbook\. Open it in a spreadsheet program"):
        parse_bytes(data, name)


def test_what_is_named_a_workbook_and_clearly_another_format_is_read() -> None:
    assert parse_bytes(b"question,answer\nA?,b\n", "a.xlsx").format == "csv"
    assert parse_bytes(b"<!doctype html><dl><dt>A?<dd>b</dl>", "a.xlsx").format == "html"
    with pytest.raises(SourceError, match="an old Office file or a protected workbook"):
        parse_bytes(b"\xd0\xcf\x11\xe0rest", "a.xlsx")
    with pytest.raises(SourceError, match="or a damaged one"):
        parse_bytes(workbook(["q", "a"])[:2_000], "a.xlsx")


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/workbook.xml", b"<not xml"),
        ("xl/workbook.xml", None),
        ("xl/worksheets/sheet1.xml", b"<not xml"),
        ("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
    ],
)
def test_a_damaged_workbook_is_told_in_one_line(part: str, content: bytes | None) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["q", "a"]))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
            elif content is not None:
                new.writestr(name, content)
    with pytest.raises(SourceError) as caught:
        parse_bytes(out.getvalue(), "f.xlsx")
    assert str(caught.value) == (
        "f.xlsx: the workbook is damaged, or holds what no workbook may. "
        "Open it in a spreadsheet program and save it again."
    )


@pytest.mark.parametrize("charset", ["undefined", "punycode", "idna", "unicode_escape", "UTF-7", "zip"])
def test_codecs_that_are_no_encoding_of_a_page_are_unknown(charset: str) -> None:
    page = f'<!doctype html>\n<meta charset="{charset}"><dl><dt>A?<dd>b</dl>'
    with pytest.raises(SourceError, match=rf"f:2: the file says .* '{charset}', which is unknown"):
        parse_bytes(page.encode(), "f")


def test_a_codec_that_fails_in_its_own_way_is_unknown() -> None:
    def fail(data: object, errors: str = "strict") -> tuple[str, int]:
        raise UnicodeError(f"{errors}: no way to read {data!r}")

    def find(name: str) -> codecs.CodecInfo | None:
        return codecs.CodecInfo(codecs.utf_8_encode, fail, name=name) if name == "odd_codec" else None

    codecs.register(find)
    try:
        with pytest.raises(SourceError, match=r"f:1: the file says .* 'odd-codec', which is unknown"):
            parse_bytes(b'<meta charset="odd-codec">', "f")
    finally:
        codecs.unregister(find)


@pytest.mark.parametrize("text", ["", "\n \n\t\n", "\ufeff"])
def test_json_lines_without_any_are_refused(text: str) -> None:
    with pytest.raises(SourceError, match=r"f\.jsonl: the file is empty\."):
        parse_bytes(text.encode(), "f.jsonl")


def test_faults_of_json_are_told_in_our_words() -> None:
    number = "1" * 5_000
    with pytest.raises(SourceError) as caught:
        parse_bytes(f'[{{"q": "A?",\n"id": {number}}}]'.encode(), "f.json")
    assert str(caught.value) == "f.json:2: this is not JSON: a number has too many digits."
    lines = f'{{"q": "A?", "a": "b"}}\n{{"q": "B?" "a": "b"}}\n{{"id": {number}}}\n'
    found = [(line, reason) for line, reason, _ in refused(parse_bytes(lines.encode(), "f.jsonl"))]
    assert found == [
        (2, "this is not JSON: Expecting ',' delimiter at column 12"),
        (3, "this is not JSON: a number has too many digits"),
    ]


def linked(*scripts: str) -> Parsed:
    """A page of JSON-LD, of which the first script begins on line 2."""
    page = "".join(f'<script type="application/ld+json">{script}</script>\n' for script in scripts)
    return parse_bytes(f"<!doctype html>\n{page}".encode(), "f.html")


def test_what_stands_for_a_question_in_a_faq_page_is_one_or_is_refused() -> None:
    parsed = linked(
        """{"@type": "FAQPage", "mainEntity": [
        "Where is it?",
        {"@type": "Question", "name": "A?", "acceptedAnswer": {"text": "b"}},
        {"name": "No type?", "acceptedAnswer": {"text": "x"}},
        {"@type": "Qestion", "name": "Misspelt?", "acceptedAnswer": "y"},
        {"@type": "Thing", "name": "No answer?"},
        "Where is it?", 7,
        {"@type": "ItemList", "itemListElement": [
            {"item": {"@type": "Question", "name": "In a list?", "acceptedAnswer": {"text": "z"}}}]}
        ]}"""
    )
    assert [(e.question, e.answer, e.source) for e in parsed.entries] == [
        ("A?", "b", "f.html:4"),
        ("No type?", "x", "f.html:5"),
        ("Misspelt?", "y", "f.html:6"),
        ("In a list?", "z", "f.html:10"),
    ]
    reason = "no question with name and acceptedAnswer, in a FAQPage's mainEntity"
    assert refused(parsed) == [
        (3, reason, "Where is it?"),
        (7, reason, '{"@type": "Thing", "name": "No answer?"}'),
        (8, reason, "Where is it?"),
        (8, reason, "7"),
    ]


@pytest.mark.parametrize("type_", ["WebPage", "Organization"])
def test_only_a_faq_page_holds_nothing_but_questions(type_: str) -> None:
    node = '{"name": "Shop", "acceptedAnswer": "x"}'
    with pytest.raises(SourceError, match="no questions were recognised"):
        linked(f'{{"@type": "{type_}", "mainEntity": [{node}, "x"]}}')


def test_references_to_questions_of_the_page_are_none_of_their_own() -> None:
    page = '{"@graph": [{"@type": ["WebPage", "FAQPage"], "mainEntity": [{"@id": "/f#q1"}, {"@id": "#q2"}]}]}'
    question = '{"@type": "Question", "@id": "#q1", "name": "A?", "acceptedAnswer": {"text": "b"}}'
    parsed = linked(page, question)
    assert questions(parsed) == ["A?"]
    assert [text for _, _, text in refused(parsed)] == ['{"@id": "#q2"}']


def test_further_answers_are_told() -> None:
    answers = '[{"text": ""}, {"text": "b"}, {"text": "c"}, {"text": "b"}, "d"]'
    parsed = linked(
        f'{{"@type": "Question", "name": "A?", "acceptedAnswer": {answers}, "suggestedAnswer": ["b", "e"]}}'
    )
    assert [entry.answer for entry in parsed.entries] == ["b"]
    assert [(r.line, r.severity, r.text) for r in parsed.rejections] == [
        (2, "invalid", "c"),
        (2, "invalid", "d"),
        (2, "boilerplate", "e"),
    ]


def test_broken_linked_data_is_told_with_its_own_line() -> None:
    parsed = linked('{"@type": "FAQPage",\n"mainEntity" []}')
    assert [(line, reason) for line, reason, _ in refused(parsed)] == [
        (3, "the JSON-LD can't be read: Expecting ':' delimiter at column 14")
    ]


ROOT = Path(__file__).parents[1]
MAIN = "from scripts.cli import main; main()"
UNFLUSHED = """
import sys, click
from scripts.cli import run
run(click.Command("x", callback=lambda: sys.stdout.write("y")))
"""


def run(code: str, *arguments: str, out: str, err: str = "", unbuffered: bool = False) -> tuple[int, str]:
    """The exit code and stderr, "" where it goes to the file `err`, of a program whose stdout is `out`."""
    with Path(out).open("wb") as stdout, Path(err or os.devnull).open("wb") as stderr:
        ran = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            stdout=stdout,
            stderr=stderr if err else subprocess.PIPE,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1" if unbuffered else ""},
        )
    return ran.returncode, ran.stderr or ""


FULL = "Error: The output can't be written: No space left on device.\n"


@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_full_disk_under_the_output_is_no_fault_of_the_program(tmp_path: Path, unbuffered: bool) -> None:
    (tmp_path / "f.txt").write_text("Q: A?\nA: b\n")
    arguments = ("parse", str(tmp_path / "f.txt"))
    assert run(MAIN, *arguments, out="/dev/full", unbuffered=unbuffered) == (1, FULL)


def test_a_disk_found_full_only_at_the_last_flush_is_told() -> None:
    assert run(UNFLUSHED, out="/dev/full") == (1, FULL)


def test_the_exit_code_tells_where_stderr_is_full_too() -> None:
    assert run(MAIN, "--help", out="/dev/full", err="/dev/full") == (1, "")
    assert run(MAIN, "parse", "/nosuch/file", out=os.devnull, err="/dev/full") == (2, "")


def test_a_reader_that_went_away_ends_the_program_quietly() -> None:
    code = f"import os; r, w = os.pipe(); os.dup2(w, 1); os.close(w); os.close(r)\n{UNFLUSHED}"
    assert run(code, out=os.devnull) == (1, "")
