"""Which kind of gap a group of queries is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from index.entry import Entry
from search.decision import ANSWER_AT
from search.gaps.evidence import SHOWN_ENTRIES, Group, firsts, rivals_of, sure_of
from search.gaps.features import content_stems
from search.gaps.report import GapKind

REJECTED_SHARE: Final = 0.5
"""Of a group's queries, voted down or answered surely, from which it is the answer that is wrong: few people
vote at all, and what is answered surely lacks no wording.
"""
NAMED_SHARE: Final = 0.5
"""Of a group's queries that name what an entry is about, from which there is something near."""
BARE: Final = 2
"""Words of content that a query has, at most, which names what it is about and no more: "returns"."""
AGREE_SHARE: Final = 0.6
"""Of a group's queries with the same entry first, from which that entry is what they mean."""
FAR: Final = -0.3
"""Deviations on average, from which queries are near to wordings: see doubt."""


def kind_of(group: Group, entries: Mapping[str, Entry]) -> GapKind | None:
    """Of which kind; None where its queries have nothing to do with each other but how they were served.

    Rejected, where answers were voted down: most, or such as are given surely and are no gap otherwise. What
    got no answer can't be rejected, whatever was voted. Then, as far as the queries are near to wordings that
    are there: ambiguous, where the same two entries compete, and wording, where most mean one entry. Doubtful
    answers count for that only where the two or the one are sure together for several queries, or where these
    only name what entries are about. Missing is what is doubtful otherwise.
    """
    whole = group.count
    if _voted_down(group):
        return "rejected"
    doubtful = float(np.average(group.doubts, weights=group.counts)) < 0
    # One query says little: an entry next to what nobody wrote is often named with confidence.
    near = len(group.questions) > 1 and float(np.average(group.far, weights=group.counts)) >= FAR
    named = _named(group, entries) >= NAMED_SHARE
    pair = rivals_of(group)
    if pair and (named or not doubtful or (near and sure_of(group, pair) >= ANSWER_AT)):
        return "ambiguous"
    first = [id_ for id_, count in firsts(group).most_common(1) if count >= AGREE_SHARE * whole]
    if first and (named or not doubtful or (near and sure_of(group, first) >= ANSWER_AT)):
        return "wording"
    if named:
        return "ambiguous"
    return "missing" if doubtful else None


def _voted_down(group: Group) -> bool:
    refused = sum(question.refused.total() for question in group.questions)
    if refused <= sum(question.helped for question in group.questions):
        return False
    sure = sum(
        question.count
        for question, answer, doubt in zip(group.questions, group.answers, group.doubts, strict=True)
        if answer.decision == "answer" and doubt >= 0
    )
    return max(refused, sure) >= REJECTED_SHARE * group.count


def _named(group: Group, entries: Mapping[str, Entry]) -> float:
    """Share of the queries that are of a few words, all of which the wordings of an entry they find have."""
    known: dict[str, set[str]] = {}
    named = 0
    for question, answer in zip(group.questions, group.answers, strict=True):
        words = set(content_stems(answer.understood))
        for id_, _ in answer.hits[:SHOWN_ENTRIES] if 0 < len(words) <= BARE else ():
            if id_ not in known:
                known[id_] = set(content_stems(" ".join((entries[id_].question, *entries[id_].variants))))
            if words <= known[id_]:
                named += question.count
                break
    return named / group.count
