"""Markdown becomes a tree of allowed elements.

The tree is JsonML: a node is a text, or a list of a tag, perhaps its attributes, and its nodes, such as
`["a", {"href": "https://shop.example"}, "our ", ["em", "shop"]]`. Only what this module makes can be in it,
so that nothing has to be taken out: HTML in Markdown is no markup here, its tags go and its text stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.markdown import without_tags

Node = str | list[Any]
Nodes = list[Node]

LONGEST: Final = 100_000
"""Characters of Markdown that are rendered: longer ones are no answers, and would take time."""
TAGS: Final = frozenset(
    (
        "p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h3", "h4", "h5", "h6",
        "table", "thead", "tbody", "tr", "th", "td", "hr", "mark",
    )
)  # fmt: skip
"""Every tag that a tree may hold."""

_HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5"}
"""The page has the two highest itself; lower ones become h6."""
_IGNORED_IN_URLS: Final = re.compile("[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_SAFE_URL: Final = re.compile(r"(?:https?://|mailto:|tel:)[^\\]+|/(?!/)[^\\]*|#[^\\]*", re.I)


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 (the library's name and signature)
        """Any: what it refuses it leaves as source text. `safe_url` decides, and the text stays."""
        return True


_PARSER: Final = _Parser("commonmark", {"linkify": True}).enable(["table", "linkify"])
_PARSER.linkify = LinkifyIt(options={"fuzzy_link": False})  # "Socks.it" is no address


@lru_cache(maxsize=4096)
def tree_of(markdown: str) -> tuple[Node, ...]:
    """The blocks of a Markdown text. Never raises; the nodes are shared and must not be changed."""
    root: Nodes = []
    _fill(root, _PARSER.parse(markdown[:LONGEST]))
    _join_texts(root)
    return tuple(root)


def safe_url(url: str) -> str | None:
    """The address as a link may have it: of the web, of mail or telephone, or a path or place of this site.

    None for any other, such as `javascript:` in whatever spelling.
    """
    bare = _IGNORED_IN_URLS.sub("", url)  # browsers read over them
    if bare.startswith("//"):
        bare = f"https:{bare}"
    return bare if _SAFE_URL.fullmatch(bare) else None


def text_of(nodes: Sequence[Node]) -> str:
    """The text of nodes alone."""
    return "".join(node if isinstance(node, str) else text_of(children_of(node)) for node in nodes)


def children_of(node: list[Any]) -> list[Any]:
    """The nodes within an element."""
    return node[2:] if len(node) > 1 and isinstance(node[1], dict) else node[1:]


def attributes_of(node: list[Any]) -> dict[str, str]:
    """The attributes of an element."""
    return node[1] if len(node) > 1 and isinstance(node[1], dict) else {}


def _fill(root: Nodes, tokens: Sequence[Token]) -> None:
    """Append what tokens stand for; they come flat, with those that open and close an element."""
    open_: list[Nodes] = [root]
    for token in tokens:
        if token.hidden:  # the paragraphs of a tight list
            continue
        if token.nesting == 1:
            node = _opened(token)
            open_[-1].append(node)
            open_.append(node)
        elif token.nesting == -1:
            open_.pop()
        elif token.type == "inline":
            _fill(open_[-1], token.children or ())
        else:
            open_[-1].extend(_whole(token))


def _opened(token: Token) -> list[Any]:
    tag = token.tag
    if token.type == "heading_open":
        return [_HEADINGS.get(tag, "h6")]
    if tag == "a":
        href = safe_url(str(token.attrGet("href") or ""))
        return ["a", {"href": href}] if href is not None else ["span"]
    if tag == "ol":
        start = token.attrGet("start")
        return ["ol", {"start": str(start)}] if start not in (None, 1) else ["ol"]
    return [tag if tag in TAGS else "span"]


def _whole(token: Token) -> Nodes:
    kind = token.type
    if kind in ("text", "text_special"):
        return [token.content]
    if kind == "softbreak":
        return [" "]
    if kind in ("hardbreak", "hr"):
        return [[token.tag]]
    if kind == "code_inline":
        return [["code", token.content]]
    if kind in ("fence", "code_block"):
        return [["pre", ["code", token.content]]]
    if kind == "image":  # a visitor's browser asks nobody else for anything
        described: Nodes = []
        _fill(described, token.children or ())
        return described
    if kind == "html_inline":
        return [without_tags(token.content)]
    if kind == "html_block":
        text = without_tags(token.content).strip()
        return [["p", text]] if text else []
    return []


def _join_texts(nodes: Nodes) -> None:
    """Make neighbouring texts one, and drop empty ones and elements that are none: in place, and within."""
    joined: Nodes = []
    for node in nodes:
        if isinstance(node, list) and node[0] == "span":
            within = node[1:]
            _join_texts(within)
            parts: Nodes = within
        else:
            if isinstance(node, list):
                first = 2 if attributes_of(node) else 1
                within = node[first:]
                _join_texts(within)
                node[first:] = within
            parts = [node]
        for part in parts:
            if isinstance(part, str) and joined and isinstance(joined[-1], str):
                joined[-1] += part
            elif part != "":
                joined.append(part)
    nodes[:] = joined
