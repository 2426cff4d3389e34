"""Why hits stand where they stand, and why the decision fell, in the words of who writes the entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from search.ranking import FEATURES, Floats
from search.result import Contribution, Decision, Explanation, Hit

_WORDS: Final = {
    "question": "in meaning, the question or one of its other wordings is near to what was asked",
    "question_answer": "in meaning, question and answer together are near",
    "answer": "in meaning, a part of the answer is near",
    "question_bm25": "words of the query stand in the question or its other wordings",
    "answer_bm25": "words of the query stand in the answer",
    "coverage": "so much of the query is found somewhere in the entry, rare words counting more",
    "adapted_question": "in meaning, as this FAQ's other wordings teach to compare, the question is near",
    "adapted_question_answer": "in meaning, compared likewise, question and answer together are near",
}
_NOTHING: Final = 0.005  # points that nobody would see in the sum
_FAR_AHEAD: Final = 3.0  # times as sure as the next: nobody would call that close
_WORTH: Final = 0.05
"""Confidence below which nobody would call a second hit close."""
_SHOWN: Final = 80  # characters of a question that a sentence quotes


def explain_hit(features: Floats, weights: Floats) -> Explanation:
    """The contributions to a score that is a weighted sum. features, weights: float32 (f,), as FEATURES.

    What adds nothing is left out.
    """
    parts = [
        Contribution(
            feature=name,
            value=float(value),
            points=float(value * weight),
            text=f"{_WORDS[name]} ({value:.2f}, counts {weight:.1f}-fold)",
        )
        for name, value, weight in zip(FEATURES, features, weights, strict=True)
        if abs(value * weight) >= _NOTHING
    ]
    return Explanation(contributions=tuple(sorted(parts, key=lambda part: -abs(part.points))))


def explain_decision(
    decision: Decision, hits: Sequence[Hit], *, needed: float, corrected: str | None = None
) -> str:
    """hits: best first. needed: the confidence from which the first is given as the answer. corrected: what
    was searched instead of the query.
    """
    return " ".join(_sentences(decision, hits, needed=needed, corrected=corrected))


def _sentences(decision: Decision, hits: Sequence[Hit], *, needed: float, corrected: str | None) -> list[str]:
    if not hits:
        return ["No entry was found."]
    first = hits[0]
    said = [f"Words were mended: searched for {_quoted(corrected)}."] if corrected else []
    enough = "enough for" if first.confidence >= needed else "less than"
    said.append(
        f"{_quoted(first.entry.question)} is {first.confidence:.0%} sure to be right, {enough} the "
        f"{needed:.0%} that an answer needs."
    )
    rival = hits[1] if len(hits) > 1 else None
    if rival and rival.confidence >= max(first.confidence / _FAR_AHEAD, _WORTH):
        said.append(f"{_quoted(rival.entry.question)} is close behind with {rival.confidence:.0%}.")
    if decision == "clarify":
        said.append("One of the first entries is likely meant, so the visitor is asked which.")
        said.append("If they say the same, join them; if not, word their questions further apart.")
    elif decision == "no_answer":
        said.append(
            "If the first entry is right, add the query to its other wordings; if none is, write one."
        )
    return said


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"
