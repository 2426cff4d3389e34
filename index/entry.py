"""The FAQ entry: what sources produce, snapshots store and answers show."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import regex

# Letters and digits of any script, and signs that real ids hold; no slash, quote, bracket or space, so that
# an id is safe in paths, log lines and, percent-encoded, in URLs.
ID_PATTERN = regex.compile(r"\w[\w\p{M}.:?!+@~=&'(),$*;-]{0,127}")
_NOT_IN_SLUG = regex.compile(r"[^\w\p{M}]+|_+")
_LEADING_MARKS = regex.compile(r"^[\p{M}-]+")
SLUG_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One FAQ item.

    id: stable, matches ID_PATTERN, unique in its collection; never derived from the answer, so that
        editing an answer loses neither logs nor feedback.
    question: one line of plain text. answer: Markdown, may be empty only in evaluation sets.
    variants: other wordings of the question, plain text, without duplicates.
    tags: free labels. locale: a BCP 47 tag such as "en" or "de-AT", or None.
    url: where the entry is published, or None. related: ids of other entries.
    source: where it was read, "file:line".
    """

    id: str
    question: str
    answer: str = ""
    variants: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    locale: str | None = None
    url: str | None = None
    related: tuple[str, ...] = ()
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict with every field, lists for tuples."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Entry:
        """The inverse of to_dict; unknown keys are ignored, so that newer files stay readable."""
        known: dict[str, Any] = {k: record[k] for k in cls.__slots__ if k in record}
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in known.items()}
        return cls(**fields)


def slugify(question: str) -> str:
    """A readable id from a question: lower case, words joined by '-', at most SLUG_LENGTH characters.

    Letters of any script are kept ("¿Cómo pago?" → "cómo-pago"). Empty if the question has none.
    """
    # Folded on both sides of NFKC, as Unicode's caseless matching does: each can undo a part of the other.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", question).casefold()).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    words = str(_LEADING_MARKS.sub("", _NOT_IN_SLUG.sub("-", folded).strip("-")))
    return words if len(words) <= SLUG_LENGTH else words[:SLUG_LENGTH].rsplit("-", 1)[0]
