"""The analysis: from questions to a report of gaps."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.progress import Reporter, Silent
from search.engine import SearchEngine
from search.gaps.doubt import Wordings, doubts, wordings_of
from search.gaps.evidence import (
    Group,
    answered_by,
    kind_of,
    lacking_words,
    nearest_entries,
    rivals,
    rivals_of,
)
from search.gaps.features import Floats, features, unit
from search.gaps.grouping import group
from search.gaps.identity import Encode, kept_identities, new_id
from search.gaps.questions import Question, key_of
from search.gaps.replay import Answer, replay, unanswered
from search.gaps.report import Gap, GapReport, Nearest, Rival
from search.gaps.wording import central, name_of, representatives, suggested_question

LEAST_QUERIES: Final = 3
"""Queries asked, below which a group is no gap but single questions: two may be alike by chance."""
MOST_REPLAYED: Final = 30_000
"""Distinct questions that are asked anew: all that were served badly, then the least sure answers."""
AGAIN_ALIKE: Final = 0.6
"""Cosine from which what a session asked next is the same in other words."""
VARIANTS: Final = 5
_CORE: Final = 0.2  # quantile of a gap's own similarities to its centre: what is nearer belongs to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Of a log. asked: queries in it. before: questions that were served badly in the period before it, or
    None where there is no log. least_sessions: that a gap must come from to be shown.
    """

    before: Sequence[Question] | None = None
    least_sessions: int = 1


def find_gaps(
    questions: Sequence[Question],
    *,
    engine: SearchEngine | None,
    encode: Encode,
    period: Period | None = None,
    previous: Sequence[Mapping[str, Any]] = (),
    about: Mapping[str, Any] | None = None,
    threads: int = 1,
    reporter: Reporter | None = None,
) -> GapReport:
    """The gaps that questions show, those first whose mending answers most queries.

    questions: in order of their keys, see questions. engine: the snapshot in service, or None where the
    collection has no entries: then everything is missing. encode: vectors of texts, as the engine's.
    previous: the gaps of the report before, whose ids and names are kept. threads: searches at a time.
    """
    return _Analysis(engine, encode, period or Period(), threads, reporter or Silent()).run(
        questions, previous, about or {}
    )


class _Analysis:
    def __init__(
        self,
        engine: SearchEngine | None,
        encode: Encode,
        period: Period,
        threads: int,
        reporter: Reporter,
    ) -> None:
        self._engine = engine
        self._encode = encode
        self._period = period
        self._threads = threads
        self._reporter = reporter
        self._wordings: Wordings | None = wordings_of(engine.snapshot) if engine else None
        self._seconds: dict[str, float] = {}
        self._clock = time.perf_counter()

    def run(
        self, questions: Sequence[Question], previous: Sequence[Mapping[str, Any]], about: Mapping[str, Any]
    ) -> GapReport:
        asked = sum(question.count for question in questions)
        chosen = _worth_asking(questions)
        answers = self._ask([question.text for question in chosen])
        self._lap("replay")
        chosen, answers = _folded(chosen, answers)
        whole = Group(
            questions=chosen,
            answers=answers,
            vectors=_matrix([answer.vector for answer in answers]),
            doubts=np.zeros(len(answers)),
        )
        rows = features([answer.understood for answer in answers], whole.vectors)
        whole = replace(whole, doubts=self._doubts(whole, rows))
        self._lap("doubt")
        bad, mended = _badly_served(whole)
        self._reporter.step(f"grouping {len(bad)} questions that were served badly")
        inside = _part(whole, bad)
        labels = group(features([answer.understood for answer in inside.answers], inside.vectors))
        self._lap("group")
        gaps, singles, hidden = self._gaps(inside, labels, asked, previous)
        self._lap("evidence")
        return GapReport(
            about=about,
            asked=asked,
            distinct=len(questions),
            badly_served=inside.count,
            mended=mended,
            gaps=gaps,
            singletons=singles,
            hidden=hidden,
            seconds=self._seconds,
        )

    def _ask(self, texts: Sequence[str]) -> list[Answer]:
        with self._reporter.bar("asking anew", len(texts)) as advance:
            if self._engine is not None:
                return replay(self._engine, texts, threads=self._threads, progress=advance)
            vectors = self._encode(texts) if texts else np.zeros((0, 1), dtype=np.float32)
            advance(len(texts))
            return [unanswered(text, vector) for text, vector in zip(texts, vectors, strict=True)]

    def _doubts(self, whole: Group, rows: Floats) -> NDArray[np.float64]:
        if self._wordings is None or not len(rows):
            return np.full(len(rows), -1.0)
        sure = np.array([answer.confidence for answer in whole.answers])
        return doubts(sure, whole.vectors, rows, self._wordings)

    def _gaps(
        self, inside: Group, labels: NDArray[np.int64], asked: int, previous: Sequence[Mapping[str, Any]]
    ) -> tuple[list[Gap], list[str], int]:
        """Gaps, single questions, and how many of both are hidden."""
        gaps: list[Gap] = []
        centroids: list[Floats] = []
        keys: list[frozenset[str]] = []
        singles: list[Question] = []
        hidden = 0
        order = np.argsort(labels, kind="stable")
        for positions in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(labels) else []:
            part = _part(inside, positions.tolist())
            sessions = len(set().union(*(question.sessions for question in part.questions)))
            kind = kind_of(part) if part.count >= LEAST_QUERIES else None
            if kind is None:
                singles.extend(part.questions)
            elif sessions < self._period.least_sessions:
                hidden += 1
            else:
                gaps.append(self._gap(part, sessions=sessions, asked=asked))
                centroids.append(unit(part.vectors).mean(axis=0))
                keys.append(frozenset(question.key for question in part.questions))
        gaps = self._with_before(gaps, centroids, inside, labels, keys)
        kept = kept_identities(keys, _matrix(centroids), previous, self._encode)
        gaps = _named(gaps, kept)
        shown = [question for question in singles if len(question.sessions) >= self._period.least_sessions]
        shown.sort(key=lambda question: (-question.count, question.text))
        gaps.sort(key=lambda gap: (-gap.weight, -gap.count, gap.id))
        return gaps, [question.text for question in shown], hidden + len(singles) - len(shown)

    def _gap(self, part: Group, *, sessions: int, asked: int) -> Gap:
        kind = kind_of(part)
        assert kind is not None
        entries = {entry.id: entry for entry in self._engine.snapshot.entries} if self._engine else {}
        words = [len(answer.understood.split()) for answer in part.answers]
        medoid = central(part.vectors, part.counts, words)
        chosen = representatives(part.vectors, part.counts, medoid)
        texts = tuple(part.questions[position].text for position in chosen)
        nearest: tuple[Nearest, ...] = nearest_entries(part, entries)
        pair = rivals_of(part) if kind == "ambiguous" else None
        competing: tuple[Rival, ...] = rivals(part, pair, entries) if pair else ()
        own = nearest[0].id if kind == "wording" and nearest else None
        suggestion = suggested_question(texts[0])
        reasons: Counter[str] = Counter()
        for question in part.questions:
            reasons.update(question.reasons)
        wordings: Counter[str] = sum((question.wordings for question in part.questions), Counter())
        return Gap(
            id=new_id(texts[0]),
            kind=kind,
            name=name_of(suggestion),
            queries=tuple(sorted(wordings, key=lambda text: (-wordings[text], text))),
            count=part.count,
            sessions=sessions,
            share=round(part.count / max(asked, 1), 6),
            before=None,
            representatives=texts,
            suggestion=suggestion,
            entries=tuple(one.id for one in nearest),
            nearest=nearest,
            confidence=round(float(np.mean([answer.confidence for answer in part.answers])), 4),
            answered_by_fix=round(answered_by(part, chosen, self._wordings, self._others(own)), 4),
            reasons=dict(sorted(reasons.items())),
            variants=texts[:VARIANTS] if own else (),
            words=lacking_words(part, entries[own]) if own else (),
            rivals=competing,
            clicks=sum(question.clicked for question in part.questions),
            votes_down=sum(question.rejected for question in part.questions),
        )

    def _others(self, own: str | None) -> NDArray[np.bool_] | None:
        if self._wordings is None or self._engine is None:
            return None
        ids = np.array([entry.id != own for entry in self._engine.snapshot.entries], dtype=np.bool_)
        found: NDArray[np.bool_] = ids[self._wordings.owners]
        return found

    def _with_before(
        self,
        gaps: list[Gap],
        centroids: Sequence[Floats],
        inside: Group,
        labels: NDArray[np.int64],
        keys: Sequence[frozenset[str]],
    ) -> list[Gap]:
        """With how many queries of the period before belong to each: by its questions, else by its centre."""
        before = self._period.before
        if before is None or not gaps:
            return gaps
        owner = {key: position for position, held in enumerate(keys) for key in held}
        centres = unit(_matrix(centroids))
        reach = np.array(
            [
                np.quantile(
                    unit(inside.vectors[[q.key in held for q in inside.questions]]) @ centres[position], _CORE
                )
                for position, held in enumerate(keys)
            ]
        )
        counts = np.zeros(len(gaps), dtype=np.int64)
        new = []
        for question in before:
            if question.key in owner:
                counts[owner[question.key]] += question.count
            else:
                new.append(question)
        if new:
            alike = unit(self._encode([question.text for question in new])) @ centres.T
            best = alike.argmax(axis=1)
            for row, question in enumerate(new):
                if alike[row, best[row]] >= reach[best[row]]:
                    counts[best[row]] += question.count
        return [replace(gap, before=int(count)) for gap, count in zip(gaps, counts, strict=True)]

    def _lap(self, step: str) -> None:
        now = time.perf_counter()
        self._seconds[step], self._clock = round(now - self._clock, 3), now


def _worth_asking(questions: Sequence[Question]) -> list[Question]:
    """Those that are asked anew, in order of their keys."""
    if len(questions) <= MOST_REPLAYED:
        return list(questions)
    # What was served badly, however little; of the rest those that most people asked.
    order = sorted(questions, key=lambda q: (not (q.reasons or q.again), -q.count, q.key))
    return sorted(order[:MOST_REPLAYED], key=lambda question: question.key)


def _folded(questions: Sequence[Question], answers: Sequence[Answer]) -> tuple[list[Question], list[Answer]]:
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
            one.rejected += other.rejected
        folded.append(one)
        kept.append(answers[best])
    return folded, kept


def _badly_served(whole: Group) -> tuple[list[int], int]:
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
        complaints = same and (question.reasons["rejected"] > question.liked or question.reasons["no_click"])
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


def _named(gaps: Sequence[Gap], kept: Mapping[int, tuple[str, str]]) -> list[Gap]:
    """With the ids and names that earlier reports gave; no id stands twice."""
    taken = {id_ for id_, _ in kept.values()}
    found = []
    for position, gap in enumerate(gaps):
        if position in kept:
            found.append(replace(gap, id=kept[position][0], name=kept[position][1]))
            continue
        id_, number = gap.id, 2
        while id_ in taken:
            id_, number = f"{gap.id}-{number}", number + 1
        taken.add(id_)
        found.append(replace(gap, id=id_))
    return found


def _part(whole: Group, positions: Sequence[int]) -> Group:
    return Group(
        questions=[whole.questions[position] for position in positions],
        answers=[whole.answers[position] for position in positions],
        vectors=whole.vectors[list(positions)],
        doubts=whole.doubts[list(positions)],
    )


def _matrix(vectors: Sequence[Floats]) -> Floats:
    return np.stack(vectors) if vectors else np.zeros((0, 1), dtype=np.float32)
