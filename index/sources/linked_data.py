"""schema.org questions in a page's JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urldefrag

from bs4 import BeautifulSoup

from index.sources.drafts import Reading
from index.sources.structured import load

_MISSES: Final = 20  # names not found, after which none is looked for: each costs a look through all the text


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
        nodes = list(_nodes(value))
        lines = _lines(text, [_text(node.get("name")) for node in nodes])
        found += [_question(node, line + below) for node, below in zip(nodes, lines, strict=True)]
    return found


def _lines(text: str, names: Sequence[str]) -> Iterator[int]:
    """How many lines down in the JSON each name stands, as far as its spelling can be foreseen."""
    position = line = misses = 0
    for name in names:
        if misses < _MISSES:
            spellings = {json.dumps(name, ensure_ascii=False), json.dumps(name)}
            match = re.compile("|".join(map(re.escape, spellings))).search(text, position)
            if match:
                line += text.count("\n", position, match.start())
                position = match.start()
            misses += match is None
        yield line


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
