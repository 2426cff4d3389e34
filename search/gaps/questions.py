"""From a log to the distinct questions in it, and how each was served badly at the time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from index import tokenizer
from index.text import clean_line
from search.querylog.folding import TYPIST
from search.querylog.records import LoggedQuery
from search.querylog.votes import voter

Reason = Literal["no_answer", "clarify", "low_confidence", "rejected", "asked_again", "no_click"]

AGAIN_WITHIN: Final = timedelta(minutes=3)
"""Between a question and its next wording in the same session."""
UNLIKELY: Final = 0.05
"""Chance that a question which people do open hits for stays without a click so often."""
_LEAST_CLICKS: Final = 20  # of a source, before it is taken to send clicks at all


@dataclass(slots=True)
class Question:
    """What was asked, folded: equal but for case, punctuation and endings.

    wordings: as asked, with how often each. sessions: of those who asked. reasons: how often it was served
    wordings: as asked, with how often each. sessions: of those who asked. reasons: how often it was served
    badly and how, by what the log says. shown: ids that were first, with how often. liked: by how many a hit
    was opened or called helpful, and not voted down. helped: by how many one was called helpful or named as
    the answer. rejected: by how many an answer was voted down or another named. refused: entries that this
    was said of, with by how many; none where nothing was given as the answer. again: keys of what the same
    sessions asked next, without a click between.
    """

    key: str
    wordings: Counter[str] = field(default_factory=Counter)
    sessions: set[str] = field(default_factory=set)
    reasons: Counter[Reason] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    liked: int = 0
    clicked: int = 0
    helped: int = 0
    rejected: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How often it was asked."""
        return self.wordings.total()

    @property
    def text(self) -> str:
        """Its most frequent wording, of equally frequent ones the first in order."""
        return min(self.wordings, key=lambda wording: (-self.wordings[wording], wording))


def key_of(text: str) -> str:
    """Equal for texts that differ in case, punctuation and endings only."""
    line = clean_line(text)
    return " ".join(tokenizer.stems(line)) or line.casefold()


def from_texts(texts: Iterable[str]) -> list[Question]:
    """Questions without a log, in order of their keys."""
    found: dict[str, Question] = {}
    for number, text in enumerate(texts):
        question = found.setdefault(key_of(text), Question(key_of(text)))
        question.wordings[text] += 1
        question.sessions.add(f"#{number}")
    return [found[key] for key in sorted(found)]


def from_log(log: Sequence[LoggedQuery]) -> list[Question]:
    """The questions of a log, in order of their keys; the order of the log changes nothing."""
    log = sorted(log, key=lambda query: (query.at, query.query_id))
    expected = _click_shares(log)
    found: dict[str, Question] = {}
    answered: dict[tuple[str, str], str] = {}  # to whom, from which source of those that send clicks
    said: dict[tuple[str, str], LoggedQuery] = {}  # of each person the one that they said something to last
    for query in log:
        key = key_of(query.normalised)
        question = found.setdefault(key, Question(key))
        question.wordings[query.asked] += 1
        question.sessions.add(voter(query))
        if query.decision != "answer":
            question.reasons[query.decision] += 1
        elif query.source in expected:
            answered[key, voter(query)] = query.source
        if query.top_ids:
            question.shown[query.top_ids[0]] += 1
        question.clicked += any(one.kind == "click" for one in query.feedback)
        if query.feedback:
            said[key, voter(query)] = query
    for (key, _), query in said.items():
        question = found[key]
        if _rejected(query):
            question.rejected += 1
            question.reasons["rejected"] += 1
            question.refused.update(_refused(query))
        else:
            question.liked += 1
            question.helped += any(one.kind == "answer" or one.helpful for one in query.feedback)
    unclicked: dict[str, float] = defaultdict(lambda: 1.0)
    for (key, _), source in answered.items():  # once for each person, who may ask as often as they like
        unclicked[key] *= 1 - expected[source]
    for key, chance in unclicked.items():
        if chance < UNLIKELY and not found[key].liked:
            found[key].reasons["no_click"] += 1
    _note_repeats(log, found)
    return [found[key] for key in sorted(found)]


def _click_shares(log: Sequence[LoggedQuery]) -> dict[str, float]:
    """How often answers are opened, by source, of those that send clicks."""
    answered: Counter[str] = Counter()
    clicked: Counter[str] = Counter()
    for query in log:
        if query.decision == "answer":
            answered[query.source] += 1
            clicked[query.source] += any(said.kind == "click" for said in query.feedback)
    return {source: n / answered[source] for source, n in clicked.items() if n >= _LEAST_CLICKS}


def _rejected(query: LoggedQuery) -> bool:
    """Whether its person said no and did not change their mind, or named another entry than the first."""
    helpful = [said.helpful for said in query.feedback if said.kind == "helpful"]
    named = [said.entry_id for said in query.feedback if said.kind == "answer"]
    wrong = bool(named) and named[-1] is not None and named[-1] not in query.top_ids[:1]
    return wrong or (bool(helpful) and helpful[-1] is False)


def _refused(query: LoggedQuery) -> list[str]:
    """The entry that the last no is about: the one it names, else that which was given as the answer."""
    named = [said.entry_id for said in query.feedback if said.kind == "helpful" and said.helpful is False]
    given = query.top_ids[:1] if query.decision == "answer" else ()
    return [named[-1]] if named and named[-1] else list(given)


def _note_repeats(log: Sequence[LoggedQuery], found: dict[str, Question]) -> None:
    last: dict[str, LoggedQuery] = {}
    for query in log:
        if query.session is None or query.session.startswith(TYPIST):
            continue
        before = last.get(query.session)
        last[query.session] = query
        if before is None or query.at - before.at > AGAIN_WITHIN or before.feedback:
            continue
        one, other = key_of(before.normalised), key_of(query.normalised)
        if one != other:
            found[one].again[other] += 1
