"""Which entries a request may be answered from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.entry import Entry
from index.errors import QueryError

_SHOWN = 30


class Filters:
    """Entry rows by tag and by locale. All asked-for tags must be there; case is ignored."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = len(entries)
        self._by_tag: dict[str, set[int]] = {}
        self._locales = [entry.locale.casefold() if entry.locale else None for entry in entries]
        self._spelled: dict[str, str] = {}
        for row, entry in enumerate(entries):
            for tag in entry.tags:
                self._by_tag.setdefault(tag.casefold(), set()).add(row)
                self._spelled.setdefault(tag.casefold(), tag)

    def allowed(self, *, tags: Iterable[str], locale: str | None) -> NDArray[np.bool_] | None:
        """A mask over entry rows, bool (entries,), or None where every entry is allowed.

        A locale allows entries of the same, a wider or a narrower one ("de" and "de-AT" allow each other)
        and entries without one. Raises QueryError unknown_filter for a tag that no entry has, and for a
        locale that allows no entry.
        """
        wanted = [tag.casefold() for tag in tags]
        if not wanted and locale is None:
            return None
        mask = np.ones(self._entries, dtype=np.bool_)
        for tag in wanted:
            if tag not in self._by_tag:
                raise _unknown("tag", tag, self._spelled.values())
            of_tag = np.zeros(self._entries, dtype=np.bool_)
            of_tag[list(self._by_tag[tag])] = True
            mask &= of_tag
        if locale is not None:
            asked = locale.casefold().replace("_", "-")  # as FAQ files may write it too
            fits = [own is None or related_locales(own, asked) for own in self._locales]
            if not any(fits):
                raise _unknown("locale", locale, {own for own in self._locales if own})
            mask &= np.array(fits, dtype=np.bool_)
        return None if mask.all() else mask


def related_locales(one: str, other: str) -> bool:
    """Whether two folded locales are the same, or one is a narrower one of the other."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


def _unknown(what: str, value: str, known: Iterable[str]) -> QueryError:
    names = sorted(known)
    there = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "") or "none"
    return QueryError("unknown_filter", f"No entry has the {what} {value!r}. There are: {there}.")
