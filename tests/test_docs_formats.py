"""faq_data/README.md tells how FAQ files are written: its examples are read, its lists hold all there is."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from index.collection import load_collection
from index.settings_file import CollectionSettings, load_settings
from index.sources import FORMATS, MAX_BYTES, Parsed, parse_bytes
from index.sources.detect import BY_EXTENSION
from index.sources.drafts import MAX_ANSWER, MAX_QUESTION
from index.sources.records import CONTAINERS, FIELDS, fold

PAGE = (Path(__file__).parents[1] / "faq_data" / "README.md").read_text(encoding="utf-8")
ENDINGS = {language: language for language in ("jsonl", "json", "yaml", "csv", "tsv", "html")}
ENDINGS |= {"markdown": "md", "text": "txt"}
PROMISED: dict[str, Any] = {
    "id": "return-period",
    "question": "How long can I return an item?",
    "answer": "You have 30 days.",
    "variants": ["Until when can I send it back?", "Return deadline?"],
    "tags": ["Returns", "Deadlines"],
    "locale": None,
    "url": None,
    "related": [],
}
OTHERWISE: dict[str, dict[str, Any]] = {
    "tsv": {"id": "7", "tags": ["topic:returns", "context-only"]},
    "html": {"tags": ["Returns"]},
    "text": {"id": "7"},
}
DROPPED = {"the title of the page"}


def section(heading: str) -> str:
    """The text below a heading of the second level; what looks like one within an example is none."""
    outside = re.sub(r"^```.*?^```$", lambda fence: "x" * len(fence[0]), PAGE, flags=re.M | re.S)
    start = outside.index(f"\n## {heading}\n") + 1
    end = outside.find("\n## ", start)
    return PAGE[start : end if end >= 0 else None]


def examples(text: str) -> list[tuple[str, str]]:
    """(language, content) of each fence with a language."""
    return re.findall(r"^```([a-z]+)\n(.*?)^```$", text, re.M | re.S)


def rows(text: str) -> dict[str, list[str]]:
    """A table: first cell → the others."""
    cells = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


def check(parsed: Parsed, language: str) -> None:
    [entry] = parsed.entries
    shown = entry.to_dict()
    del shown["source"]
    assert shown == PROMISED | OTHERWISE.get(language, {})
    assert {rejection.reason for rejection in parsed.rejections} <= DROPPED


@pytest.mark.parametrize(("language", "text"), examples(section("Formats")))
def test_an_example_gives_the_entry_that_the_page_promises(language: str, text: str) -> None:
    parsed = parse_bytes(text.encode(), f"example.{ENDINGS[language]}")
    assert parsed.format == {"tsv": "csv"}.get(language, language)
    check(parsed, language)


def test_a_workbook_with_the_columns_of_csv_gives_the_same_entry() -> None:
    [text] = [text for language, text in examples(section("Formats")) if language == "csv"]
    workbook = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(text)):
        workbook.worksheets[0].append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    check(parse_bytes(stream.getvalue(), "example.xlsx"), "xlsx")


def test_every_format_has_an_example() -> None:
    shown = {language for language, _ in examples(section("Formats"))}
    assert shown == {*FORMATS, "tsv"} - {"xlsx"}
    assert shown == set(ENDINGS)


def test_what_differs_is_said_where_it_does() -> None:
    parts = re.split(r"^```[a-z]*$", section("Formats"), flags=re.M)
    said = {language: parts[2 * i] for i, (language, _) in enumerate(examples(section("Formats")))}
    for language, fields in OTHERWISE.items():
        for value in fields.values():
            for text in [value] if isinstance(value, str) else value:
                assert f"`{text}`" in said[language]


def test_every_ending_is_told() -> None:
    headings = "".join(re.findall(r"^### .*", PAGE, re.M))
    assert set(re.findall(r"`(\.\w+)`", headings)) == set(BY_EXTENSION)


def test_every_field_is_told_with_all_its_names() -> None:
    table = rows(section("An entry"))
    assert set(table) == set(FIELDS)
    for field, (_, names) in table.items():
        assert tuple(fold(name) for name in re.findall(r"`([^`]+)`", names)) == FIELDS[field]


def test_every_container_is_told() -> None:
    told = re.search(r"in an object under (.*?), or be", section("Formats"), re.S)
    assert told
    assert tuple(fold(name) for name in re.findall(r"`([^`]+)`", told[1])) == CONTAINERS


def test_the_limits_are_told() -> None:
    assert f"at most {MAX_QUESTION:,} characters" in PAGE
    assert f"at most {MAX_ANSWER:,} characters" in PAGE
    assert f"at most {MAX_BYTES >> 20} MiB" in PAGE


def test_every_setting_of_a_collection_is_told_with_its_default() -> None:
    table = rows(section("Settings: collection.yaml"))
    defaults = CollectionSettings()
    assert list(table) == list(CollectionSettings.__dataclass_fields__)
    for name, (_, default) in table.items():
        if name == "model":
            assert (defaults.model, default.split()[0]) == (None, "`FAQ_MODEL`")
        else:
            value = getattr(defaults, name)
            assert default.strip("`") == ("none" if value in (None, ()) else str(value))


def test_the_example_of_settings_is_read_as_it_stands(tmp_path: Path) -> None:
    [(language, text)] = examples(section("Settings: collection.yaml"))
    assert language == "yaml"
    file = tmp_path / "collection.yaml"
    file.write_text(text, "utf-8")
    settings = load_settings(file, "my_shop/collection.yaml")
    assert (settings.min_confidence, settings.golden_tolerance) == (0.5, 0.02)
    assert settings.fallback
    assert settings.fallback.url == "https://shop.example/contact"
    assert settings.fallback.text.startswith("I have no answer to that. **Our team** has")


@pytest.mark.parametrize(
    "value", re.findall(r"`(\w+)`", rows(section("Settings: collection.yaml"))["on_invalid"][0])
)
def test_the_layout_and_the_judgements_are_as_told(tmp_path: Path, value: str) -> None:
    shop = tmp_path / "my_shop"
    (shop / "more").mkdir(parents=True)
    [_, *files] = re.findall(r"^    +(\S+) {2,}", PAGE.partition("\n## ")[0], re.M)
    assert files == ["collection.yaml", "golden.jsonl", "variants.jsonl", "shipping.md", "README.md"]
    formats = dict(examples(section("Formats")))
    [(_, golden)] = examples(section("Judgements: golden.jsonl"))
    [(_, variants)] = examples(section("Further wordings: variants.jsonl"))
    (shop / "collection.yaml").write_text(f"title: My shop\nlocale: en\non_invalid: {value}\nmodel: toy\n")
    (shop / "golden.jsonl").write_text(golden)
    (shop / "variants.jsonl").write_text(variants)
    (shop / "shipping.md").write_text(formats["markdown"])
    (shop / "README.md").write_text("# Not read?\nNo.\n")
    (shop / ".notes").write_text("# Hidden?\nYes.\n")
    (shop / "more" / "help.txt").write_text(formats["text"])
    collection = load_collection(tmp_path, "my_shop")
    assert [entry.id for entry in collection.entries] == ["7", "return-period"]
    assert {entry.locale for entry in collection.entries} == {"en"}
    assert collection.settings.on_invalid == value
    assert collection.entries[1].variants[-1] == "how many days to send it back"
    assert [judgement.relevant for judgement in collection.golden] == [("return-period",), ()]


def test_the_tags_of_judgements_are_those_of_the_bundled_collections() -> None:
    told = re.search(r"tries out: (.*?)\. A new", section("Judgements: golden.jsonl"), re.S)
    assert told
    used = {
        tag
        for name in rows(section("The bundled collections"))
        for judgement in load_collection(Path(__file__).parents[1] / "faq_data", name).golden
        for tag in judgement.tags
    }
    assert set(re.findall(r"`(\w+)`", told[1])) == used
