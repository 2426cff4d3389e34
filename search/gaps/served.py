"""Which questions are looked at, which are the same, and which are served badly now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from search.gaps.evidence import Group
from search.gaps.features import unit
from search.gaps.questions import Question, key_of
from search.gaps.replay import Answer

MOST_REPLAYED: Final = 20_000
"""Distinct questions that are asked anew: all that were served badly, then those that most people asked."""
AGAIN_ALIKE: Final = 0.6
"""Cosine from which what a session asked next is the same in other words."""

COMPLAINTS: Final = 0.1
"""Of the times a question was asked, from which votes against its answer count: most people never vote."""


def worth_asking(questions: Sequence[Question]) -> list[Question]:
    """Those that are asked anew, in order of their keys."""
    if len(questions) <= MOST_REPLAYED:
        return list(questions)
    # What was served badly, however little; of the rest those that most people asked.
    order = sorted(questions, key=lambda q: (not (q.reasons or q.again), -q.count, q.key))
    return sorted(order[:MOST_REPLAYED], key=lambda question: question.key)


def folded(questions: Sequence[Question], answers: Sequence[Answer]) -> tuple[list[Question], list[Answer]]:
    """Questions that are the same once their spelling is mended, as one."""
    held: dict[str, list[int]] = {}
    for position, answer in enumerate(answers):
        held.setdefault(key_of(answer.understood), []).append(position)
    folded, kept = [], []
    for key in sorted(held):
        positions = held[key]
        best = min(positions, key=lambda p: (questions[p].key != key, -questions[p].count, questions[p].key))
        one = Question(key)
        for position in positions:
            other = questions[position]
            one.wordings += other.wordings
            one.sessions |= other.sessions
            one.reasons += other.reasons
            one.shown += other.shown
            one.again += other.again
            one.liked += other.liked
            one.clicked += other.clicked
            one.helped += other.helped
            one.rejected += other.rejected
            one.refused += other.refused
        folded.append(one)
        kept.append(answers[best])
    return folded, kept


def badly_served(whole: Group) -> tuple[list[int], int]:
    """Positions of the questions that are served badly now, and how many queries were and are no longer.

    What was asked again in other words counts where the words mean the same; complaints about an answer
    count while the same entry is first.
    """
    places = {question.key: position for position, question in enumerate(whole.questions)}
    rows = unit(whole.vectors) if len(whole.vectors) else whole.vectors
    bad, mended = [], 0
    for position, (question, answer) in enumerate(zip(whole.questions, whole.answers, strict=True)):
        was = question.reasons.total()
        same = not question.shown or question.shown.most_common(1)[0][0] == answer.first
        # A click says that an answer was read, not that it was any good.
        voted_down = question.rejected > max(question.helped, COMPLAINTS * question.count)
        complaints = same and (voted_down or question.reasons["no_click"])
        again = [places[key] for key in question.again if key in places]
        repeated = same and any(float(rows[position] @ rows[other]) >= AGAIN_ALIKE for other in again)
        if repeated:
            question.reasons["asked_again"] += question.again.total()
        doubtful = whole.doubts[position] < 0 and not question.liked
        if answer.decision != "answer" or doubtful or complaints or repeated:
            if answer.decision != "answer" and not question.reasons[answer.decision]:
                question.reasons[answer.decision] += question.count
            elif doubtful and answer.decision == "answer":
                question.reasons["low_confidence"] += question.count
            bad.append(position)
        else:
            mended += was
    return bad, mended
