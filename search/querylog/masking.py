"""Personal data in what people type, masked before it is written down.

In doubt it is masked: a number lost costs a report little, and a number kept can't be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from linkify_it import LinkifyIt
from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn

EMAIL, PHONE, CARD, IBAN, NUMBER = "[email]", "[phone]", "[card]", "[iban]", "[number]"
_PASSES: Final = 10  # each takes something away; the first nearly always takes all
_REGIONS: Final = ("US", "GB", "DE")
"""Whose numbers without a country's code are known, beside those of the query's own locale."""
_AT: Final = re.compile(
    r"[^\s@]+@[^\s@]*[^\s@.,;:!?)\]]"
)  # wider than addresses are: hosts without a dot, too
_SHORTEST_PHONE: Final = 6  # digits; to look for them is what costs most here
_IBAN: Final = re.compile(r"\b[A-Za-z]{2} ?\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_SHORTEST_IBAN: Final = 15
_CARD: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_RUN: Final = re.compile(r"\d{7,}|\d(?:[ \-./()]{0,2}\d){8,}")
"""Seven digits in a row, or nine with separators: fewer are dates, prices and sizes."""
_REST_OF_URL: Final = re.compile(r"[?#].*", re.DOTALL)
_QUERY_OF_URL: Final = re.compile(r"(?<=\S)\?[^\s?=&]{1,64}=\S*")  # of hosts that nobody knows
_USER_OF_URL: Final = re.compile(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)[^/@]*@")


def mask(text: str, *, locale: str | None = None) -> str:
    """The text without e-mail addresses, phone, card and account numbers, long digit runs, and the queries of
    URLs. locale: of the query, whose country's phone numbers are known then. Idempotent.
    """
    for _ in range(_PASSES):
        masked = _masked(text, locale)
        if masked == text:
            break
        text = masked
    return text


def _masked(text: str, locale: str | None) -> str:
    if ":" in text or "." in text:
        text = _bare_links(text)
    text = _QUERY_OF_URL.sub("", text)
    if "@" in text:
        text = _AT.sub(EMAIL, text)
    if not any(character.isdigit() for character in text):
        return text
    text = _IBAN.sub(lambda found: _iban(found[0]), text)
    text = _CARD.sub(lambda found: CARD if luhn.is_valid(_digits(found[0])) else found[0], text)
    if sum(character.isdigit() for character in text) >= _SHORTEST_PHONE:
        for region in _regions(locale):
            text = _without(text, _phones(text, region), PHONE)
    return _RUN.sub(NUMBER, text)


def _bare_links(text: str) -> str:
    """Links without user, query and fragment; an e-mail address that one is found to be is masked."""
    end, parts = 0, []
    for link in _links().match(text) or ():
        shown = text[link.index : link.last_index]
        bare = EMAIL if link.schema == "mailto:" else _USER_OF_URL.sub(r"\1", _REST_OF_URL.sub("", shown))
        parts += [text[end : link.index], bare]
        end = link.last_index
    return "".join(parts) + text[end:]


@cache
def _links() -> LinkifyIt:
    return LinkifyIt()


def _iban(found: str) -> str:
    """What looked like an account number, masked up to where one ends: words may follow it."""
    for end in range(len(found), _SHORTEST_IBAN - 1, -1):
        if found[end - 1].isalnum() and iban.is_valid(found[:end], check_country=False):
            return IBAN + found[end:]
    return found


def _regions(locale: str | None) -> Iterator[str]:
    own = (locale or "").rpartition("-")[2].upper()
    if len(own) == 2 and own not in _REGIONS:
        yield own
    yield from _REGIONS


def _phones(text: str, region: str) -> list[tuple[int, int]]:
    found = PhoneNumberMatcher(text, region, leniency=Leniency.VALID)
    return [(match.start, match.end) for match in found]


def _without(text: str, spans: list[tuple[int, int]], shown: str) -> str:
    for start, end in reversed(spans):
        text = text[:start] + shown + text[end:]
    return text


def _digits(text: str) -> str:
    return "".join(str(int(character)) for character in text if character.isdigit())
