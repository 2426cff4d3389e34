"""Every rule, and the codes that it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from search.lint.contradictions import contradictions
from search.lint.duplicates import doubled_entries
from search.lint.findings import Finding
from search.lint.leftovers import leftovers, repeated_text
from search.lint.locales import missing_locales
from search.lint.many_questions import several_questions
from search.lint.pairs import Pair
from search.lint.phrasing import unasked_entries
from search.lint.reading import unread_pieces
from search.lint.references import dead_references
from search.lint.served import unserved_entries
from search.lint.subject import Subject

Check = Callable[[Subject, Sequence[Pair]], Iterable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """codes: that its findings can have. check: (subject, its near pairs) → findings."""

    codes: tuple[str, ...]
    check: Check


def _alone(check: Callable[[Subject], Iterable[Finding]]) -> Check:
    """A rule that needs no pairs."""
    return lambda subject, _: check(subject)


RULES: Final = (
    Rule(codes=("unusable", "doubled-id"), check=_alone(unread_pieces)),
    Rule(codes=("same-wording", "near-duplicate"), check=doubled_entries),
    Rule(codes=("contradiction",), check=contradictions),
    Rule(codes=("several-questions",), check=_alone(several_questions)),
    Rule(codes=("leftover", "boilerplate"), check=_alone(leftovers)),
    Rule(codes=("repeated-text",), check=_alone(repeated_text)),
    Rule(codes=("dead-reference", "malformed-link", "reading-order"), check=_alone(dead_references)),
    Rule(codes=("no-question", "no-variants"), check=_alone(unasked_entries)),
    Rule(codes=("missing-locale", "missing-translation"), check=_alone(missing_locales)),
    Rule(codes=("never-shown", "always-rejected"), check=_alone(unserved_entries)),
)
IDLE: Final = "idle-suppression"
"""The code of a suppression that suppresses nothing; found when all rules were run."""
