"""From a file to text: sizes, encodings, formats."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.errors import SourceError
from index.sources import MAX_BYTES, parse_bytes, read_file
from scripts.parse_file import command

FIXTURES = Path(__file__).parent / "fixtures/sources"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_marks(encoding: str) -> None:
    assert parse_bytes("Q: Où?\nA: Là.".encode(encoding), "f").entries[0].question == "Où?"


@pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-1", "utf-8", "shift_jis"])
def test_html_says_its_encoding(charset: str) -> None:
    text = f'<!doctype html><meta charset="{charset}"><details><summary>1 × 2?</summary>x</details>'
    assert parse_bytes(text.encode(charset), "f").entries[0].question == "1 × 2?"


@pytest.mark.parametrize("charset", ["iso-8859-1", "Latin1", "us-ascii"])
def test_pages_that_claim_latin_1_are_read_as_browsers_do(charset: str) -> None:
    page = f"<!doctype html><meta charset={charset}><dl><dt>A?<dd>".encode() + b"\x93b\x94</dl>"
    assert parse_bytes(page, "f").entries[0].answer == "“b”"


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"Q: a\nA: caf\xe9\n", 2, "byte offset 11 is not UTF-8.*iconv"),
        ("\ufeffQ: Ċ\nA: b\n".encode("utf-16-le") + b"\x00\xdc", 3, "byte offset 22 is not UTF-16-LE"),
        ("\ufeffQ: Ċ\nA: b\n".encode("utf-16-be") + b"\xdc\x00", 3, "byte offset 22 is not UTF-16-BE"),
        (b"Q: a\nA: b\0c", 2, "NUL"),
        ("Q: a".encode("utf-16-le"), 1, "NUL"),
        (b"%PDF-1.7", None, "a PDF"),
        (b"\xd0\xcf\x11\xe0rest", None, "old Office file"),
        (b"PK\x03\x04rest", None, "ZIP"),
        (b"<html><meta charset=klingon>", 1, "'klingon', which is unknown"),
        (b"<?xml version='1.0' encoding='rot13'?>", 1, "unknown"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, line: int | None, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        parse_bytes(data, "f")
    assert caught.value.line == line


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as stream:
        stream.truncate(300 * 1024 * 1024)
    with pytest.raises(SourceError, match=f"314,572,800 bytes, more than the {MAX_BYTES:,}"):
        read_file(huge)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a folder"):
        read_file(tmp_path)
    with pytest.raises(SourceError, match="no such file"):
        read_file(tmp_path / "x")
    with pytest.raises(SourceError, match="can't be read"):
        read_file(tmp_path / "a\0b")
    with pytest.raises(SourceError, match="is no format"):
        parse_bytes(b"", "f", format="docx")


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("<!DOCTYPE html><dl><dt>A?<dd>b</dl>", "html"),
        ("<details><summary>A?</summary>b</details>", "html"),
        ('[{"q": "A?", "a": "b"}]', "json"),
        ('{"A?": "b"}', "json"),
        ('{\n"q": "A?",\n"a": "b"}', "json"),
        ('{"q": "A?", "a": "b"}\n{"q": "C?", "a": "d"}\n', "jsonl"),
        ("- question: A?\n  answer: b\n", "yaml"),
        ("# entries\nfaqs:\n  - q: A?\n    a: b\n", "yaml"),
        ("---\nlocale: en\n---\n# A?\nb", "markdown"),
        ("# Help\n## A?\nb", "markdown"),
        ("Question,Answer\nA?,b", "csv"),
        ("id;q;a\n1;A?;b", "csv"),
        ("Q: A?\nA: b", "text"),
        ("1. A?\nb", "text"),
        ("[1] Welcome\n1. A?\nb", "text"),
    ],
)
@pytest.mark.parametrize("name", ["f", "f.txt", "f.dat"])
def test_the_format_is_recognised_from_content(text: str, format: str, name: str) -> None:
    parsed = parse_bytes(text.encode(), name)
    assert parsed.format == format
    assert parsed.entries[0].question == "A?"


def test_parse_shows_entries_and_what_was_dropped() -> None:
    result = CliRunner().invoke(command, [str(FIXTURES / "scraped.txt")])
    assert result.exit_code == 0
    assert "scraped.txt: text" in result.output
    assert "[12] How do I open a claim?" in result.output
    assert "scraped.txt:2: boilerplate: before the first question" in result.output
    assert "5 entries, 0 invalid pieces, 5 of boilerplate" in result.output


def test_parse_writes_json_lines_and_reports_aside() -> None:
    result = CliRunner().invoke(command, ["--json", "-"], input="Q: A?\nA: b\nQ: A?\nA: c\n")
    assert result.exit_code == 2
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a"]
    assert "(standard input):3: invalid: the id 'a' is already used" in result.stderr


def test_parse_lets_nothing_through_to_the_terminal() -> None:
    text = json.dumps({"q": "A\x1b[31m?", "a": "b\x1b]0;x\x07", "\x1b[2J": "x", "id": "\u202e"})
    result = CliRunner().invoke(command, ["--format", "jsonl", "-"], input=text)
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
