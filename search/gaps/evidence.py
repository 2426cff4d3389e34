"""Of a group of queries: what shows which kind of gap it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index import tokenizer
from index.entry import Entry
from search.gaps.doubt import Wordings
from search.gaps.features import Floats, content_stems, unit
from search.gaps.questions import Question
from search.gaps.replay import Answer
from search.gaps.report import GapKind, Nearest, Rival
from search.querylog.quoting import Quotes

PAIR_SHARE: Final = 0.5
"""Of a group's queries that have the same two entries first, from which these compete."""
CLOSE: Final = 0.5
"""Of the first entry's confidence: what the second has, at least, where they compete."""
ALIKE: Final = 0.5
"""Cosine from which a new wording is taken to answer a query, if no other wording is nearer."""
SHOWN_ENTRIES: Final = 3
SHOWN_WORDS: Final = 6
SHOWN_QUERIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """n distinct queries. vectors: float32 (n, d). doubts, far: see doubt, float64 (n,)."""

    questions: Sequence[Question]
    answers: Sequence[Answer]
    vectors: Floats
    doubts: NDArray[np.float64]
    far: NDArray[np.float64]

    @property
    def counts(self) -> list[int]:
        """How often each was asked."""
        return [question.count for question in self.questions]

    @property
    def count(self) -> int:
        """Of all."""
        return sum(self.counts)


def part_of(whole: Group, positions: Sequence[int]) -> Group:
    """Some of the queries of a group, by position."""
    return Group(
        questions=[whole.questions[position] for position in positions],
        answers=[whole.answers[position] for position in positions],
        vectors=whole.vectors[list(positions)],
        doubts=whole.doubts[list(positions)],
        far=whole.far[list(positions)],
    )


def rivals_of(group: Group) -> tuple[str, str] | None:
    """The two entries that compete for most of the queries, the one more often first before the other."""
    pairs: Counter[tuple[str, str]] = Counter()
    for question, answer in zip(group.questions, group.answers, strict=True):
        if len(answer.hits) > 1 and answer.hits[1][1] >= CLOSE * answer.hits[0][1] > 0:
            one, other = sorted((answer.hits[0][0], answer.hits[1][0]))
            pairs[one, other] += question.count
    if not pairs:
        return None
    (one, other), held = max(pairs.items(), key=lambda pair: (pair[1], pair[0]))
    if held < PAIR_SHARE * group.count:
        return None
    first = firsts(group)
    return (one, other) if first[one] >= first[other] else (other, one)


def nearest_entries(group: Group, kind: GapKind, entries: Mapping[str, Entry]) -> tuple[Nearest, ...]:
    """Those that are found first most often, then those next in the answers; where answers were rejected,
    those that were voted down before all others.
    """
    points: dict[str, float] = defaultdict(float)
    sure: dict[str, list[float]] = defaultdict(list)
    first = firsts(group)
    refused: Counter[str] = Counter()
    for question, answer in zip(group.questions, group.answers, strict=True):
        refused += question.refused if kind == "rejected" else Counter()
        for rank, (id_, confidence) in enumerate(answer.hits[:SHOWN_ENTRIES], start=1):
            points[id_] += question.count / rank
            sure[id_].append(confidence)
    best = sorted(points, key=lambda id_: (-refused[id_], -points[id_], id_))[:SHOWN_ENTRIES]
    return tuple(
        Nearest(
            id=id_,
            question=entries[id_].question,
            confidence=round(float(np.mean(sure[id_])), 4),
            first=round(first[id_] / max(group.count, 1), 4),
        )
        for id_ in best
    )


def lacking_words(group: Group, entry: Entry) -> tuple[str, ...]:
    """Words of several of the queries, as they were written, that the entry's question and variants lack."""
    known = set(content_stems(" ".join((entry.question, *entry.variants))))
    return _frequent([a.understood for a in group.answers], group.counts, known, least=2)


def rivals(
    group: Group, pair: tuple[str, str], entries: Mapping[str, Entry], quotes: Quotes
) -> tuple[Rival, ...]:
    """The two entries, and the wording that tells each from the other."""
    texts = {id_: " ".join((entries[id_].question, *entries[id_].variants)) for id_ in pair}
    found = []
    for id_, other in (pair, pair[::-1]):
        leaning = sorted(
            (
                (_sure(answer, id_) - _sure(answer, other), quotes.best(question.wordings))
                for question, answer in zip(group.questions, group.answers, strict=True)
            ),
            key=lambda one: (-one[0], one[1]),
        )
        found.append(
            Rival(
                id=id_,
                question=entries[id_].question,
                words=_frequent(
                    [entries[id_].question, *entries[id_].variants],
                    [1] * (1 + len(entries[id_].variants)),
                    set(content_stems(texts[other])),
                    least=1,
                ),
                queries=tuple(text for lead, text in leaning[:SHOWN_QUERIES] if lead > 0),
            )
        )
    return tuple(found)


def answered_by(
    group: Group, chosen: Sequence[int], wordings: Wordings | None, others: NDArray[np.bool_] | None
) -> float:
    """Share of the group's queries that new wordings would probably answer, 0 to 1.

    chosen: positions of the queries that become wordings. others: which wordings of the collection belong to
    other entries, bool (w,). A query counts where one of the new ones is ALIKE and nearer to it than every
    wording of another entry, as the ranking goes mostly by the nearest wording. What is chosen is judged by
    the rest of the chosen, so that it doesn't answer itself; only where it was asked several times, letter
    by letter, all but one of those count. Answers are not looked at, nor what nobody has asked yet.
    """
    near = _nearest_chosen(unit(group.vectors), chosen)
    answered = near >= ALIKE
    if wordings is not None and others is not None and others.any():
        centred = unit(group.vectors - wordings.centre)
        answered &= _nearest_chosen(centred, chosen) > (centred @ wordings.rows[others].T).max(axis=1)
    counts = np.array(group.counts, dtype=np.float64)
    found = counts * answered
    own = list(chosen)
    found[own] = np.maximum(found[own], counts[own] - 1)
    return float(found.sum() / counts.sum())


def _nearest_chosen(rows: Floats, chosen: Sequence[int]) -> Floats:
    """Similarity of each row to the nearest of the chosen but itself, float32 (n,)."""
    alike = rows @ rows[list(chosen)].T
    alike[list(chosen), np.arange(len(chosen))] = -1.0
    best: Floats = alike.max(axis=1)
    return best


def firsts(group: Group) -> Counter[str]:
    """How many of the queries find which entry first."""
    first: Counter[str] = Counter()
    for question, answer in zip(group.questions, group.answers, strict=True):
        if answer.first is not None:
            first[answer.first] += question.count
    return first


def sure_of(group: Group, ids: Sequence[str]) -> float:
    """Mean confidence that one of these entries answers."""
    sure = [sum(_sure(answer, id_) for id_ in ids) for answer in group.answers]
    return float(np.average(sure, weights=group.counts))


def _sure(answer: Answer, id_: str) -> float:
    return dict(answer.hits).get(id_, 0.0)


def _frequent(texts: Sequence[str], counts: Sequence[int], known: set[str], *, least: int) -> tuple[str, ...]:
    """Words whose stems are not known, by how many texts they stand in; each as it is written first."""
    held: Counter[str] = Counter()
    written: dict[str, str] = {}
    for text, count in zip(texts, counts, strict=True):
        for stem, (start, end) in dict(reversed(tokenizer.spans(text))).items():
            if stem not in known and stem not in tokenizer.FUNCTION_STEMS and len(stem) > 1:
                held[stem] += count
                written.setdefault(stem, text[start:end].casefold())
    best = sorted((stem for stem in held if held[stem] >= least), key=lambda stem: (-held[stem], stem))
    return tuple(written[stem] for stem in best[:SHOWN_WORDS])
