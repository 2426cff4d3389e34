"""Rules on what the readers of files have already found."""

from __future__ import annotations

from collections.abc import Iterator

from search.lint.findings import Finding
from search.lint.subject import Subject


def unread_pieces(subject: Subject) -> Iterator[Finding]:
    """`unusable`: meant as an entry, and none; `doubled-id`: the later of two with one id."""
    for rejection in subject.rejections:
        if rejection.severity == "invalid":
            yield Finding(
                code="unusable",
                severity="error",
                place=f"{rejection.file}:{rejection.line}",
                entries=(),
                reason=f"{rejection.reason.rstrip('.')}"
                + (f": {rejection.text!r}." if rejection.text else "."),
                advice="Mend it: as it is, it is no entry, and a build stops or goes on without it.",
            )
    for first, second in subject.doubled:
        yield Finding(
            code="doubled-id",
            severity="error",
            place=second.source,
            entries=(second.id,),
            reason=f"the id {second.id!r} is already used at {first.source}.",
            advice="Give one of them an id of its own: a build stops here.",
        )
