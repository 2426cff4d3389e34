"""What the made-up visitors have in mind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from index.entry import Entry
from index.judgements import Judgement

FILE: Final = Path(__file__).with_name("topics.json")
_SHARES: Final = {"answered": 0.76, "missing": 0.12, "wording": 0.05, "ambiguous": 0.05, "off_topic": 0.02}
"""Of everything that is asked, by what it is about."""

OWN: Final = 2
"""How much more often an entry's own wording is asked than one of the golden set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """wordings: of one thing that people want to know. entries: that answer it, none where nothing does.
    share: of everything asked, at most. course: how often it is asked at the start, in the middle and at
    the end of the time, 1.0 being usual.
    """

    wordings: tuple[str, ...]
    entries: frozenset[str]
    share: float
    course: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def weight(self, when: float) -> float:
        """How often it is asked at a part of the time, 0 to 1."""
        start, middle, end = self.course
        first, second, part = (start, middle, 2 * when) if when < 0.5 else (middle, end, 2 * when - 1)
        return self.share * (first + (second - first) * part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How people write and vote. rejected: reasons by entry that people are unhappy with."""

    rejected: Mapping[str, Sequence[str]]
    unhelpful: Sequence[str]
    openings: Sequence[str]
    endings: Sequence[str]
    small_words: frozenset[str]


def load_topics(golden: Sequence[Judgement], entries: Sequence[Entry]) -> tuple[list[Topic], Habits]:
    """Topics of the golden set, the popular ones first, and ours."""
    held: dict[str, Any] = orjson.loads(FILE.read_bytes())
    by_id = {entry.id: entry for entry in entries}
    topics = _answered(golden, by_id)
    for kind in ("missing", "wording", "ambiguous"):
        usable = [topic for topic in held[kind] if set(topic.get("entries", ())) <= by_id.keys()]
        topics += [
            Topic(
                wordings=tuple(topic["wordings"]),
                entries=frozenset(topic.get("entries", ())),
                share=_SHARES[kind] / len(usable),
                course=tuple(topic.get("course", (1.0, 1.0, 1.0))),
            )
            for topic in usable
        ]
    topics.append(Topic(wordings=tuple(held["off_topic"]), entries=frozenset(), share=_SHARES["off_topic"]))
    return topics, Habits(
        rejected={entry: tuple(reasons) for entry, reasons in held["rejected"].items()},
        unhelpful=tuple(held["unhelpful"]),
        openings=tuple(held["openings"]),
        endings=tuple(held["endings"]),
        small_words=frozenset(held["small_words"]),
    )


def _answered(golden: Sequence[Judgement], by_id: Mapping[str, Entry]) -> list[Topic]:
    """One a set of entries, asked as in the golden set, which is hard on purpose, and twice as often in the
    entries' own wordings, as most people do. A few of them are asked much more often than most (Zipf's law).
    """
    wordings: dict[frozenset[str], list[str]] = defaultdict(list)
    for judgement in golden:
        if judgement.relevant:  # those that nothing answers have topics of their own
            wordings[frozenset(judgement.relevant)].append(judgement.query)
    for ids, held in wordings.items():
        held += OWN * [text for id_ in sorted(ids) for text in (by_id[id_].question, *by_id[id_].variants)]
    # Spread over the collection, and the same for every seed: what is popular belongs to the shop.
    order = sorted(wordings, key=lambda entries: (-len(wordings[entries]), sorted(entries)[0][::-1]))
    weights = [1 / (rank + 8) for rank in range(len(order))]
    return [
        Topic(
            wordings=tuple(wordings[entries]),
            entries=entries,
            share=_SHARES["answered"] * weight / sum(weights),
        )
        for entries, weight in zip(order, weights, strict=True)
    ]
