"""Entries that answer several questions at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from index.text import shorten
from search.lint.findings import Finding
from search.lint.subject import Subject

LONG: Final = 600
"""Characters of an answer, 100 words: a shorter one that answers two questions is read at once."""
_ASKED: Final = r"(?:what|which|who|whom|whose|when|where|why|how|can|do|does|is|are|will|may|should)"
_SECOND: Final = re.compile(
    rf"\b{_ASKED}\b[^?]{{3,400}}(?:,|;|\band|\bor|\?)\s+(?:and\s+)?{_ASKED}\b(?=[^?]{{6}})", re.I
)
_HEADING: Final = re.compile(
    r"^(?:\#{1,6}[ ]+(?P<hash>[^\n]{1,200})|\*\*(?P<bold>[^*\n]{1,200})\*\*[ ]*:?[ ]*)$", re.M
)
HEADINGS: Final = 2


def several_questions(subject: Subject) -> Iterator[Finding]:
    """`several-questions`: a question that asks twice and a long answer, or an answer that asks by itself."""
    for row, entry in enumerate(subject.entries):
        headings = [found["hash"] or found["bold"] for found in _HEADING.finditer(entry.answer)]
        asking = [heading.strip() for heading in headings if heading.strip(" *_").endswith("?")]
        twice = _SECOND.search(entry.question)
        long = len(subject.answers[row]) >= LONG or len(headings) >= HEADINGS
        if len(asking) >= HEADINGS:
            shown = " and ".join(repr(shorten(heading, 80)) for heading in asking[:2])
            reason = f"The answer of {entry.id!r} has {len(asking)} questions of its own, such as {shown}."
        elif twice and long:
            asked = shorten(entry.question, 200)
            reason = f"{entry.id!r} asks more than one thing, and answers at length: {asked!r}."
        else:
            continue
        yield Finding(
            code="several-questions",
            severity="advice",
            place=entry.source,
            entries=(entry.id,),
            reason=reason,
            advice="Make an entry of each question: a visitor asks one, and should read one answer.",
        )
