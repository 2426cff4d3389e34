"""The query's words in what is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from search.highlight import highlights
from search.markup.tree import Node, Nodes, attributes_of, children_of

SNIPPET: Final = 160
"""Characters of a snippet."""
_LEAD, _FAR = 30, 60
"""Characters before the first marked word that a snippet keeps, where there are more than _FAR of them."""
_UNMARKED: Final = frozenset(("code", "pre"))
_LINES: Final = frozenset(("p", "br", "li", "h3", "h4", "h5", "h6", "td", "th", "pre", "hr"))
"""Elements that are words apart once all is on one line."""


def marked_text(text: str, stems: Collection[str]) -> Nodes:
    """A text as nodes, with the words of those stems in `mark` elements."""
    return marked_at(text, highlights(text, stems))


def marked_at(text: str, spans: Iterable[tuple[int, int]]) -> Nodes:
    """A text as nodes, with [start, end) pairs in `mark` elements; they are in order and don't overlap."""
    nodes: Nodes = []
    done = 0
    for start, end in spans:
        if done < start:
            nodes.append(text[done:start])
        nodes.append(["mark", text[start:end]])
        done = end
    if done < len(text):
        nodes.append(text[done:])
    return nodes


def marked(nodes: Sequence[Node], stems: Collection[str]) -> Nodes:
    """The nodes with the words of those stems marked, but for code; they themselves stay as they are."""
    if not stems:
        return list(nodes)
    result: Nodes = []
    for node in nodes:
        if isinstance(node, str):
            result += marked_text(node, stems)
        elif node[0] in _UNMARKED:
            result.append(node)
        else:
            attributes = attributes_of(node)
            start: list[Any] = [node[0], attributes] if attributes else [node[0]]
            result.append(start + marked(children_of(node), stems))
    return result


def snippet(nodes: Sequence[Node]) -> Nodes:
    """About SNIPPET characters on one line: the beginning, or what stands around the first marked word."""
    runs: list[tuple[str, bool]] = []
    _flatten(nodes, runs, marked=False)
    first = next((number for number, (_, mark) in enumerate(runs) if mark), 0)
    before = sum(len(text) for text, _ in runs[:first])
    skip = _word_at("".join(text for text, _ in runs), before - _LEAD) if before > _FAR else 0
    shown: Nodes = ["…"] if skip else []
    room = SNIPPET
    for text, mark in runs:
        part = text[skip : skip + room]
        if len(part) == room and len(text) > skip + room:  # not within a word, where it has an end
            part = part[: part.rfind(" ") + 1 or None]
            room = len(part)
        skip = max(skip - len(text), 0)
        room -= len(part)
        if part and mark:
            shown.append(["mark", part])
        elif part and shown and isinstance(shown[-1], str):
            shown[-1] += part
        elif part:
            shown.append(part)
    if room <= 0 and sum(len(text) for text, _ in runs) > SNIPPET:
        shown.append("…")
    return shown


def _word_at(text: str, position: int) -> int:
    """Where the word after a position begins, if it is near."""
    space = text.find(" ", position, position + _LEAD)
    return space + 1 if space >= 0 else position


def _flatten(nodes: Sequence[Node], runs: list[tuple[str, bool]], *, marked: bool) -> None:
    for node in nodes:
        if isinstance(node, str):
            runs.append((" ".join(node.split("\n")), marked))
            continue
        apart = node[0] in _LINES
        _space(runs, needed=apart)
        _flatten(children_of(node), runs, marked=marked or node[0] == "mark")
        _space(runs, needed=apart)


def _space(runs: list[tuple[str, bool]], *, needed: bool) -> None:
    if needed and runs and not runs[-1][0].endswith(" "):
        runs.append((" ", False))
