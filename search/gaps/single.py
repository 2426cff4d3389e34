"""One gap: a group of queries with everything that is told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index import tokenizer
from index.entry import Entry
from index.snapshot import Snapshot
from search.gaps.doubt import Wordings, wordings_of
from search.gaps.evidence import Group, answered_by, lacking_words, nearest_entries, rivals, rivals_of
from search.gaps.identity import new_id
from search.gaps.questions import key_of
from search.gaps.report import Gap, GapKind, Nearest
from search.gaps.wording import central, headings, name_of, representatives, suggested_question
from search.querylog.quoting import LEFT_OUT, Quotes, says_nothing

VARIANTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The collection around a gap."""

    snapshot: Snapshot
    entries: Mapping[str, Entry]
    wordings: Wordings

    @classmethod
    def of(cls, snapshot: Snapshot) -> Surroundings:
        """Those of a snapshot."""
        entries = {entry.id: entry for entry in snapshot.entries}
        return cls(snapshot=snapshot, entries=entries, wordings=wordings_of(snapshot))

    def without(self, entry_id: str | None) -> NDArray[np.bool_]:
        """Which wordings are not of an entry, bool (w,)."""
        other = np.array([entry.id != entry_id for entry in self.snapshot.entries], dtype=np.bool_)
        found: NDArray[np.bool_] = other[self.wordings.owners]
        return found


def gap_of(
    part: Group,
    kind: GapKind,
    *,
    sessions: int,
    asked: int,
    surroundings: Surroundings | None,
    quotes: Quotes,
) -> Gap | None:
    """The gap that a group is; None where nothing of it may be quoted. asked: queries of the whole period.
    surroundings: None without any entry. quotes: of all that was asked in the period.
    """
    entries = surroundings.entries if surroundings else {}
    words = [len(answer.understood.split()) for answer in part.answers]
    medoid = central(part.vectors, part.counts, words)
    # As asked, not as understood: that makes a flash of the flask which no entry knows.
    texts = [quotes.best(question.wordings) for question in part.questions]
    # What can't be quoted whole comes last, and what says nothing then after that: the first names the gap.
    chosen = sorted(
        representatives(part.vectors, part.counts, medoid),
        key=lambda position: (
            texts[position] not in part.questions[position].wordings,
            says_nothing(suggested_question(texts[position])),
        ),
    )
    quoted = _telling(texts[position] for position in chosen)
    if says_nothing(suggested_question(quoted[0])):
        return None
    nearest = nearest_entries(part, kind, entries)
    pair = _competing(part, nearest) if kind == "ambiguous" else None
    own = nearest[0].id if kind == "wording" and nearest else None
    name, asking = headings(part.vectors, part.counts, chosen, texts)
    reasons: Counter[str] = Counter()
    wordings: Counter[str] = Counter()
    for question in part.questions:
        reasons.update(question.reasons)
        wordings.update(question.wordings)
    whole = sorted(filter(quotes.allows, wordings), key=lambda text: (-wordings[text], text))
    answered = answered_by(
        part,
        chosen,
        surroundings.wordings if surroundings else None,
        surroundings.without(own) if surroundings else None,
    )
    return Gap(
        id=new_id(part.questions[medoid].text),
        kind=kind,
        name=name_of(suggested_question(texts[chosen[name]])),
        queries=tuple(whole) or quoted,
        count=part.count,
        sessions=sessions,
        share=round(part.count / max(asked, 1), 6),
        before=None,
        representatives=quoted,
        suggestion=suggested_question(texts[chosen[asking]]),
        entries=tuple(one.id for one in nearest),
        nearest=nearest,
        confidence=round(float(np.mean([answer.confidence for answer in part.answers])), 4),
        answered_by_fix=round(answered, 4),
        reasons=dict(sorted(reasons.items())),
        variants=_new_variants(part, chosen, entries[own], texts) if own else (),
        words=tuple(filter(quotes.allows, lacking_words(part, entries[own]))) if own else (),
        rivals=rivals(part, pair, entries, quotes) if pair else (),
        clicks=sum(question.clicked for question in part.questions),
        votes_down=sum(question.rejected for question in part.questions),
    )


def _competing(part: Group, nearest: Sequence[Nearest]) -> tuple[str, str]:
    """The two that compete for most of the queries; where many compete, the two nearest."""
    return rivals_of(part) or (nearest[0].id, nearest[1].id)


def _telling(texts: Iterable[str]) -> tuple[str, ...]:
    """Without those of which words are left out, and the rest stands in one before."""
    shown: list[str] = []
    said: list[set[str]] = []
    for text in texts:
        words = set(tokenizer.stems(text))
        if text not in shown and not (LEFT_OUT in text and any(words <= other for other in said)):
            shown.append(text)
            said.append(words)
    return tuple(shown)


def _new_variants(part: Group, chosen: Sequence[int], entry: Entry, texts: Sequence[str]) -> tuple[str, ...]:
    """Queries that the entry doesn't have as a wording yet, badly served, it may have them all the same; that
    no other entry surely answers, which they would be taken from; and that may be quoted whole.

    texts: of each query, what may be quoted.
    """
    known = {key_of(wording) for wording in (entry.question, *entry.variants)}
    found = []
    for position in chosen:
        text, answer = texts[position], part.answers[position]
        others = answer.decision == "answer" and answer.first != entry.id
        whole = text in part.questions[position].wordings
        if whole and key_of(text) not in known and not others:
            found.append(text)
    return tuple(found[:VARIANTS])
