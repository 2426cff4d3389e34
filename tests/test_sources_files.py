"""From a file to text: sizes, encodings, formats."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.collection import load_collection
from index.errors import SourceError
from index.sources import MAX_BYTES, parse_bytes, read_file
from index.text import clean_line
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
        ("\ufeffQ: a\nA: b\n".encode("utf-16-be") + b"\xdc\x00", 3, "byte offset 22 is not UTF-16-BE"),
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


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "more").mkdir(parents=True)
    (folder / "more" / "b.csv").write_text("question,answer\nB?,b\n")
    (folder / "a.txt").write_text("Q: A?\nA: a\n")
    (folder / "README.md").write_text("# C?\nc\n")
    (folder / ".hidden.md").write_text("# D?\nd\n")
    (folder / "collection.yaml").write_text("title: Shop\n")
    (folder / "golden.jsonl").write_text('{"query": "a a", "relevant": ["a"]}\n')
    return folder


def test_parse_shows_of_a_folder_what_a_build_reads(shop: Path) -> None:
    result = CliRunner().invoke(command, [f"{shop}/"])
    assert result.exit_code == 0
    assert result.stdout.count("1 entry, 0 invalid pieces") == 2
    assert f"{shop}/a.txt: text\n  {shop}/a.txt:1  [a] A?" in result.stdout
    assert f"{shop}/more/b.csv: csv\n" in result.stdout
    written = CliRunner().invoke(command, ["--json", str(shop)]).stdout.splitlines()
    assert [json.loads(line)["id"] for line in written] == [
        entry.id for entry in load_collection(shop.parent, "shop").entries
    ]


def test_parse_knows_a_collections_own_files(shop: Path) -> None:
    given = [str(shop / name) for name in ("collection.yaml", "golden.jsonl", "a.txt")]
    result = CliRunner().invoke(command, given)
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        f"{shop}/collection.yaml is no FAQ file: it holds the settings of a collection",
        f"{shop}/golden.jsonl is no FAQ file: it holds the judgements of a collection",
    ]
    assert result.stdout.startswith(f"{shop}/a.txt: text\n")
    (shop / "my-golden.jsonl").write_text('{"q": "E?", "a": "e"}\n')
    assert "[e] E?" in CliRunner().invoke(command, [str(shop / "my-golden.jsonl")]).stdout


def test_parse_refuses_a_folder_without_faq_files(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A?\nb\n")
    result = CliRunner().invoke(command, [str(tmp_path)])
    assert isinstance(result.exception, SourceError)
    assert str(result.exception) == f"{tmp_path}: there is no FAQ file in this folder."


@pytest.mark.parametrize("name", ["a\nb.txt", "a\x1b[31mb.txt", "a\u202eb.txt", os.fsdecode(b"a\xffb.txt")])
@pytest.mark.parametrize("in_folder", [False, True])
def test_a_files_name_does_nothing_to_the_terminal(tmp_path: Path, name: str, *, in_folder: bool) -> None:
    given = str(tmp_path if in_folder else tmp_path / name)
    (tmp_path / name).write_text("Q: A?\nA: b\nQ: C?\n")
    shown = f"{tmp_path}/{clean_line(name)}"
    assert shown.isprintable()
    for options in ([], ["--json"]):
        result = CliRunner().invoke(command, [*options, given])
        assert (result.exit_code, type(result.exception)) == (2, SystemExit)
        assert f"{shown}:3: invalid: the answer is empty" in result.output
        assert all(line.isprintable() for line in result.output.splitlines())
    (tmp_path / name).write_text("nothing")
    unusable = CliRunner().invoke(command, [given]).exception
    assert isinstance(unusable, SourceError)
    assert str(unusable).startswith(f"{shown}: no question was recognised.")
