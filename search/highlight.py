"""Where a query's words stand in a text."""

from __future__ import annotations

from collections.abc import Collection

from index import tokenizer


def highlights(text: str, stems: Collection[str]) -> tuple[tuple[int, int], ...]:
    """(start, end) in code points of each word of the text whose stem is among `stems`.

    Function words are left out, unless the query holds nothing else. In order, not overlapping, non-empty.
    """
    wanted = set(stems) - tokenizer.FUNCTION_STEMS or set(stems)
    return tuple(tokenizer.spans(text, wanted))
