"""What people type becomes a query."""

from __future__ import annotations

from typing import Final

from index.errors import QueryError
from index.text import clean_line, has_surrogates

MAX_LENGTH: Final = 512
"""Characters of a query after normalisation."""


def normalise_query(text: str) -> str:
    """One line in NFC without invisible and control characters.

    Raises QueryError: query_unreadable (lone surrogates: it was not text to begin with), query_empty,
    query_too_long.
    """
    if has_surrogates(text):
        raise QueryError(
            "query_unreadable", "The query holds half of a surrogate pair. Send valid Unicode text."
        )
    query = clean_line(text)
    if not query:
        raise QueryError("query_empty", "The query is empty. Send between 1 and 512 characters as q.")
    if len(query) > MAX_LENGTH:
        raise QueryError(
            "query_too_long",
            f"The query has {len(query)} characters after normalisation; at most {MAX_LENGTH} are searched.",
        )
    return query
