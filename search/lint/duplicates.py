"""Entries that are asked the same way, and perhaps say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from index.text import shorten
from search.lint.findings import Finding
from search.lint.pairs import Pair
from search.lint.subject import Subject
from search.lint.wording import of_one_kind, opposed

TOGETHER: Final = 1.68
"""Cosine of the nearest wordings plus that of the entries as a whole. Of the 8 pairs in the open sets that
reach it, 7 are one question twice; of the 6 more that reach 1.60, 2 are."""
ALONE: Final = 0.95
"""Cosine of the nearest wordings where an answer is missing. Of the open sets' entries cut in two, 29 of the
30 pairs that reach it are halves of one entry; at .90, 51 of 57."""


def is_near(subject: Subject, pair: Pair) -> bool:
    """Whether two entries are the same question, as far as can be told without reading them."""
    if pair.same:
        return True
    one, other = subject.words[pair.one], subject.words[pair.other]
    if not of_one_kind(one, other):
        return False
    if subject.vectors is None:  # then the words of content were compared, and are the same
        return True
    if opposed(one, other):
        return False
    if pair.answers is None:
        return pair.cosine >= ALONE
    return pair.cosine + pair.answers >= TOGETHER


def doubled_entries(subject: Subject, pairs: Sequence[Pair]) -> Iterator[Finding]:
    """`same-wording` where two entries are asked in the same words, else `near-duplicate`."""
    for pair in pairs:
        if not is_near(subject, pair):
            continue
        first, second = subject.entries[pair.first], subject.entries[pair.second]
        one, other = subject.asked[pair.one][1], subject.asked[pair.other][1]
        if pair.same:
            code = "same-wording"
            reason = (
                f"{first.id!r} and {second.id!r} ({second.source}) are both asked as {shorten(one, 120)!r}."
            )
            advice = "Leave the wording with the entry that answers it, or merge the two."
        else:
            code = "near-duplicate"
            reason = (
                f"{first.id!r} ({shorten(one, 120)!r}) and {second.id!r} at {second.source} "
                f"({shorten(other, 120)!r}) ask nearly the same{_measured(subject, pair)}."
            )
            advice = (
                "Merge them, and keep the other's wordings as variants; or reword them until they differ."
            )
        yield Finding(
            code=code,
            severity="warning",
            place=first.source,
            entries=(first.id, second.id),
            reason=reason,
            advice=advice,
        )


def _measured(subject: Subject, pair: Pair) -> str:
    if subject.vectors is None:
        return ", by their words"
    answers = "" if pair.answers is None else f", with their answers {pair.answers:.2f}"
    return f": likeness {pair.cosine:.2f}{answers}"
