"""Where a query's words stand in a text."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from index import tokenizer


def highlights(text: str, stems: Collection[str]) -> tuple[tuple[int, int], ...]:
    """(start, end) in code points of each word of the text whose stem is among `stems`.

    Function words are left out, unless the query holds nothing else. In order, not overlapping, non-empty.
    """
    wanted = set(stems) - tokenizer.FUNCTION_STEMS or set(stems)
    return tuple((start, end) for stem, start, end in _spans(text) if stem in wanted)


@lru_cache(maxsize=2048)  # the same few thousand passages are shown again and again
def _spans(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple(tokenizer.spans(text))
