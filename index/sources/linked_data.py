"""schema.org questions in a page's JSON-LD.

Questions count wherever they stand. What a FAQPage holds as its mainEntity is meant as a question: there, an
object with name and acceptedAnswer is one whatever its type, and all else is refused, except references to
questions of the page. The first answer with a text counts; further accepted ones are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urldefrag

from bs4 import BeautifulSoup

from index.sources.drafts import Reading
from index.sources.structured import NotJson, load

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


@dataclass(frozen=True, slots=True)
class _Piece:
    """A question, or else what stands in its place."""

    value: Any
    is_question: bool


def find_linked_questions(soup: BeautifulSoup, reading: Reading) -> list[LinkedQuestion]:
    """The questions of all JSON-LD scripts; broken scripts and what is no question are reported."""
    pieces: list[tuple[_Piece, int]] = []
    for script in soup.select('script[type="application/ld+json" i]'):
        line, text = script.sourceline or 1, "".join(str(child) for child in script.children)
        try:
            value = load(text)
        except NotJson as error:
            report = reading.refuse if "Question" in text or "FAQPage" in text else reading.drop
            report(line + error.line - 1, f"the JSON-LD can't be read: {error}", text)
            continue
        held = list(_pieces(value))
        lines = _lines(text, [_label(piece.value) for piece in held])
        pieces += [(piece, line + below) for piece, below in zip(held, lines, strict=True)]
    known = {_anchor(piece.value) for piece, _ in pieces if piece.is_question} - {""}
    found: list[LinkedQuestion] = []
    for piece, line in pieces:
        if piece.is_question:
            found.append(_question(piece.value, line, reading))
        elif not (isinstance(piece.value, dict) and _anchor(piece.value) in known):
            _refuse(piece.value, line, reading)
    return found


def _refuse(value: Any, line: int, reading: Reading) -> None:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    reading.refuse(line, "no question with name and acceptedAnswer, in a FAQPage's mainEntity", text)


def _label(value: Any) -> str:
    """A text that the JSON of a piece holds, by which its line is found."""
    if not isinstance(value, dict):
        return _text(value)
    return _text(value.get("name")) or next((held for held in map(_text, value.values()) if held), "")


def _anchor(node: dict[str, Any]) -> str:
    """What tells a node from the others of its page."""
    id_ = _text(node.get("@id"))
    return urldefrag(id_).fragment or id_


def _lines(text: str, names: Sequence[str]) -> Iterator[int]:
    """How many lines down in the JSON each name stands, as far as its spelling can be foreseen."""
    position = line = misses = 0
    for name in names:
        if name and misses < _MISSES:
            spellings = {json.dumps(name, ensure_ascii=False), json.dumps(name)}
            match = re.compile("|".join(map(re.escape, spellings))).search(text, position)
            if match:
                line += text.count("\n", position, match.start())
                position = match.end()
            misses += match is None
        yield line


def _pieces(value: Any) -> Iterator[_Piece]:
    """Every question, and what stands for none, in the document's order; the JSON reader bounds its depth."""
    if isinstance(value, list):
        for item in value:
            yield from _pieces(item)
    elif isinstance(value, dict):
        types = {str(kind).rpartition("/")[2] for kind in _list(value.get("@type"))}
        if "Question" in types:
            yield _Piece(value, True)
            return
        for key, held in value.items():
            if key == "mainEntity" and "FAQPage" in types:
                for item in _list(held):
                    yield from _main_entity(item)
            else:
                yield from _pieces(held)


def _main_entity(item: Any) -> Iterator[_Piece]:
    if isinstance(item, dict) and _text(item.get("name")) and item.get("acceptedAnswer"):
        yield _Piece(item, True)
        return
    held = list(_pieces(item))  # such as an ItemList of questions
    yield from held or [_Piece(item, False)]


def _question(node: dict[str, Any], line: int, reading: Reading) -> LinkedQuestion:
    accepted = [_answer(answer) for answer in _list(node.get("acceptedAnswer"))]
    suggested = [_answer(answer) for answer in _list(node.get("suggestedAnswer"))]
    answer = next(filter(None, accepted + suggested), "")
    told = {"", answer}
    for other in accepted:
        if other not in told:
            reading.refuse(line, "a further acceptedAnswer: only the first is read", other)
            told.add(other)
    for other in suggested:
        if other not in told:
            reading.drop(line, "a suggestedAnswer beside the answer that is read", other)
            told.add(other)
    return LinkedQuestion(
        line=line,
        id=_text(node.get("identifier")) or urldefrag(_text(node.get("@id"))).fragment,
        question=_text(node.get("name")) or _text(node.get("text")),
        answer=answer,
        url=_text(node.get("url")) or _text(node.get("@id")),
        locale=_text(node.get("inLanguage")),
    )


def _answer(value: Any) -> str:
    return _text(value.get("text") if isinstance(value, dict) else value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
