"""Which judgements fail, for who mends the entries: the surest mistakes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from index.text import shorten
from scripts.evaluation.answered import DEPTH, Answered
from scripts.evaluation.tables import QUERY_WIDTH, UNDEFINED, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Of a run. Queries that could not be asked are none of them.

    not_first: an entry answers, but another one was first, or nothing; the most confident first.
    not_answered: the right entry was first, but not given as the answer; the least confident first.
    wrongly_answered: nothing answers, but something was given as the answer; the most confident first.
    """

    not_first: tuple[Answered, ...]
    not_answered: tuple[Answered, ...]
    wrongly_answered: tuple[Answered, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "not_first": [{**_failure(one), "rank": one.rank} for one in self.not_first],
            "not_answered": [_failure(one) for one in self.not_answered],
            "wrongly_answered": [_failure(one) for one in self.wrongly_answered],
        }


def failures_of(answered: Iterable[Answered]) -> Failures:
    """Those among the answers to judgements."""
    asked = sorted((one for one in answered if not one.problem), key=_confidence)
    return Failures(
        not_first=tuple(one for one in reversed(asked) if one.relevant and one.rank != 1),
        not_answered=tuple(one for one in asked if one.rank == 1 and one.decision != "answer"),
        wrongly_answered=tuple(
            one for one in reversed(asked) if not one.relevant and one.decision == "answer"
        ),
    )


def failure_tables(failures: Failures, *, most: int | None = None) -> Iterator[Table]:
    """A table of each kind that there is. most: rows shown, and long texts are cut."""
    words, decided = ("query", "expected", "first"), ("confidence", "decision")
    for title, found, words_shown, others in (
        ("An entry answers, but is not first", failures.not_first, words, ("confidence", "rank", "decision")),
        ("Right, but not given as the answer", failures.not_answered, words[::2], decided),
        ("Answered, though nothing answers", failures.wrongly_answered, words[::2], decided[:1]),
    ):
        if found:
            hidden = len(found) - len(found[:most])
            cells = [_cells(one, None if most is None else QUERY_WIDTH) for one in found[:most]]
            header = (*words_shown, *others)
            yield Table(
                title=f"{title}: {len(found)}",
                header=header,
                rows=tuple(tuple(of_one[name] for name in header) for of_one in cells),
                left=len(words_shown),
                notes=(f"… and {hidden} more: --report or --json shows them.",) if hidden else (),
            )


def _cells(one: Answered, width: int | None) -> dict[str, str]:
    def cut(text: str) -> str:
        return text if width is None else shorten(text, width)

    return {
        "query": cut(one.query),
        "expected": cut(", ".join(one.relevant)),
        "first": cut(one.hits[0].id) if one.hits else UNDEFINED,
        "confidence": f"{_confidence(one):.2f}",
        "rank": str(one.rank or f">{DEPTH}"),
        "decision": one.decision,
    }


def _failure(one: Answered) -> dict[str, Any]:
    first = {"id": one.hits[0].id, "confidence": one.hits[0].confidence} if one.hits else None
    return {"query": one.query, "relevant": list(one.relevant), "first": first, "decision": one.decision}


def _confidence(one: Answered) -> float:
    return one.hits[0].confidence if one.hits else 0.0
