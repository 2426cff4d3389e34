"""Whether an entry is worded as visitors ask: as questions, and in more than one way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from index.tokenizer import stems
from search.lint.findings import Finding
from search.lint.subject import Subject

_QUESTION_WORDS: Final = frozenset(
    stems(
        "how what when where which who whom whose why can could do does did is are am was were will would "
        "shall should may might must have has any need want "
        "wie was wann wo welche welcher welches wer warum wieso kann können darf muss gibt ist sind habe "
        "comment quand où quel quelle qui pourquoi combien puis peut est que "
        "cómo qué cuándo dónde cuál quién puedo hay cuánto cuánta es "
        "come cosa quando dove quale chi perché posso quanto c'è hoe wat wanneer waar welke wie waarom kan"
    )
)
_MARK: Final = re.compile(r"[?？؟;]\s*$|[?？؟¿]")


def unasked_entries(subject: Subject) -> Iterator[Finding]:
    """`no-question` where no wording of an entry is a question, `no-variants` where there is one only."""
    for entry in subject.entries:
        wordings = (entry.question, *entry.variants)
        if not any(_is_question(text) for text in wordings):
            yield Finding(
                code="no-question",
                severity="advice",
                place=entry.source,
                entries=(entry.id,),
                reason=f"No wording of {entry.id!r} is a question: {entry.question[:120]!r}"
                + (f" and {len(entry.variants)} variants." if entry.variants else "."),
                advice="Add a variant as a visitor would ask it: “How do I …?”",
            )
        elif not entry.variants:
            yield Finding(
                code="no-variants",
                severity="advice",
                place=entry.source,
                entries=(entry.id,),
                reason=f"{entry.id!r} has one wording only: {entry.question[:120]!r}",
                advice="Add two or three in visitors' words, keywords among them; see what they typed.",
            )


def _is_question(text: str) -> bool:
    """Whether a text ends as a question, or begins as one in a language that is known here."""
    return bool(_MARK.search(text)) or bool(_QUESTION_WORDS.intersection(stems(text[:80])[:2]))
