"""Personal data in what people type, taken out before anything is written.

E-mail addresses, card numbers, IBANs, phone numbers and every other long run of digits become placeholders,
and URLs lose user, query and fragment. In doubt it is masked: a number lost costs a report little, and one
that is kept can't be taken back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

import phonenumbers
from linkify_it import LinkifyIt
from stdnum import iban, luhn

EMAIL, PHONE, CARD, IBAN, NUMBER = "[email]", "[phone]", "[card]", "[iban]", "[number]"
LEAST_DIGITS: Final = 7
"""Digits of a number that is masked; shorter ones are sizes, prices, years and house numbers."""
_CARD_DIGITS: Final = range(13, 20)
# Wider than addresses are: half typed, and of hosts without a dot. Possessive, so that no text takes long.
_ADDRESS: Final = re.compile(r"(?<![^\s@＠])[^\s@＠]++[@＠]\S*?(?=[.,;:!?)\]}>'\"]*(?:\s|$))")
_SPELT_ADDRESS: Final = re.compile(  # as people write who fear robots: jane (at) shop.example
    r"(?<![^\s@(\[{])[^\s@(\[{]++\s?(?:[@＠]|[(\[{]\s?at\s?[)\]}])\s?[^\s@]+\.\w{2,}", re.IGNORECASE
)
_REST_OF_URL: Final = re.compile(r"[?#;].*", re.DOTALL)
_QUERY_OF_URL: Final = re.compile(r"(?<=\S)[?#][^\s?#=&]{1,64}=\S*")  # of hosts that nobody knows
_USER_OF_URL: Final = re.compile(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)[^/@]*@")
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ -]?\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_DIGITS: Final = re.compile(r"\d")
_NUMBER: Final = re.compile(rf"[+(]{{0,2}}\d(?:[\s\-‐-―−./()*_,:;|~'’·•]{{0,3}}\d){{{LEAST_DIGITS - 1},}}")
_GROUP: Final = re.compile(r"\d+")
_AMOUNT: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:['’]\d{3})+|[1-9]\d{0,2}(?:[. ]000)+")
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{1,2})([./-])(\d{1,2})\5(\d{4})")
_YEARS: Final = range(1900, 2100)
# Every long number is masked. To say of which kind it is takes longer, so only so many are looked at.
_IBANS, _LOOKS, _ATTEMPTS = 4, 4, 2
_PASSES: Final = 5  # each takes something away; the first nearly always takes all
_LEAST_IBAN, _PHONE_DIGITS = 14, 17
_AFTER: Final = 12  # characters after a number that may belong to it, such as an extension

_REGIONS: Final = ("US", "GB", "DE")
"""Whose numbers without a country's code are known, beside those of the query's own locale."""


class _Piece(NamedTuple):
    start: int
    end: int
    placeholder: str


def mask(text: str, *, locale: str | None = None) -> str:
    """The text without e-mail addresses, phone, card and account numbers, long digit runs, and the queries of
    URLs. locale: of the query, whose country's phone numbers are known then. Idempotent.
    """
    for _ in range(_PASSES):
        # What is compared later has no compatibility characters: digits in circles are digits there.
        plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
        masked = _masked(plain, locale)
        if masked == plain != text:
            masked = _masked(text, locale)
        if masked == text:
            break
        text = masked
    return text


def _masked(text: str, locale: str | None) -> str:
    if ":" in text or "." in text:
        text = _bare_links(text)
    text = _QUERY_OF_URL.sub("", text)
    if "@" in text or "＠" in text:
        text = _ADDRESS.sub(EMAIL, text)
    if "." in text:
        text = _SPELT_ADDRESS.sub(EMAIL, text)
    if len(_DIGITS.findall(text)) < LEAST_DIGITS:
        return text
    text = _replaced(text, _ibans(text))
    return _replaced(text, _numbers(text, locale))


def _bare_links(text: str) -> str:
    """Links without user, query and fragment; an e-mail address that one is found to be is masked."""
    end, parts = 0, []
    for link in _linkify().match(text) or ():
        shown = text[link.index : link.last_index]
        bare = EMAIL if link.schema == "mailto:" else _USER_OF_URL.sub(r"\1", _REST_OF_URL.sub("", shown))
        parts += [text[end : link.index], bare]
        end = link.last_index
    return "".join(parts) + text[end:]


@cache
def _linkify() -> LinkifyIt:
    return LinkifyIt()


def _ibans(text: str) -> Iterator[_Piece]:
    """Those whose check digits and length are right; spaces and what follows don't belong to them."""
    at = 0
    for _ in range(_IBANS):
        found = _IBAN.search(text, at)
        if found is None:
            return
        at = found.start() + 1
        for end in range(found.end(), found.start() + _LEAST_IBAN, -1):
            if text[end - 1].isalnum() and _is_iban(text[found.start() : end]):
                yield _Piece(found.start(), end, IBAN)
                at = end
                break


def _is_iban(text: str) -> bool:
    number = text.replace(" ", "").replace("-", "").upper()
    if not number.isascii():
        return False
    # The sum of ISO 7064 first, as it is quick: of the ends that a text may have, most are none.
    as_digits = "".join(str(int(sign, 36)) for sign in number[4:] + number[:4])
    return int(as_digits) % 97 == 1 and iban.is_valid(number, check_country=False)


def _numbers(text: str, locale: str | None) -> Iterator[_Piece]:
    runs = [found for found in _NUMBER.finditer(text) if not _harmless(found[0].lstrip("(+"))]
    regions = tuple(_regions(locale))
    looks = _LOOKS
    for run in runs:
        digits = "".join(_GROUP.findall(run[0]))
        start, end, placeholder = run.start(), run.end(), NUMBER
        if run[0].startswith("(") and ")" not in run[0]:  # a remark in brackets
            start += 1
        if len(digits) in _CARD_DIGITS and run[0][0] != "+" and luhn.is_valid(_ascii(digits)):
            placeholder = CARD
        elif len(digits) <= _PHONE_DIGITS:
            for region in ("US",) if run[0][0] == "+" else regions:
                looks -= 1
                length = _phone(text[start : end + _AFTER], region) if looks >= 0 else 0
                if length:
                    end, placeholder = max(end, start + length), PHONE
                    break
        yield _Piece(start, end, placeholder)


def _phone(text: str, region: str) -> int:
    """Where the phone number ends that a text begins with, as it is dialled in a region; 0 for none."""
    matcher = phonenumbers.PhoneNumberMatcher(
        text, region, leniency=phonenumbers.Leniency.VALID, max_tries=_ATTEMPTS
    )
    ends = (found.end for found in matcher if len(_DIGITS.findall(found.raw_string)) >= LEAST_DIGITS)
    return next(ends, 0)


def _regions(locale: str | None) -> Iterator[str]:
    own = (locale or "").replace("_", "-").rpartition("-")[2].upper()
    if own in phonenumbers.SUPPORTED_REGIONS and own not in _REGIONS:
        yield own
    yield from _REGIONS


def _harmless(run: str) -> bool:
    """Whether the digits are dates, years, sizes or a round amount, though there are many of them."""
    groups = _GROUP.findall(run)
    if len(groups) == 1:
        return False
    if _AMOUNT.fullmatch(run) or _is_day(run):
        return True
    if all(len(group) == 4 and int(group) in _YEARS for group in groups):
        return True
    if groups[0][0] == "0":  # a phone number's first digit, and no size's
        return False
    steps = {int(after) - int(before) for before, after in pairwise(groups)}
    return all(len(group) == 2 for group in groups) and len(steps) == 1 and min(steps) in (1, 2)


def _is_day(run: str) -> bool:
    found = _DAY.fullmatch(run)
    if found is None:
        return False
    if found[1]:
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        day, month, year = int(found[4]), int(found[6]), int(found[7])
        if month > 12:  # as Americans write it
            day, month = month, day
    try:
        return date(year, month, day).year in _YEARS
    except ValueError:
        return False


def _ascii(digits: str) -> str:
    """Digits of every script as those of ASCII."""
    return "".join(str(int(digit)) for digit in digits)


def _replaced(text: str, pieces: Iterator[_Piece] | list[_Piece]) -> str:
    """The text with each piece replaced; of pieces that overlap, the first holds both."""
    parts: list[str] = []
    at = 0
    for piece in sorted(pieces):
        if piece.end <= at:
            continue
        if piece.start >= at:
            parts += [text[at : piece.start], piece.placeholder]
        at = piece.end
    return "".join([*parts, text[at:]])
