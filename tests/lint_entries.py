"""Entries for the tests of `faq lint`, and what it finds in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.entry import Entry
from search.lint.examine import examine
from search.lint.findings import Finding
from search.lint.loading import make_subject


def entry(
    id: str = "one",
    question: str = "How long does delivery take?",
    answer: str = "It depends.",
    variants: Sequence[str] = ("delivery time",),
    **fields: object,
) -> Entry:
    made = Entry(id=id, question=question, answer=answer, variants=tuple(variants), source=f"shop/{id}.md:3")
    return replace(made, **fields)  # type: ignore[arg-type]


def lint(*entries: Entry, **fields: object) -> list[Finding]:
    return list(examine(make_subject("shop", entries, **fields)).findings)  # type: ignore[arg-type]


def codes(*entries: Entry, **fields: object) -> list[str]:
    return [finding.code for finding in lint(*entries, **fields)]


def answered(answer: str, **fields: object) -> list[str]:
    return codes(entry(answer=answer, **fields))
