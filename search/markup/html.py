"""Trees as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from search.markup.tree import TAGS, Node, attributes_of, children_of

_EMPTY: Final = frozenset(("br", "hr"))
_LINK: Final = Markup(' rel="noopener nofollow"')


def html_of(nodes: Sequence[Node]) -> Markup:
    """Nodes as HTML, every text and attribute escaped."""
    return Markup("").join(_html(node) for node in nodes)


def _html(node: Node) -> Markup:
    if isinstance(node, str):
        return escape(node)
    tag = node[0]
    if tag not in TAGS:  # a tree is made of nothing else; if it is, its text can't do harm
        return html_of(children_of(node))
    attributes = Markup("").join(
        Markup(' {}="{}"').format(name, value) for name, value in attributes_of(node).items()
    )
    start = Markup("<{}{}{}>").format(tag, attributes, _LINK if tag == "a" else "")
    return start if tag in _EMPTY else Markup("{}{}</{}>").format(start, html_of(children_of(node)), tag)
