"""Links and mentions that lead nowhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from index.entry import Entry
from index.text import shorten
from search.lint.findings import Finding
from search.lint.leftovers import without_code
from search.lint.subject import Subject

_LINK: Final = re.compile(
    r"\]\(\s{0,8}<?([^\s()<>]{1,2000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,200}){0,3})|\b(?:href|src)\s?=\s?[\"']([^\"'\n]{1,2000})[\"']"
)
_EMPTY: Final = re.compile(r"\]\(\s{0,8}\)")
_BARE: Final = re.compile(r"<?\b((?:mailto|tel):[^\s<>()\"']{0,300})")
_MENTION: Final = re.compile(
    r"\b(?:see|read|refer to|as (?:described|explained|mentioned|said) (?:in|under)|answer to)\s+"
    r"(?:also\s+)?(?:the\s+)?(?:faq|question|q|entry|item|point|no\.?|number)\s{0,2}(?:no\.?\s?|number\s|#)?\s?(\d{1,4})\b",
    re.I,
)
_ORDER: Final = re.compile(
    r"\b(?:(?:see|as|in) (?:the )?(?:question|answer|entry|faq)s? (?:above|below)"
    r"|the (?:previous|preceding|next|following|last) (?:question|answer|entry|faq)"
    r"|(?:question|answer|entry) (?:above|below))\b",
    re.I,
)
_MAILTO: Final = re.compile(r"[^\s@,]{1,64}@[^\s@.,]{1,63}(?:\.[^\s@.,]{1,63}){1,8}")
_TEL: Final = re.compile(r"\+?[0-9().\-/ ]{3,30}(?:;[^\s]{1,40})?")


def dead_references(subject: Subject) -> Iterator[Finding]:
    """`dead-reference`, `malformed-link` and `reading-order`."""
    known = _Known(subject)
    for entry, text in subject.written:
        for related in entry.related:
            if related not in known.ids:
                yield _dead(entry, f"'related' names {related!r}, which no entry is called")
        prose = without_code(entry.answer)
        for link in dict.fromkeys(a or b for a, b in _LINK.findall(prose)):
            reason = known.fault(entry, link)
            if reason:
                yield _dead(entry, f"the link {shorten(link, 120)!r} {reason}")
        yield from _malformed(entry, prose)
        for mention in dict.fromkeys(found[0] for found in _MENTION.finditer(text)):
            number = re.findall(r"\d+", mention)[-1]
            if number not in known.ids:
                yield _dead(entry, f"{mention!r} points at an entry by a number that none has")
        order = _ORDER.search(text)
        if order:
            yield Finding(
                code="reading-order",
                severity="advice",
                place=entry.source,
                entries=(entry.id,),
                reason=f"The answer of {entry.id!r} says {order[0]!r}, but answers are shown by themselves.",
                advice="Say it there, or link to the entry that is meant.",
            )


class _Known:
    """What entries can be reached by: their ids, and where they are published."""

    def __init__(self, subject: Subject) -> None:
        self.ids = {entry.id for entry in subject.entries}
        self._anchors: dict[str, set[str]] = defaultdict(set)
        for entry in subject.entries:
            if entry.url:
                page, anchor = urldefrag(entry.url)
                self._anchors[_page(page)].add(unquote(anchor))

    def fault(self, entry: Entry, link: str) -> str | None:
        """What is wrong with a link of an entry, or None. Only entries' own pages are known."""
        try:
            target, base = urlsplit(link), entry.url or ""
            if target.scheme or target.netloc:
                page, anchor = urldefrag(link)
            elif link.startswith("#"):
                page, anchor = urldefrag(base)[0], link[1:]
            elif not base:
                return (
                    None
                    if link.startswith("/")
                    else "is relative, and the entry has no url that it starts from"
                )
            else:
                page, anchor = urldefrag(urljoin(base, link))
        except ValueError:
            return "is no address"
        anchor = unquote(anchor)
        if not page:
            return (
                None
                if anchor in self.ids
                else f"leads to {anchor!r}, and the entry has no url that it starts from"
            )
        anchors = self._anchors.get(_page(page))
        if not anchor or anchors is None or len(anchors - {""}) == 0:
            return None  # a page that no entry stands on, or the top of one
        if anchor in anchors or anchor in self.ids:
            return None
        return f"leads to {anchor!r} on a page of this FAQ, where no entry has that anchor"


def _page(url: str) -> str:
    """A page's address, whatever the scheme and a slash at its end."""
    return url.partition("://")[2].rstrip("/") or url.rstrip("/")


def _dead(entry: Entry, reason: str) -> Finding:
    return Finding(
        code="dead-reference",
        severity="error",
        place=entry.source,
        entries=(entry.id,),
        reason=f"In {entry.id!r}, {reason}.",
        advice="Point it at what is there now, or take it out.",
    )


def _malformed(entry: Entry, prose: str) -> Iterator[Finding]:
    faults = [(link, fault) for link in dict.fromkeys(_BARE.findall(prose)) if (fault := _fault(link))]
    if _EMPTY.search(prose):
        faults.append(("]()", "has no address"))
    for link, fault in faults:
        yield Finding(
            code="malformed-link",
            severity="error",
            place=entry.source,
            entries=(entry.id,),
            reason=f"In {entry.id!r}, the link {shorten(link, 120)!r} {fault}.",
            advice="Write it as mailto:help@shop.example, tel:+35391234567 or https://…",
        )


def _fault(link: str) -> str | None:
    scheme, _, rest = link.partition(":")
    if scheme.lower() == "tel":
        sound = _TEL.fullmatch(unquote(rest).rstrip(".,")) and sum(c.isdigit() for c in rest) >= 3
        return None if sound else "holds no telephone number"
    addresses = unquote(rest.partition("?")[0]).rstrip(".").split(",")
    return None if all(_MAILTO.fullmatch(one.strip()) for one in addresses) else "holds no e-mail address"
