"""The languages of a help page: what it says itself, and in which direction it is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import orjson

DEFAULT: Final = "en"
_RIGHT_TO_LEFT: Final = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"))


@cache
def strings() -> Mapping[str, Mapping[str, str]]:
    """What pages say, by language and name."""
    file = resources.files("search").joinpath("web", "help", "strings.json")
    found: dict[str, dict[str, str]] = orjson.loads(file.read_bytes())
    return found


def said_in(locale: str | None) -> tuple[str, Mapping[str, str]]:
    """The language of a page of a locale, and what it says: in that language, or in English."""
    known = strings()
    return locale or DEFAULT, known.get(primary(locale) or DEFAULT, known[DEFAULT])


def direction(locale: str | None) -> str:
    """ "rtl" or "ltr"."""
    return "rtl" if primary(locale) in _RIGHT_TO_LEFT else "ltr"


def primary(locale: str | None) -> str | None:
    """The language of a locale: "de" of "de-AT"."""
    return locale.replace("_", "-").split("-")[0].lower() if locale else None
