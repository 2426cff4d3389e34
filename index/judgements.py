"""Judgements: queries with the ids that answer them, which a collection is measured by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection as Ids
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import SourceError
from index.sources import read_bytes
from index.sources.decoding import decode
from index.sources.structured import load
from index.text import clean_line, shorten


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A query and the ids of the entries that answer it; none where nothing in the collection does."""

    query: str
    relevant: tuple[str, ...]
    tags: tuple[str, ...] = ()


def load_judgements(
    path: Path, *, ids: Ids[str], name: str | None = None, allow_repeats: bool = False
) -> tuple[Judgement, ...]:
    """Read JSON lines {"query": text, "relevant": [ids], "tags": [labels]}; other fields are ignored.

    ids: those that exist. name: the file's name in messages. allow_repeats: open datasets hold queries twice.
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
        except ValueError as error:
            raise SourceError(shown, f"{error}.", line=number) from None
        unknown = [id_ for id_ in judgement.relevant if id_ not in ids]
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
        raise ValueError('expected an object such as {"query": "…", "relevant": ["id"]}')
    query, relevant, tags = record.get("query"), record.get("relevant"), record.get("tags", [])
    if not isinstance(query, str) or not clean_line(query):
        raise ValueError("the query is missing or empty")
    if not isinstance(relevant, list) or not all(isinstance(id_, str) for id_ in relevant):
        raise ValueError("'relevant' must be a list of ids, empty where no entry answers the query")
    tags = [tags] if isinstance(tags, str) else tags
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError("'tags' must be a list of texts")
    return Judgement(query=clean_line(query), relevant=tuple(dict.fromkeys(relevant)), tags=tuple(tags))
