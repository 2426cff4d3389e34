"""The examples of faq_data/README.md are read as that page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from index.settings_file import CollectionSettings, load_settings
from index.sources import parse_bytes

PAGE = (Path(__file__).parent.parent / "faq_data" / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.M | re.S)
SOURCES = [(language, text) for language, text in EXAMPLES if "on_invalid" not in text]


def test_every_format_has_an_example() -> None:
    assert [language for language, _ in SOURCES] == ["markdown", "csv", "yaml", "json", "html", "text"]


@pytest.mark.parametrize(("language", "text"), SOURCES, ids=[language for language, _ in SOURCES])
def test_all_examples_hold_the_same_entry(language: str, text: str) -> None:
    parsed = parse_bytes(text.encode(), "example", format=language)
    [entry] = parsed.entries
    assert entry.id == ("1" if language == "text" else "returns")
    assert (entry.question, entry.answer) == ("How do I return an order?", "Pack it well and send it back.")
    assert (entry.variants, entry.tags) == (("send it back", "return policy"), ("Returns",))
    assert not [rejection for rejection in parsed.rejections if rejection.severity == "invalid"]


def test_the_settings_of_a_collection_are_as_shown(tmp_path: Path) -> None:
    [text] = [text for _, text in EXAMPLES if "on_invalid" in text]
    file = tmp_path / "collection.yaml"
    file.write_text(text, "utf-8")
    assert load_settings(file, "collection.yaml") == CollectionSettings(
        title="My shop", locale="en", on_invalid="skip", model="all-MiniLM-L6-v2"
    )
