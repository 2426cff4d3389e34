"""How likely a slip of the fingers is: letters swapped, doubled or lost, a neighbouring key, or any other."""

from __future__ import annotations

from itertools import combinations
from typing import Final

USUAL, VOWEL, RARE = 1.0, 0.3, 0.05
"""Of swapped, doubled and lost letters and a neighbouring key; of a wrong vowel; of any other."""
FIRST_LETTER: Final = 0.2
"""What is left of it where the first letter is wrong: people rarely miss that."""

# Rows of keys and how far each is to the right of the one above, in keys; other layouts differ in few places.
_ROWS: Final = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
_PLACES: Final = {
    letter: (column + shift, float(row))
    for row, (letters, shift) in enumerate(_ROWS)
    for column, letter in enumerate(letters)
}
_NEIGHBOURS: Final = frozenset(
    frozenset((one, other))
    for (one, (x, y)), (other, (u, v)) in combinations(_PLACES.items(), 2)
    if abs(x - u) <= 1 and abs(y - v) <= 1
)
_VOWELS: Final = frozenset("aeiouy")


def plausibility(typed: str, meant: str) -> float:
    """0 to 1, for two words that are one insertion, deletion, substitution or swap of neighbours apart.

    RARE for words further apart.
    """
    start = _shared(typed, meant)
    rest, wanted = typed[start:], meant[start:]
    end = _shared(rest[::-1], wanted[::-1])
    rest, wanted = rest[: len(rest) - end], wanted[: len(wanted) - end]
    swapped = rest == wanted[::-1] and len(rest) == 2
    share = USUAL if swapped else _of_one_letter(rest, wanted, before=typed[:start])
    return share * (1.0 if start else FIRST_LETTER)


def _of_one_letter(rest: str, wanted: str, *, before: str) -> float:
    if len(rest) + len(wanted) == 1:
        return USUAL if wanted or rest == before[-1:] else RARE
    if len(rest) != 1 or len(wanted) != 1:
        return RARE
    if frozenset((rest, wanted)) in _NEIGHBOURS:
        return USUAL
    return VOWEL if {rest, wanted} <= _VOWELS else RARE


def _shared(one: str, other: str) -> int:
    """Letters that both begin with."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
