"""Why hits stand where they stand, and why the decision fell, in the words of who writes the entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from search.ranking import FEATURES, Floats
from search.result import Contribution, Decision, Explanation

_WORDS: Final = {
    "question": "how near the question and its other wordings are in meaning",
    "question_answer": "how near question and answer together are in meaning",
    "answer": "how near the nearest piece of the answer is in meaning",
    "question_bm25": "words shared with the question and its other wordings",
    "answer_bm25": "words shared with the answer",
    "coverage": "how many of the query's words the entry holds, rare ones counting more",
    "adapted_question": "how near the question is, by what this collection's other wordings teach",
    "adapted_question_answer": "how near question and answer are, by what those wordings teach",
}


def explain_hit(features: Floats, weights: Floats) -> Explanation:
    """The contributions to a score that is a weighted sum. features, weights: float32 (f,), as FEATURES."""
    parts = [
        Contribution(
            feature=name,
            value=float(value),
            points=float(value * weight),
            text=f"{_WORDS.get(name, name.replace('_', ' '))}: {value:.2f}",
        )
        for name, value, weight in zip(FEATURES, features, weights, strict=True)
    ]
    return Explanation(contributions=tuple(sorted(parts, key=lambda part: -abs(part.points))))


def explain_decision(decision: Decision, confidences: Sequence[float], *, needed: float) -> str:
    """confidences: of the hits, best first. needed: from which the first is given as the answer."""
    if not confidences:
        return "No entry was found."
    first = f"The best entry is {confidences[0]:.0%} sure to be right"
    if decision == "answer":
        return f"{first}; {needed:.0%} is enough for an answer."
    if decision == "clarify":
        return (
            f"{first}, less than the {needed:.0%} for an answer; but one of the first ones is likely meant."
        )
    return f"{first}; {needed:.0%} is needed for an answer."
