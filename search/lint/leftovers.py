"""What templates and web pages left in entries."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from index.entry import Entry
from index.text import shorten
from search.lint.findings import Finding
from search.lint.subject import Subject

_LEFTOVERS: Final = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}"  # {{name}}
    r"|\{%[^{}\n]{0,80}%\}|<%[^<>\n]{0,80}%>|\$\{[^{}\n]{1,80}\}"
    r"|\[\[[^\[\]\n]{0,200}\]\]"  # [[…]]
    r"|(?<!\])\[(?i:insert|your|enter|placeholder|company|brand|product|customer|store|shop|link|date|name)\b[^\[\]\n]{0,60}\](?![(\[:])"
    r"|(?<![\w<])<(?i:insert|your|enter)[ _-][^<>\n]{1,60}>"
    r"|(?<![%\w])%(?:\d\$)?[sd](?![\w'’])|(?<![%\w])%\([a-z_]{1,40}\)[sd]"
    r"|\b(?i:lorem ipsum)\b"
    r"|\b(?:TODO|FIXME|TBD|XXX)\b"
    r"|\b(?i:click here to edit|your text here|edit this text|sample text|answer goes here|text goes here)\b"
    r"|\[object Object\]"
)
_BOILERPLATE: Final = re.compile(
    r"^\W{0,6}(?:"
    r"(?:we|this (?:web)?site|our (?:web)?site) uses? cookies\b[^\n]{0,200}"
    r"|by (?:continuing|using) [^\n]{0,80}\bcookies\b[^\n]{0,100}"
    r"|(?:accept|reject|allow) (?:all|cookies|all cookies)|(?:manage )?cookie (?:settings|preferences)"
    r"|skip to (?:main )?content|back to (?:the )?top|read more|show (?:more|less)|learn more|load more"
    r"|was this (?:article|answer|page|information|helpful)[^\n]{0,30}"
    r"|did this (?:article|answer) help[^\n]{0,30}"
    r"|(?:yes )?\W{0,3}(?:no )?\d{1,6} (?:out )?of \d{1,6} found this helpful"
    r"|(?:related|popular|recent(?:ly viewed)?) (?:articles|posts|questions)|share (?:on|via|this)[^\n]{0,30}"
    r"|(?:please )?(?:enable|turn on) javascript[^\n]{0,80}|all rights reserved"
    r"|(?:copyright|©)[^\n]{0,60}\d{4}[^\n]{0,60}"
    r"|home\s*[>»/|›][^\n]{1,100}|print(?: this)? page|last updated[^\n]{0,40}"
    r"|sign up for our newsletter[^\n]{0,60}"
    r")\W{0,6}$",
    re.I | re.M,
)
_DEFINED: Final = re.compile(r"^ {0,3}\[([^\[\]\n]{1,80})\]:", re.M)
_CODE: Final = re.compile(
    r"^ {0,3}(?P<fence>`{3,8}|~{3,8})[^\n]*\n(?:(?!^ {0,3}(?P=fence))[^\n]*\n?)*|`[^`\n]{1,400}`", re.M
)
_MARKS: Final = re.compile(r"[*_`]{1,3}")
REPEATED: Final = 5
"""Answers that hold the same line before it is told."""
SHARE: Final = 0.1
"""Of all answers, that must hold it."""
LINE: Final = (12, 400)
"""Characters of a line that is compared; a shorter one is a heading such as "Prices"."""


def leftovers(subject: Subject) -> Iterator[Finding]:
    """`leftover`: what somebody meant to replace, in the question, a variant or the answer, code apart."""
    for entry, answer in subject.written:
        texts = (entry.question, *entry.variants, without_code(entry.answer))
        linked = {f"[{name.casefold()}]" for name in _DEFINED.findall(entry.answer)}
        found = dict.fromkeys(match[0] for text in texts for match in _LEFTOVERS.finditer(text))
        found = {text: None for text in found if text.casefold() not in linked}
        if found:
            shown = ", ".join(repr(shorten(text, 80)) for text in list(found)[:3])
            yield Finding(
                code="leftover",
                severity="error",
                place=entry.source,
                entries=(entry.id,),
                reason=f"{entry.id!r} holds what a template left: {shown}.",
                advice="Write what was meant there, or take it out. What is code belongs between backticks.",
            )
        banner = _BOILERPLATE.search(_MARKS.sub("", answer))
        if banner and not _asked_about(entry, banner[0]):
            yield Finding(
                code="boilerplate",
                severity="warning",
                place=entry.source,
                entries=(entry.id,),
                reason=f"The answer of {entry.id!r} holds a line of the page around it: "
                f"{shorten(banner[0], 120)!r}.",
                advice="Take the line out; it answers nothing, and is searched.",
            )


def _asked_about(entry: Entry, banner: str) -> bool:
    """Whether a line on cookies answers a question on cookies."""
    return "cookie" in banner.casefold() and any(
        "cookie" in wording.casefold() for wording in (entry.question, *entry.variants)
    )


def repeated_text(subject: Subject) -> Iterator[Finding]:
    """`repeated-text`: a line that many answers share: navigation, a footer, a signature."""
    holders: dict[str, dict[int, None]] = defaultdict(dict)
    shown: dict[str, str] = {}
    for row, answer in enumerate(subject.answers):
        for line in answer.split("\n"):
            if LINE[0] <= len(line) <= LINE[1]:
                holders[line.casefold()][row] = None
                shown.setdefault(line.casefold(), line)
    answered = sum(bool(answer) for answer in subject.answers)
    for key in sorted(holders):
        rows = list(holders[key])
        whole = sum(subject.answers[row].casefold().strip() == key for row in rows)
        if len(rows) < REPEATED or len(rows) < SHARE * answered or 2 * whole > len(rows):
            continue
        first = subject.entries[rows[0]]
        yield Finding(
            code="repeated-text",
            severity="warning",
            place=first.source,
            entries=tuple(subject.entries[row].id for row in rows),
            reason=f"{len(rows)} answers hold the line {shorten(shown[key], 120)!r}.",
            advice="If it is navigation or a footer, take it out; if it matters, make an entry of it.",
        )


def without_code(markdown: str) -> str:
    """Markdown without its fenced code and code spans."""
    return _CODE.sub(" ", markdown)
