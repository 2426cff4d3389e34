"""Hostile markup is refused before it is parsed: an HTML parser takes minutes for a few megabytes of it."""

from __future__ import annotations

import re
from typing import Final

from bs4 import BeautifulSoup, Tag

from index.errors import SourceError

MAX_LENGTH: Final = 4_000_000  # characters
MAX_SIGNS: Final = 100_000  # of "<" and "&"
MAX_TAG: Final = 20_000  # characters of a tag, without those of quoted values
MAX_DEPTH: Final = 150  # elements within elements; real pages have 30
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_RAW: Final = ("script", "style", "textarea", "title")
# Elements without an end tag, or whose end tag may be left out.
_NO_END: Final = frozenset(
    (
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr", "p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot",
        "colgroup", "html", "head", "body", "path",
    )
)  # fmt: skip
_ADVICE: Final = "Export the page anew, or keep only the part that holds the questions."


def check_markup(text: str, file: str) -> None:
    """Raises SourceError for a page that is too long, has too many tags, or nests them too deeply. Linear."""
    signs = text.count("<") + text.count("&")
    if len(text) > MAX_LENGTH or signs > MAX_SIGNS:
        limits = f"{MAX_LENGTH:,} and {MAX_SIGNS:,}"
        reason = f"the page has {len(text):,} characters and {signs:,} tags, more than {limits}."
        raise SourceError(file, reason, advice=_ADVICE)
    depth, position, end = 0, 0, -1
    while match := _TAG.search(text, position):
        name = match[2].lower()
        if end < match.end():  # else the sign that ends the tag before ends this one too: looked for once
            end = text.find(">", match.end())
            end = len(text) if end < 0 else end
            if end - match.end() > MAX_TAG and text.count(" ", match.end(), end) > MAX_TAG // 20:
                reason = "a tag is never closed."
                raise SourceError(file, reason, line=_line(text, match.start()), advice=_ADVICE)
        position = match.end()
        if name in _NO_END or text[end - 1 : end] == "/":
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > 2 * MAX_DEPTH:
            raise SourceError(
                file,
                f"tags are nested deeper than {2 * MAX_DEPTH} levels.",
                line=_line(text, position),
                advice=_ADVICE,
            )
        if name in _RAW and not match[1]:
            close = text.find(f"</{match[2]}", position)
            position = close if close >= 0 else len(text)


def check_tree(soup: BeautifulSoup, file: str) -> None:
    """Raises SourceError where elements of the parsed page nest too deeply for the steps after it."""
    stack: list[tuple[Tag, int]] = [(soup, 0)]
    while stack:
        element, depth = stack.pop()
        if depth > MAX_DEPTH:
            reason = f"elements are nested deeper than {MAX_DEPTH} levels."
            raise SourceError(file, reason, line=element.sourceline, advice=_ADVICE)
        stack += [(child, depth + 1) for child in element.children if isinstance(child, Tag)]


def fragment(text: str, file: str) -> BeautifulSoup:
    """A piece of HTML, such as an answer in linked data, parsed under the same limits."""
    if "<" not in text and "&" not in text:  # mere text, as most questions are: no need for the slow parser
        return BeautifulSoup(text, "html.parser")
    check_markup(text, file)
    soup = BeautifulSoup(text, "html5lib")
    check_tree(soup, file)
    return soup


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
