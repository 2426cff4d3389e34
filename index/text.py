"""Cleaning text from FAQ files: what a reader sees stays, what only machines see goes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import regex

_LINE_ENDS: Final = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Soft hyphen, zero-width space, word joiner, BOM, and the marks that steer the direction of text: none of
# them shows, and an unclosed direction override would reach beyond its own text.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_JOINERS: Final = re.compile("[\u200c\u200d]+")
_MARKS: Final = regex.compile(r"(\p{M}{30})\p{M}++")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_SPACES: Final = re.compile(r"[^\S\n]+")
_OTHER_SPACES: Final = re.compile(r"[^\S\n ]")
_BLANK_LINES: Final = re.compile(r"\n(?:[ ]*\n)+")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def clean(text: str) -> str:
    """Plain text in NFC: no invisible or control characters, single spaces, at most one blank line between
    paragraphs, no spaces around lines. Joiners stay inside words and emoji. Idempotent."""
    lines = _SPACES.sub(" ", visible(text)).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def clean_line(text: str) -> str:
    """As `clean`, on one line."""
    return " ".join(clean(text).split())


def clean_markdown(text: str) -> str:
    """As `clean`, but what carries meaning in Markdown stays: indentation, hard breaks (two spaces at the end
    of a line), and everything within fenced code except invisible characters. Idempotent."""
    lines: list[str] = []
    fence = ""
    for raw in _OTHER_SPACES.sub(" ", visible(text.expandtabs(4))).split("\n"):
        line = raw.rstrip()
        mark = _FENCE.fullmatch(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark and not (mark[1][0] == "`" and "`" in mark[2]):
            fence = mark[1]
        elif not line and (not lines or not lines[-1]):
            continue
        elif raw.endswith("  ") and line:
            line += "  "
        lines.append(line)
    while lines and not lines[-1].strip():
        lines.pop()
    if lines:
        lines[-1] = lines[-1].rstrip()
    return "\n".join(lines)


def visible(text: str) -> str:
    """The text in NFC without invisible and control characters; every line end becomes "\\n".

    Half of a surrogate pair, which no encoding can write, becomes U+FFFD. Of the marks on one letter the
    first 30 stay, as many as Unicode's Stream-Safe Text Format (UAX #15) has at most: bringing thousands into
    their order would take minutes.
    """
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    text = _SURROGATES.sub("\ufffd", text)
    text = _JOINERS.sub(_keep_joiner, text)
    if text.isascii():
        return text
    # Once more, because some marks are two in NFC.
    return str(_MARKS.sub(r"\1", unicodedata.normalize("NFC", _MARKS.sub(r"\1", text))))


def shorten(text: str, length: int = 200) -> str:
    """The text on one line of at most `length` characters, cut with "…"."""
    line = clean_line(text[: 4 * length])
    return line if len(line) <= length and len(text) <= 4 * length else line[: length - 1] + "…"


def has_surrogates(text: str) -> bool:
    """Whether the text holds half of a surrogate pair, as JSON's "\\ud800" makes one."""
    return _SURROGATES.search(text) is not None


def _keep_joiner(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    inside = end - start == 1 and start > 0 and end < len(text)
    return match[0] if inside and _joins(text[start - 1]) and _joins(text[end]) else ""


def _joins(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM" or unicodedata.category(character) in ("So", "Sk")
