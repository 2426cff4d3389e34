"""Entries that some readers' language lacks."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from search.lint.findings import Finding
from search.lint.subject import Subject

_SUFFIX: Final = re.compile(r"(?P<base>.{1,120})[-_.](?P<locale>[A-Za-z]{2}(?:-[A-Za-z]{2})?)")
TRANSLATED: Final = 0.5
"""Share of one language's entries with a counterpart in another from which the others are missing one."""
LEAST: Final = 3
"""Counterparts that there must be: two ids may end alike by chance."""


def missing_locales(subject: Subject) -> Iterator[Finding]:
    """`missing-locale` where others have one, `missing-translation` where ids or `related` show pairs."""
    held = Counter(entry.locale for entry in subject.entries if entry.locale)
    if held:
        shown = ", ".join(f"{locale} ({count})" for locale, count in sorted(held.items()))
        for entry in subject.entries:
            if not entry.locale:
                yield Finding(
                    code="missing-locale",
                    severity="warning",
                    place=entry.source,
                    entries=(entry.id,),
                    reason=f"{entry.id!r} has no locale, others have: {shown}. "
                    "A search for one locale leaves it out.",
                    advice="Give it one; a 'locale' in collection.yaml is that of all entries without.",
                )
    if len(held) > 1:
        yield from _untranslated(subject)


def _untranslated(subject: Subject) -> Iterator[Finding]:
    locales = sorted({entry.locale for entry in subject.entries if entry.locale})
    by_id = {entry.id: entry for entry in subject.entries}
    named: dict[str, set[str]] = defaultdict(set)  # by the part of the id before its locale
    there: dict[str, set[str]] = {entry.id: set() for entry in subject.entries}
    for entry in subject.entries:
        base = _base(entry.id, entry.locale)
        if base and entry.locale:
            named[base].add(entry.locale)
        for other in (by_id[id_] for id_ in entry.related if id_ in by_id):
            if entry.locale and other.locale and entry.locale != other.locale:
                there[entry.id].add(other.locale)
                there[other.id].add(entry.locale)
    for entry in subject.entries:
        base = _base(entry.id, entry.locale)
        there[entry.id] |= named[base] if base else set()
    for target in locales:
        for own in locales:
            mine = [entry for entry in subject.entries if entry.locale == own]
            lacking = [entry for entry in mine if target not in there[entry.id]]
            translated = len(mine) - len(lacking)
            if own == target or translated < LEAST or translated < TRANSLATED * len(mine):
                continue
            for entry in lacking:
                yield Finding(
                    code="missing-translation",
                    severity="warning",
                    place=entry.source,
                    entries=(entry.id,),
                    reason=f"{entry.id!r} ({own}) has no counterpart in {target}, as "
                    f"{translated} of {len(mine)} entries in {own} have.",
                    advice="Translate it, and name the two in each other's 'related'.",
                )


def _base(entry_id: str, locale: str | None) -> str | None:
    """ "delivery-en" of an English entry → "delivery"; None where the id doesn't end in the locale."""
    match = _SUFFIX.fullmatch(entry_id)
    language = (locale or "").lower()
    if match is None or match["locale"].lower() not in (language, language.partition("-")[0]):
        return None
    return match["base"]
