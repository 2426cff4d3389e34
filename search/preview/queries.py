"""What people asked, each question once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from index.errors import QueryError, SourceError
from index.sources import read_bytes
from index.sources.decoding import decode
from index.sources.structured import NotJson, load
from search.query import normalise_query
from search.querylog.records import LoggedQuery

EXAMPLE: Final = '{"query": "where is my parcel"}'
MOST: Final = 1_000_000
"""Times that a line may say a query was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuery:
    """text: as most people worded it. locale: that the search was filtered by. count: how often it was asked.

    sessions: who asked, a query without a session by its id; None where that is nobody's secret.
    """

    text: str
    locale: str | None = None
    count: int = 1
    sessions: frozenset[str] | None = None


def distinct_queries(logged: Iterable[LoggedQuery]) -> list[AskedQuery]:
    """The queries, each once by its normalised text and locale, the most frequent first."""
    wordings: defaultdict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    sessions: defaultdict[tuple[str, str | None], set[str]] = defaultdict(set)
    for query in logged:
        key = query.normalised, query.locale
        wordings[key][query.asked] += 1
        sessions[key].add(query.session or f"query {query.query_id}")
    asked = [
        AskedQuery(
            text=min(texts, key=lambda text: (-texts[text], text)),
            locale=locale,
            count=texts.total(),
            sessions=frozenset(sessions[normalised, locale]),
        )
        for (normalised, locale), texts in wordings.items()
    ]
    return sorted(asked, key=lambda one: (-one.count, one.text, one.locale or ""))


def load_queries(path: Path, *, name: str | None = None) -> tuple[list[AskedQuery], list[int]]:
    """Read JSON lines {"query": text, "count": number, "locale": tag}; only the query is needed.

    Other fields are ignored. Queries that differ in case or spaces alone are one. Besides: the lines whose
    query is empty, which are left out, as exports of logs hold some. Raises SourceError with the line that
    is none.
    """
    shown = name or str(path)
    found: dict[tuple[str, str | None], AskedQuery] = {}
    empty = []
    for number, line in enumerate(decode(read_bytes(path, shown), shown).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            one = _asked(load(line))
        except (NotJson, ValueError) as error:
            what = "this is not JSON: " if isinstance(error, NotJson) else ""
            raise SourceError(
                shown,
                f"{what}{error}.",
                line=number,
                advice=f"Each line is one object, such as {EXAMPLE}",
            ) from None
        if one is None:
            empty.append(number)
            continue
        key = one.text.casefold(), one.locale
        earlier = found.get(key)
        found[key] = replace(earlier, count=earlier.count + one.count) if earlier else one
    return sorted(found.values(), key=lambda one: (-one.count, one.text, one.locale or "")), empty


def _asked(record: Any) -> AskedQuery | None:
    """None where the query is empty."""
    if not isinstance(record, dict) or not isinstance(record.get("query"), str):
        raise ValueError("expected an object with a text as 'query'")
    count, locale = record.get("count", 1), record.get("locale")
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST:
        raise ValueError(f"'count' must be a whole number from 1 to {MOST:,}")
    if locale is not None and not isinstance(locale, str):
        raise ValueError("'locale' must be a text")
    try:
        return AskedQuery(text=normalise_query(record["query"]), locale=locale or None, count=count)
    except QueryError as error:
        if error.code == "query_empty":
            return None
        raise ValueError(str(error).rstrip(".")) from None
