"""schema.org questions in a page's JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from bs4 import BeautifulSoup

from index.sources.drafts import Reading
from index.sources.structured import load


@dataclass(frozen=True, slots=True)
class LinkedQuestion:
    """question and answer are HTML, as schema.org allows. id: what identifies it in the page, or ""."""

    line: int
    id: str
    question: str
    answer: str
    url: str
    locale: str


def find_linked_questions(soup: BeautifulSoup, reading: Reading) -> list[LinkedQuestion]:
    """The Questions of all JSON-LD scripts, wherever they stand in them; broken scripts are reported."""
    found: list[LinkedQuestion] = []
    for script in soup.select('script[type="application/ld+json" i]'):
        line, text = script.sourceline or 1, "".join(str(child) for child in script.children)
        try:
            value = load(text)
        except ValueError as error:
            report = reading.refuse if "Question" in text else reading.drop
            report(line, f"the JSON-LD can't be read: {error}", text)
            continue
        position = 0
        for node in _nodes(value):
            position = max(position, _find(text, _text(node.get("name")), position))
            found.append(_question(node, line + text.count("\n", 0, position)))
    return found


def _find(text: str, name: str, start: int) -> int:
    """Where a name stands in the JSON, or -1."""
    spellings = (json.dumps(name, ensure_ascii=False), json.dumps(name))
    return next((at for spelling in spellings if (at := text.find(spelling, start)) >= 0), -1)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every Question in the order of the document; its depth is bounded by the JSON reader."""
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict):
        if "Question" in [str(kind).rpartition("/")[2] for kind in _list(value.get("@type"))]:
            yield value
            return
        for held in value.values():
            yield from _nodes(held)


def _question(node: dict[str, Any], line: int) -> LinkedQuestion:
    answers = _list(node.get("acceptedAnswer")) or _list(node.get("suggestedAnswer"))
    answer = next((a.get("text") if isinstance(a, dict) else a for a in answers), "")
    return LinkedQuestion(
        line=line,
        id=_text(node.get("identifier")) or urldefrag(_text(node.get("@id"))).fragment,
        question=_text(node.get("name")) or _text(node.get("text")),
        answer=_text(answer),
        url=_text(node.get("url")) or _text(node.get("@id")),
        locale=_text(node.get("inLanguage")),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
