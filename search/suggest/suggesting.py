"""Suggestions for what somebody types, as the API gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.engine import SearchEngine
from search.markup.marks import marked_at
from search.query import normalise_query
from search.suggest.completer import Completer, Suggestion


def suggestions(
    typed: str,
    *,
    engine: SearchEngine,
    popular: Completer | None,
    top: int,
    locale: str | None = None,
    tags: Sequence[str] = (),
) -> dict[str, Any]:
    """`suggestions` and `words` in the shape of search.suggest.shapes.SuggestAnswer.

    popular: completes to the past queries of the same engine. Raises QueryError: see normalise_query and
    search.filters.Filters.allowed.
    """
    query = normalise_query(typed)
    if typed[-1:].isspace():
        query += " "  # the last word is whole
    allowed = engine.allowed(tags=tags, locale=locale)
    found = list(engine.completer.complete(query, top=top, allowed=allowed))
    if popular is not None:
        found += popular.complete(query, top=top, allowed=allowed)
    best: dict[int, Suggestion] = {}
    for suggestion in sorted(found, key=lambda one: -one.score):
        best.setdefault(suggestion.row, suggestion)
    entries = engine.snapshot.entries
    return {
        "suggestions": [
            {
                "kind": suggestion.kind,
                "text": suggestion.text,
                "id": entries[suggestion.row].id,
                "question": entries[suggestion.row].question,
                "highlights": suggestion.highlights,
                "rendered": marked_at(suggestion.text, suggestion.highlights),
            }
            for suggestion in list(best.values())[:top]
        ],
        "words": engine.words.continuations(query),
    }
