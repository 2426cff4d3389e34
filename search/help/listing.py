"""The entries of a help page, by category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.entry import Entry
from search.filters import related_locales

A_PAGE: Final = 500
"""Entries of a page: longer ones take their time, in the server and in a browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """name: None of those that have none."""

    name: str | None
    entries: tuple[Entry, ...]


def of_locale(entries: Sequence[Entry], locale: str | None) -> list[Entry]:
    """The entries of a language, and those without one; all where none is named."""
    if locale is None:
        return list(entries)
    asked = locale.casefold()
    return [e for e in entries if e.locale is None or related_locales(e.locale.casefold(), asked)]


def pages_of(entries: Sequence[Entry]) -> int:
    """The pages that so many entries fill."""
    return max(1, -(-len(entries) // A_PAGE))


def of_page(entries: Sequence[Entry], number: int) -> Sequence[Entry]:
    """The entries of a page, by number from 1."""
    return entries[(number - 1) * A_PAGE : number * A_PAGE]


def categories(entries: Sequence[Entry]) -> list[Category]:
    """By their first tag, in the order of the files; those without one at the end."""
    by_name: dict[str | None, list[Entry]] = {}
    spelled: dict[str, str] = {}
    for entry in entries:
        tag = entry.tags[0] if entry.tags else None
        name = spelled.setdefault(tag.casefold(), tag) if tag is not None else None
        by_name.setdefault(name, []).append(entry)
    ordered = sorted(by_name.items(), key=lambda item: item[0] is None)
    return [Category(name=name, entries=tuple(held)) for name, held in ordered]
