"""What an answer claims: its amounts with their units, and what it says yes or no to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from index.tokenizer import FUNCTION_STEMS, stems

MAX_TEXT: Final = 20_000
"""Characters of an answer that are read."""
_CURRENCY: Final = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "$": "USD", "usd": "USD", "dollar": "USD", "£": "GBP",
    "gbp": "GBP", "pound": "GBP", "chf": "CHF", "¥": "JPY", "yen": "JPY", "₹": "INR", "inr": "INR",
}  # fmt: skip
# Each unit of a kind in the smallest, so that 24 hours are a day.
_UNITS: Final = {
    "minute": ("time", 1.0), "hour": ("time", 60.0), "day": ("time", 1440.0), "week": ("time", 10080.0),
    "month": ("months", 1.0), "year": ("months", 12.0),
    "%": ("share", 1.0), "percent": ("share", 1.0),
    "g": ("mass", 1.0), "gram": ("mass", 1.0), "kg": ("mass", 1000.0), "kilo": ("mass", 1000.0),
    "mm": ("length", 1.0), "cm": ("length", 10.0), "m": ("length", 1000.0), "km": ("length", 1e6),
    "metre": ("length", 1000.0), "meter": ("length", 1000.0),
}  # fmt: skip
_SMALL: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_NUMBER: Final = r"\d{1,12}(?:[.,]\d{1,3})*"
_AMOUNT: Final = re.compile(
    rf"(?P<sign>[€$£¥₹])\s?(?P<money>{_NUMBER})"
    rf"|(?<![\w.,])(?P<number>{_NUMBER}|{'|'.join(_SMALL)})"
    rf"(?:\s?(?:-|–|to|or|and)\s?(?P<upper>{_NUMBER}|{'|'.join(_SMALL)}))?[\s-]?"
    r"(?P<working>(?:working|business|calendar)[\s-])?"
    r"(?P<unit>[€$£%]|[a-zA-Z]{1,10})(?!\w)",
    re.I,
)
_SENTENCE: Final = re.compile(r"[^.!?\n]{1,600}(?:\.\d[^.!?\n]{0,600}){0,20}")
_NEGATIONS: Final = frozenset((
    "no", "not", "never", "none", "cannot", "can't", "won't", "don't", "doesn't", "isn't", "aren't", "didn't",
    "wasn't", "shouldn't", "mustn't", "without", "impossible", "unavailable", "forbidden",
))  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z]{1,40}(?:['’][a-z]{1,3})?")
_FREE: Final = re.compile(
    r"\b(?:(?:(?:is|are|it's) )?free of charge|for free|(?:is|are|it's) free|at no (?:extra )?cost"
    r"|costs nothing|no fee)\b",
    re.I,
)
_PAID: Final = re.compile(
    r"\b(?:for a fee|a fee of|fee is|fee applies|is charged|we charge|you pay [€$£]|costs? [€$£]?\d)", re.I
)
_OPENING: Final = re.compile(
    r"\W{0,5}(yes|no|nope|of course|unfortunately not)\b(?!\s+(?:one|need|matter|longer|worries))", re.I
)


@dataclass(frozen=True, slots=True)
class Amount:
    """kind: of the unit, "EUR", "time", …. values: one, or both ends of a range, in the kind's smallest unit.
    text: as it stands in the answer."""

    kind: str
    values: tuple[float, ...]
    text: str

    def may_be(self, other: Amount) -> bool:
        """Whether both can be true: the same, or one of them within the range that the other is."""
        if len(self.values) == len(other.values):
            return self.values == other.values
        (one,), (low, high) = sorted((self.values, other.values), key=len)
        return low <= one <= high


def amounts(text: str) -> Iterator[Amount]:
    """The amounts of a text that have a unit, in order."""
    for match in _AMOUNT.finditer(text[:MAX_TEXT]):
        written = match["sign"] or match["unit"]
        unit = written.lower()
        singular = unit[:-1] if len(unit) > 2 and unit.endswith("s") else unit
        first = _number(match["money"] or match["number"])
        values = (first, _number(match["upper"])) if match["upper"] else (first,)
        if unit in _CURRENCY or singular in _CURRENCY:
            yield Amount(_CURRENCY.get(unit) or _CURRENCY[singular], values, match[0].strip())
        elif singular in _UNITS:
            kind, factor = _UNITS[singular]
            working = (match["working"] or "").strip(" -").lower()
            kind = f"working {kind}" if working in ("working", "business") else kind
            yield Amount(kind, tuple(value * factor for value in values), match[0].strip())


def by_kind(text: str) -> dict[str, list[Amount]]:
    """The amounts of a text, by their kind."""
    found: dict[str, list[Amount]] = defaultdict(list)
    for amount in amounts(text):
        found[amount.kind].append(amount)
    return found


def sentences(text: str) -> list[str]:
    """A text's sentences; the full stop of a number ends none."""
    return [found[0].strip() for found in _SENTENCE.finditer(text[:MAX_TEXT]) if found[0].strip()]


def negated(sentence: str) -> bool:
    """Whether a sentence says that something is not so; twice not is not told from once."""
    words = {word[0].lower().replace("’", "'") for word in _WORD.finditer(sentence)}
    return bool(words & _NEGATIONS)


def content(sentence: str) -> frozenset[str]:
    """What a sentence is about: its stems without small words, numbers, negations, and a yes before it."""
    found = {stem for stem in stems(sentence) if not any(c.isdigit() for c in stem)}
    return frozenset(found) - FUNCTION_STEMS - _ANSWERING_STEMS


def opening(text: str) -> bool | None:
    """Whether an answer begins with yes (True) or no (False), None where with neither."""
    match = _OPENING.match(text)
    return match[1].lower() in ("yes", "of course") if match else None


def price(text: str) -> tuple[bool, str] | None:
    """Whether a text says that something is free, and in which words; None where it says neither, or both."""
    free, paid = _FREE.search(text[:MAX_TEXT]), _PAID.search(text[:MAX_TEXT])
    if (free is None) == (paid is None):
        return None
    return (True, free[0]) if free else (False, paid[0]) if paid else None


def _number(text: str) -> float:
    """3, "3.5", "1,200", "1.200,50", "three"."""
    small = _SMALL.get(text.casefold())
    if small is not None:
        return float(small)
    whole, decimal = text, ""
    end = max(text.rfind("."), text.rfind(","))
    if end >= 0 and len(text) - end - 1 != 3:
        whole, decimal = text[:end], text[end + 1 :]
    return float(f"{whole.replace('.', '').replace(',', '')}.{decimal or 0}")


_ANSWERING_STEMS: Final = frozenset(
    stems(" ".join(_NEGATIONS) + " yes nope sure certainly course unfortunately sorry afraid")
)
