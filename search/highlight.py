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
    held, spans = _words(text)
    if wanted.isdisjoint(held):
        return ()
    return tuple(span for stem, span in zip(held, spans, strict=True) if stem in wanted)


@lru_cache(maxsize=4096)  # the same few thousand passages are shown again and again
def _words(text: str) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The stems of a text, and where each word stands."""
    found = tuple(tokenizer.spans(text))
    return tuple(stem for stem, _ in found), tuple(span for _, span in found)
