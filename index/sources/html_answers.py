"""From elements of a page to the Markdown of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urljoin

from bs4.element import NavigableString, PageElement, Tag
from markdownify import markdownify

from index.sources.drafts import is_link
from index.text import clean_line

_BLOCKS: Final = ("details", "summary", "form", "fieldset", "legend", "address")
"""Elements that begin and end a line in browsers, and that the converter takes for parts of one."""
_LOOKS_LIKE_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")


def to_markdown(content: PageElement | Iterable[PageElement] | None, base: str) -> str:
    """The Markdown of elements; links absolute by `base`, those that could run reduced to their text."""
    nodes = [content] if isinstance(content, PageElement) else list(content or ())
    holder = Tag(name="div")
    for node in nodes:
        holder.append(_copy(node))
    for element in holder.find_all("dd", recursive=False):
        element.name = "div"
    for element in holder.find_all(_BLOCKS):
        element.name = "div"
    for button in holder.find_all("button"):
        button.insert_before(" ")  # browsers show a gap
        button.unwrap()
    for link in holder.find_all("a"):
        address = _address(str(link.get("href") or ""), base)
        if address and clean_line(link.get_text()):
            link.attrs = {"href": address}
        else:
            link.unwrap()
    for image in holder.find_all("img"):
        address = _address(str(image.get("src") or ""), base)
        if address.startswith(("http://", "https://")):
            image.attrs = {"src": address, "alt": str(image.get("alt") or "")}
        else:
            image.replace_with(str(image.get("alt") or ""))
    for text in list(holder.find_all(string=True)):
        # Text that looks like a tag would become one in Markdown.
        if "<" in text and text.find_parent(("code", "pre")) is None:
            text.replace_with(_LOOKS_LIKE_TAG.sub(r"\\<", text))
    return str(markdownify(str(holder), heading_style="ATX", bullets="-", wrap=False)).strip()


def _copy(node: PageElement) -> PageElement:
    if isinstance(node, Tag):
        copied: PageElement = node.__copy__()
        return copied
    return NavigableString(str(node)) if type(node) is NavigableString else NavigableString("")


def _address(href: str, base: str) -> str:
    """The absolute form of a link, or "" where it is not safe to show."""
    try:
        address = urljoin(base, href.strip())
    except ValueError:
        return ""
    return address if is_link(address) else ""
