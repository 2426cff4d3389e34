"""The analysis: from questions to a report of gaps."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.progress import Reporter, Silent
from search.engine import SearchEngine
from search.gaps.doubt import doubts
from search.gaps.evidence import Group, part_of
from search.gaps.features import Floats, features, unit
from search.gaps.grouping import group
from search.gaps.identity import Encode, kept_identities
from search.gaps.kinds import kind_of
from search.gaps.questions import Question, key_of
from search.gaps.replay import Answer, Asked, replay, unanswered
from search.gaps.report import Gap, GapReport
from search.gaps.served import badly_served, folded, worth_asking
from search.gaps.single import Surroundings, gap_of
from search.querylog.quoting import Quotes

LEAST_QUERIES: Final = 3
"""Queries asked, below which a group is no gap but single questions: two may be alike by chance."""
MOST_BEFORE: Final = 5000
"""Distinct questions of the period before that are compared by their meaning, those asked most."""
_CORE: Final = 0.2  # quantile of a gap's own similarities to its centre: what is nearer belongs to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Of a log. before: the questions of the period before it, or None where there is no log. least_sessions:
    that a gap must come from to be shown.
    """

    before: Sequence[Question] | None = None
    least_sessions: int = 1


def find_gaps(
    questions: Sequence[Question],
    *,
    engine: SearchEngine | None,
    encode: Encode,
    verdicts: Asked | None = None,
    period: Period | None = None,
    previous: Sequence[Mapping[str, Any]] = (),
    about: Mapping[str, Any] | None = None,
    threads: int = 1,
    reporter: Reporter | None = None,
) -> GapReport:
    """The gaps that questions show, those first whose mending answers most queries.

    questions: in order of their keys, see questions. engine: the snapshot in service, or None where the
    collection has no entries: then everything is missing. encode: vectors of texts, as the engine's.
    verdicts: the engine's, where some are known.
    previous: the gaps of the report before, whose ids and names are kept. threads: searches at a time.
    """
    return _Analysis(engine, verdicts, encode, period or Period(), threads, reporter or Silent()).run(
        questions, previous, about or {}
    )


class _Analysis:
    def __init__(
        self,
        engine: SearchEngine | None,
        verdicts: Asked | None,
        encode: Encode,
        period: Period,
        threads: int,
        reporter: Reporter,
    ) -> None:
        self._engine = engine
        self._verdicts = verdicts
        self._encode = encode
        self._period = period
        self._threads = threads
        self._reporter = reporter
        self._surroundings = Surroundings.of(engine.snapshot) if engine else None
        self._seconds: dict[str, float] = {}
        self._clock = time.perf_counter()

    def run(
        self, questions: Sequence[Question], previous: Sequence[Mapping[str, Any]], about: Mapping[str, Any]
    ) -> GapReport:
        asked = sum(question.count for question in questions)
        chosen = worth_asking(questions)
        answers = self._ask([question.text for question in chosen])
        self._lap("replay")
        chosen, answers = folded(chosen, answers)
        whole = Group(
            questions=chosen,
            answers=answers,
            vectors=_matrix([answer.vector for answer in answers]),
            doubts=np.zeros(len(answers)),
            far=np.zeros(len(answers)),
        )
        rows = features([answer.understood for answer in answers], whole.vectors)
        judged, far = self._doubts(whole, rows)
        whole = replace(whole, doubts=judged, far=far)
        self._lap("doubt")
        bad, mended = badly_served(whole)
        self._reporter.step(f"grouping {len(bad)} questions that were served badly")
        inside = part_of(whole, bad)
        labels = group(features([answer.understood for answer in inside.answers], inside.vectors))
        self._lap("group")
        gaps, singles, hidden = self._gaps(inside, labels, asked, previous, self._quotes(questions))
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
                return replay(
                    self._engine,
                    texts,
                    threads=self._threads,
                    verdicts=self._verdicts,
                    progress=advance,
                )
            vectors = self._encode(texts) if texts else np.zeros((0, 1), dtype=np.float32)
            advance(len(texts))
            return [unanswered(text, vector) for text, vector in zip(texts, vectors, strict=True)]

    def _doubts(self, whole: Group, rows: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if self._surroundings is None or not len(rows):
            return np.full(len(rows), -1.0), np.zeros(len(rows))
        sure = np.array([answer.confidence for answer in whole.answers])
        return doubts(sure, whole.vectors, rows, self._surroundings.wordings)

    def _quotes(self, questions: Sequence[Question]) -> Quotes:
        entries = self._engine.snapshot.entries if self._engine else ()
        return Quotes(
            ((question.text, question.sessions) for question in questions),
            least=self._period.least_sessions,
            known=(text for entry in entries for text in (entry.question, *entry.variants, entry.answer)),
        )

    def _gaps(
        self,
        inside: Group,
        labels: NDArray[np.int64],
        asked: int,
        previous: Sequence[Mapping[str, Any]],
        quotes: Quotes,
    ) -> tuple[list[Gap], list[str], int]:
        """Gaps, single questions, and how many of both are hidden."""
        gaps: list[Gap] = []
        centroids: list[Floats] = []
        keys: list[frozenset[str]] = []
        singles: list[Question] = []
        hidden = 0
        entries = self._surroundings.entries if self._surroundings else {}
        order = np.argsort(labels, kind="stable")
        for positions in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(labels) else []:
            part = part_of(inside, positions.tolist())
            sessions = len(set().union(*(question.sessions for question in part.questions)))
            kind = kind_of(part, entries) if part.count >= LEAST_QUERIES else None
            if kind is None:
                singles.extend(part.questions)
                continue
            found = None
            if sessions >= self._period.least_sessions:
                found = gap_of(
                    part,
                    kind,
                    sessions=sessions,
                    asked=asked,
                    surroundings=self._surroundings,
                    quotes=quotes,
                )
            if found is None:
                hidden += 1
            else:
                gaps.append(found)
                centroids.append(unit(part.vectors).mean(axis=0))
                keys.append(frozenset(question.key for question in part.questions))
        kept = kept_identities(keys, _matrix(centroids), previous, self._encode)
        earlier = {gap["id"]: gap["queries"] for gap in previous}
        known: list[list[str]] = [[] for _ in gaps]
        for position, (id_, _) in kept.items():
            known[position] = [key_of(text) for text in earlier[id_]]
        gaps = _named(self._with_before(gaps, centroids, inside, keys, known), kept)
        shown = [question for question in singles if len(question.sessions) >= self._period.least_sessions]
        shown.sort(key=lambda question: (-question.count, question.text))
        gaps.sort(key=lambda gap: (-gap.weight, -gap.count, gap.id))
        hidden += len(singles) - len(shown)
        return gaps, [quotes.best(question.wordings) for question in shown], hidden

    def _with_before(
        self,
        gaps: list[Gap],
        centroids: Sequence[Floats],
        inside: Group,
        keys: Sequence[frozenset[str]],
        known: Sequence[Sequence[str]],
    ) -> list[Gap]:
        """With how many queries of the period before belong to each: by its questions, and those that it had
        in an earlier report (`known`), however they were served, as more than the log tells what is served
        badly; else, of what was, by its centre.
        """
        before = self._period.before
        if before is None or not gaps:
            return gaps
        owner = {key: position for of in (known, keys) for position, held in enumerate(of) for key in held}
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
            elif question.reasons:
                new.append(question)
        new = sorted(new, key=lambda question: (-question.count, question.key))[:MOST_BEFORE]
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


def _named(gaps: Sequence[Gap], kept: Mapping[int, tuple[str, str | None]]) -> list[Gap]:
    """With the ids and names that earlier reports gave; no id stands twice."""
    taken = {id_ for id_, _ in kept.values()}
    found = []
    for position, gap in enumerate(gaps):
        if position in kept:
            found.append(replace(gap, id=kept[position][0], name=kept[position][1] or gap.name))
            continue
        id_, number = gap.id, 2
        while id_ in taken:
            id_, number = f"{gap.id}-{number}", number + 1
        taken.add(id_)
        found.append(replace(gap, id=id_))
    return found


def _matrix(vectors: Sequence[Floats]) -> Floats:
    return np.stack(vectors) if vectors else np.zeros((0, 1), dtype=np.float32)
