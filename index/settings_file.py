"""The settings of a collection: its `collection.yaml`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from index.answering import Answering, Fallback
from index.errors import CollectionError, SourceError
from index.extras import require
from index.lint_codes import LINT_CODES
from index.sources import read_bytes
from index.sources.decoding import decode
from index.sources.drafts import is_link
from index.sources.records import Located, bare
from index.text import clean_line, clean_markdown, shorten

TOLERANCE: Final = 0.01
"""Points of MRR@10 that a build may lose against the published snapshot: of 50 judgements, one may fall from
the first place to the second. Both are asked by the same program on the same machine, so nothing is lost by
chance. Of the demo store's 425 judgements, 15 of its 143 questions that no longer say anything cost .014.
"""
MAX_FALLBACK: Final = 10_000  # characters
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_NUMBER: Final = re.compile(r"[0-9]{0,9}\.?[0-9]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionSettings:
    """title: the collection's name for people. locale: of entries that have none. on_invalid: whether an
    invalid piece stops the build or is skipped. model: a sentence-transformers model, None for the default.
    min_confidence, fallback: see index.answering. golden_tolerance: how many points of MRR@10, 0 to 1, a
    build may lose against the published snapshot. lint_ignore: what `faq lint` finds and is not to tell: a
    code, or a code and the id of an entry, "near-duplicate:returns-cost".
    """

    title: str | None = None
    locale: str | None = None
    on_invalid: Literal["stop", "skip"] = "stop"
    model: str | None = None
    min_confidence: float | None = None
    fallback: Fallback | None = None
    golden_tolerance: float = TOLERANCE
    lint_ignore: tuple[str, ...] = ()

    @property
    def answering(self) -> Answering:
        """What of them a snapshot answers by."""
        return Answering(min_confidence=self.min_confidence, fallback=self.fallback)


def load_settings(path: Path, name: str) -> CollectionSettings:
    """Read `collection.yaml`; the defaults where there is none.

    Raises SourceError where it is no YAML, CollectionError, with the line, for an unknown key or value.
    """
    if not path.exists():
        return CollectionSettings()
    text = decode(read_bytes(path, name), name)
    if not text.strip():
        return CollectionSettings()
    require("yaml", extra="build")
    from index.sources.yaml_file import load_documents

    documents = load_documents(text, name)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise SourceError(name, "expected one mapping of settings, such as 'title: Help centre'.", line=1)
    return CollectionSettings(**_read(documents[0], _READERS, name, what="setting"))


def _read(
    mapping: Located, readers: dict[str, Callable[[str, Located, str], Any]], name: str, *, what: str
) -> dict[str, Any]:
    """A mapping's values by key; keys without a value are left out."""
    values: dict[str, Any] = {}
    for key, held in mapping.value.items():
        if key not in readers:
            raise _wrong(name, held, f"unknown {what} {shorten(key, 80)!r}. Allowed: {', '.join(readers)}.")
        if held.value is not None:
            values[key] = readers[key](key, held, name)
    return values


def _text(key: str, held: Located, name: str) -> str:
    if not isinstance(held.value, str):
        raise _wrong(name, held, f"{key!r} must be text.")
    return held.value


def _locale(key: str, held: Located, name: str) -> str:
    value = _text(key, held, name)
    if not _LOCALE.fullmatch(value):
        raise _wrong(name, held, f"{value!r} is no language tag such as 'en' or 'de-AT'.")
    return value


def _on_invalid(key: str, held: Located, name: str) -> str:
    value = _text(key, held, name)
    if value not in ("stop", "skip"):
        raise _wrong(name, held, f"'on_invalid' is 'stop' or 'skip', not {value!r}.")
    return value


def _share(key: str, held: Located, name: str) -> float:
    # By its writing: float() also reads "nan", "1_0" and digits of every script.
    text = held.value.strip() if isinstance(held.value, str) else ""
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not 0 <= value <= 1:
        found = f", not {shorten(text, 80)!r}" if text else ""
        raise _wrong(name, held, f"{key!r} must be a number from 0 to 1, such as 0.4{found}.")
    return value


def _lint_ignore(key: str, held: Located, name: str) -> tuple[str, ...]:
    values = bare(held)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        example = "[no-variants, 'near-duplicate:returns-cost']"
        raise _wrong(name, held, f"{key!r} must be a list of codes, such as {example}.")
    texts = tuple(dict.fromkeys(clean_line(value) for value in values))
    for text in texts:
        code, colon, entry = text.partition(":")
        if code not in LINT_CODES:
            reason = f"{key!r} names {shorten(text, 80)!r}, and there is no code {shorten(code, 80)!r}."
            raise _wrong(name, held, f"{reason} Codes: {', '.join(LINT_CODES)}.")
        if colon and not entry:
            raise _wrong(name, held, f"{key!r} names {text!r} without the id of an entry.")
    return texts


def _fallback(key: str, held: Located, name: str) -> Fallback:
    example = "text: I don't know that. Ask us, we do."
    if not isinstance(held.value, dict):
        reason = f"{key!r} must be a mapping with a 'text', such as '{example}', and perhaps a 'url'."
        raise _wrong(name, held, reason)
    values = _read(held, {"text": _markdown, "url": _link}, name, what=f"part of {key!r}")
    if not values.get("text"):
        raise _wrong(name, held, f"{key!r} has no 'text'. Add one, such as '{example}'.")
    return Fallback(**values)


def _markdown(key: str, held: Located, name: str) -> str:
    text = clean_markdown(_text(key, held, name))
    if len(text) > MAX_FALLBACK:
        reason = f"{key!r} has {len(text):,} characters, more than the {MAX_FALLBACK:,} allowed."
        raise _wrong(name, held, reason)
    return text


def _link(key: str, held: Located, name: str) -> str | None:
    url = clean_line(_text(key, held, name))
    if url and not (is_link(url) and (":" in url.partition("/")[0] or url.startswith("/"))):
        reason = f"{shorten(url, 80)!r} is no link to show. A {key!r} begins with 'https://', 'http://', "
        raise _wrong(name, held, f"{reason}'mailto:' or, within the site, '/'.")
    return url or None


def _wrong(name: str, held: Located, reason: str) -> CollectionError:
    return CollectionError(f"{name}:{held.line}: {reason}")


_READERS: Final[dict[str, Callable[[str, Located, str], Any]]] = {
    "title": _text,
    "locale": _locale,
    "on_invalid": _on_invalid,
    "model": _text,
    "min_confidence": _share,
    "fallback": _fallback,
    "golden_tolerance": _share,
    "lint_ignore": _lint_ignore,
}
