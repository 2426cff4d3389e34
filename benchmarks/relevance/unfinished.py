"""Unfinished queries: what a search box is asked while somebody still types."""

from __future__ import annotations

import re
from typing import Final

FIRST: Final = 4
"""Characters from which a query is asked."""
_LAST_WORD: Final = re.compile(r"([^\W\d_]{4,})\W*$")


def prefixes(query: str) -> list[str]:
    """What is asked while a query is typed, from its FIRST characters to the whole, which is always the last.

    Not what ends in a blank: the search takes it for the same as without.
    """
    lengths = range(FIRST, len(query))
    return [query[:length] for length in lengths if not query[length - 1].isspace()] + [query]


def cut(query: str, share: float) -> str:
    """The first characters of a query, about a share of them (0 to 1) and at least FIRST, cut inside a word.

    It is cut where a word goes on, at the place nearest to the share, the earlier of two; a query without
    such a place is whole.
    """
    wanted = share * len(query)
    places = [
        place for place in range(FIRST, len(query)) if query[place - 1].isalnum() and query[place].isalnum()
    ]
    return query[: min(places, key=lambda place: abs(place - wanted), default=len(query))]


def cut_last_word(query: str) -> str:
    """The query up to the middle of its last word, whole where that has no more than three letters."""
    last = _LAST_WORD.search(query)
    return query[: last.start() + len(last[1]) // 2] if last else query
