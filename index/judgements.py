"""Judgements: queries with the ids that answer them, which a collection is measured by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection as Ids
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from index.errors import SourceError
from index.sources import read_bytes
from index.sources.decoding import decode
from index.sources.structured import NotJson, load
from index.text import clean_line, shorten

EXAMPLE: Final = '{"query": "where is my parcel", "relevant": ["tracking"]}'
"""A line of judgements, for messages."""
_READ: Final = ("query", "relevant", "tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A query and the ids of the entries that answer it; none where nothing in the collection does."""

    query: str
    relevant: tuple[str, ...]
    tags: tuple[str, ...] = ()


def load_judgements(
    path: Path, *, ids: Ids[str] | None, name: str | None = None, allow_repeats: bool = False
) -> tuple[Judgement, ...]:
    """Read JSON lines {"query": text, "relevant": [ids], "tags": [labels]}; other fields are ignored.

    ids: those that exist, None where that is the caller's to check. name: the file's name in messages.
    allow_repeats: open datasets hold queries twice.
    Raises SourceError with the line for an unknown id, an empty query, and a query that stands twice.
    """
    shown = name or str(path)
    judgements: list[Judgement] = []
    first: dict[str, int] = {}
    for number, line in enumerate(decode(read_bytes(path, shown), shown).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            judgement = _judgement(load(line))
        except NotJson as error:
            raise SourceError(
                shown,
                f"this is not JSON: {error}.",
                line=number,
                advice=f"Each line is one object, such as {EXAMPLE}",
            ) from None
        except ValueError as error:
            raise SourceError(shown, f"{error}.", line=number) from None
        unknown = [id_ for id_ in judgement.relevant if ids is not None and id_ not in ids]
        if unknown:
            raise SourceError(
                shown,
                f"the id {shorten(unknown[0], 128)!r} is no entry.",
                line=number,
                advice="If it was removed or renamed, name the entries that answer now, or none: [].",
            )
        earlier = first.setdefault(judgement.query.casefold(), number)
        if earlier != number and not allow_repeats:
            raise SourceError(
                shown, f"the query {judgement.query!r} already stands in line {earlier}.", line=number
            )
        judgements.append(judgement)
    return tuple(judgements)


def judgements_digest(judgements: Sequence[Judgement]) -> str | None:
    """SHA-256, hex, of the judgements in order; None where there are none. Tags don't count."""
    if not judgements:
        return None
    digest = hashlib.sha256()
    for judgement in judgements:
        digest.update(json.dumps([judgement.query, judgement.relevant]).encode() + b"\n")
    return digest.hexdigest()


def _judgement(record: Any) -> Judgement:
    if not isinstance(record, dict):
        raise ValueError(f"expected one object a line, such as {EXAMPLE}")
    query = _needed(record, "query", "the text that a visitor types")
    relevant = _needed(
        record, "relevant", "the ids of the entries that answer the query, or [] where none does"
    )
    tags = record.get("tags", [])
    if not isinstance(query, str) or not clean_line(query):
        raise ValueError("the query must be a text that is not empty")
    if not isinstance(relevant, list) or not all(isinstance(id_, str) for id_ in relevant):
        raise ValueError(
            "'relevant' must be a list of ids, empty where no entry answers the query" + _quoted(relevant)
        )
    tags = [tags] if isinstance(tags, str) else tags
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError("'tags' must be a list of texts")
    return Judgement(query=clean_line(query), relevant=tuple(dict.fromkeys(relevant)), tags=tuple(tags))


def _needed(record: dict[str, Any], key: str, what: str) -> Any:
    if key in record:
        return record[key]
    others = [repr(shorten(other, 40)) for other in record if other not in _READ]
    instead = f"; there is {', '.join(others[:3])}, which is not read" if others else ""
    raise ValueError(f"{key!r} is missing, {what}{instead}")


def _quoted(relevant: Any) -> str:
    """A hint where ids are numbers, else nothing."""
    ids = relevant if isinstance(relevant, list) else [relevant]
    if not ids or not all(type(id_) in (int, str) for id_ in ids):
        return ""
    return f". Put ids in quotes: {shorten(json.dumps([str(id_) for id_ in ids], ensure_ascii=False), 80)}"
