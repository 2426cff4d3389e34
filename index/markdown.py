"""From Markdown to the plain text that a reader sees: what passages are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.text import clean

_PARSER: Final = MarkdownIt("commonmark").enable("table")
_TAG: Final = re.compile(r"<!--.*?(?:-->|\Z)|</?[A-Za-z][^<>]*>", re.S)
_BREAKS: Final = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"))
_TAG_NAME: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)")


def plain(markdown: str) -> str:
    """The text of Markdown without its signs: blocks separated by blank lines, items of lists and rows of
    tables by line ends. Links keep their text and lose their address, unless the address is the text; images
    keep their description; code is kept; HTML tags and comments go, the text between them stays."""
    parts: list[str] = []
    for token in _PARSER.parse(markdown):
        if token.type == "inline":
            parts.append(_inline(token.children or ()))
        elif token.type in ("fence", "code_block"):
            parts.append(token.content)
        elif token.type == "html_block":
            parts.append(without_tags(token.content))
        elif token.type == "tr_close" or (token.type == "paragraph_close" and token.hidden):
            parts.append("\n")
        elif token.type in ("td_close", "th_close"):
            parts.append(" ")
        elif token.nesting == -1 and token.type != "list_item_close":
            parts.append("\n\n")
    return clean("".join(parts))


def without_tags(text: str) -> str:
    """The text without HTML tags and comments; tags that end a line in a browser end it here."""

    def replacement(match: re.Match[str]) -> str:
        name = _TAG_NAME.match(match[0])
        return "\n" if name and name[1].lower() in _BREAKS else ""

    return _TAG.sub(replacement, text)


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n" if token.type == "hardbreak" else " ")
        elif token.type == "image":
            parts.append(_inline(token.children or ()))
        elif token.type == "html_inline":
            parts.append(without_tags(token.content))
    return "".join(parts)
