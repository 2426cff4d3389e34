"""The search engine over one snapshot."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index import tokenizer
from index.entry import Entry
from index.snapshot import Snapshot
from search.candidates import Candidates, Layout
from search.decision import ANSWER_AT, CHOICES, Doubles, decide, evidence, plausible
from search.evidence import AdaptedEvidence, LexicalEvidence, LexicalScores, gather
from search.explain import explain_decision, explain_hit
from search.filters import Filters
from search.highlight import highlights
from search.learned import Learned, shipped
from search.query import normalise_query
from search.ranking import Floats, fuse, order
from search.related import Related
from search.result import Decision, Hit, Matched, MatchedKind, SearchResult, Verdict
from search.spelling import Speller
from search.suggest.completer import Completer, Words, texts_of

EXHAUSTIVE: Final = 8192
"""Passages up to which every entry is ranked: choosing candidates would take as long."""
DENSE_CANDIDATES: Final = 200
"""Passages taken from the vector index in a larger collection, at least."""
DENSE_ENTRIES: Final = 25
"""Entries whose passages would all fit among those taken: where entries have many, the nearest are few's."""
LEXICAL_CANDIDATES: Final = 50
"""Entries taken from BM25 in a larger collection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What a query found: c candidates with p passages.

    query: as it was searched, its spelling mended. stems: its. candidates: the entries. cosines: of their
    passages with the query, float32 (p,). features: float32 (c, f), see search.ranking.FEATURES.
    scores: float32 (c,). allowed: positions of those that may be answers. rivals: bool (c,), those that would
    be candidates whatever is allowed, or None for all. seconds: by stage.
    """

    query: str
    stems: Sequence[str]
    candidates: Candidates
    cosines: Floats
    features: Floats
    scores: Floats
    allowed: NDArray[np.int64]
    rivals: NDArray[np.bool_] | None
    seconds: dict[str, float]


class SearchEngine:
    """Answers queries from a snapshot. Keeps nothing of them; safe to call from several threads."""

    def __init__(self, snapshot: Snapshot, *, learned: Learned | None = None) -> None:
        """learned: how to weigh evidence; as this release does if left out."""
        self.snapshot = snapshot
        self.learned = learned or shipped()
        passages = snapshot.passages
        self._by_id = {entry.id: entry for entry in snapshot.entries}
        self._filters = Filters(snapshot.entries)
        own = snapshot.manifest.answering.min_confidence
        self._answer_at = ANSWER_AT if own is None else own
        self._layout = Layout(
            np.array([passage.entry for passage in passages], dtype=np.int64),
            np.array([passage.kind for passage in passages]),
            entries=len(snapshot.entries),
        )
        adaptation = snapshot.adaptation
        self.observations = adaptation.observations if adaptation else 0
        self.answered = sum(bool(entry.answer) for entry in snapshot.entries) / max(len(snapshot.entries), 1)
        ranker = self.learned.ranker
        self._weights = ranker.weights(observations=self.observations, answered=self.answered)
        self.highest = float(self._weights.sum())
        self.confidence = self.learned.confidence.calibrated(
            snapshot.manifest.calibration, ranker=ranker.name
        )
        self._adapted = (
            AdaptedEvidence(adaptation, snapshot.vectors.vectors, self._layout) if adaptation else None
        )
        self._nearest = max(DENSE_CANDIDATES, DENSE_ENTRIES * len(passages) // max(len(snapshot.entries), 1))
        self._lexical = LexicalEvidence(snapshot.question_lexical, snapshot.answer_lexical)
        # Without the words of the language, what the collection doesn't hold would look mistyped.
        known = snapshot.encoder.known_words
        self._speller = Speller(_texts(snapshot.entries), known) if known and _is_english(snapshot) else None

    def entry(self, entry_id: str) -> Entry | None:
        """The entry of an id, or None."""
        return self._by_id.get(entry_id)

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """The locales of the entries, that of the most first."""
        counted = Counter(entry.locale for entry in self.snapshot.entries if entry.locale)
        return tuple(locale for locale, _ in counted.most_common())

    @cached_property
    def related(self) -> Related:
        """The entries that go with each."""
        return Related(self.snapshot)

    @cached_property
    def completer(self) -> Completer:
        """Completes to the questions and their variants."""
        return Completer(texts_of(self.snapshot.entries))

    @cached_property
    def words(self) -> Words:
        """What a begun word may become."""
        return Words(self.completer.words, self.snapshot.encoder.known_words)

    def allowed(self, *, tags: Sequence[str] = (), locale: str | None = None) -> NDArray[np.bool_] | None:
        """See Filters.allowed."""
        return self._filters.allowed(tags=tags, locale=locale)

    def search(
        self,
        query: str,
        *,
        top: int = 10,
        locale: str | None = None,
        tags: Sequence[str] = (),
        min_confidence: float | None = None,
        correct: bool = True,
        explain: bool = False,
    ) -> SearchResult:
        """Rank the entries for a free-text query; at most `top` hits.

        min_confidence: from which the first hit is given as the answer, 0 to 1; None for the collection's own
        setting, else the program's. correct: mend the query's spelling first. explain: tell why, of each hit
        and of the decision.

        Raises QueryError: see normalise_query and Filters.allowed.
        """
        query = normalise_query(query)
        ranking = self.rank(query, allowed=self._filters.allowed(tags=tags, locale=locale), correct=correct)
        began = time.perf_counter()
        answer_at = self._answer_at if min_confidence is None else min_confidence
        best, probabilities = self._best(ranking, max(top, CHOICES))
        decision, choices = _decided(best, probabilities, answer_at=answer_at)
        found = self._hits(ranking, best, probabilities, explain=explain)
        hits = found[:top]
        corrected = ranking.query if ranking.query != query else None
        reason = None
        if explain:
            reason = explain_decision(decision, found, needed=answer_at, corrected=corrected)
        return SearchResult(
            query=query,
            corrected=corrected,
            decision=decision,
            confidence=hits[0].confidence if hits else 0.0,
            choices=tuple(self._entry(ranking, position).id for position in choices.tolist()),
            hits=hits,
            reason=reason,
            seconds={**ranking.seconds, "rank": ranking.seconds["rank"] + time.perf_counter() - began},
        )

    def verdict(
        self, query: str, *, top: int = 10, locale: str | None = None, correct: bool = True
    ) -> Verdict:
        """What `search` finds and decides, without the texts that it shows: for many queries at a time.

        Raises QueryError as search does.
        """
        allowed = self._filters.allowed(tags=(), locale=locale)
        ranking = self.rank(normalise_query(query), allowed=allowed, correct=correct)
        best, probabilities = self._best(ranking, max(top, CHOICES))
        decision, choices = _decided(best, probabilities, answer_at=self._answer_at)
        return Verdict(
            decision=decision,
            ids=tuple(self._entry(ranking, position).id for position in best[:top].tolist()),
            confidences=tuple(probabilities[:top].tolist()),
            choices=tuple(self._entry(ranking, position).id for position in choices.tolist()),
        )

    def as_searched(self, query: str) -> str:
        """A query as it is encoded: normalised, its spelling mended. Raises QueryError as normalise_query."""
        query = normalise_query(query)
        return (self._speller and self._speller.correct(query)) or query

    def rank(self, query: str, *, allowed: NDArray[np.bool_] | None = None, correct: bool = True) -> Ranking:
        """Score what is worth ranking for a normalised query, its spelling mended unless `correct` is False.

        allowed: entries that may be answers, bool (entries,), or None for all. The others are ranked too: how
        sure an answer is depends on them.
        """
        began = time.perf_counter()
        query = (correct and self._speller and self._speller.correct(query)) or query
        corrected = time.perf_counter()
        vector = self.snapshot.encoder.encode_query(query)
        encoded = time.perf_counter()
        stems = tokenizer.stems(query)
        lexical = self._lexical.of(stems)
        candidates, rivals = self._candidates(vector, lexical, allowed)
        retrieved = time.perf_counter()
        cosines = self.snapshot.vectors.scores(vector, candidates.passages)
        adapted = self._adapted.of(vector, candidates) if self._adapted else None
        features = gather(candidates, cosines, lexical, adapted).matrix()
        return Ranking(
            query=query,
            stems=stems,
            candidates=candidates,
            cosines=cosines,
            features=features,
            scores=fuse(features, self._weights),
            allowed=np.arange(len(candidates.entries))
            if allowed is None
            else np.flatnonzero(allowed[candidates.entries]),
            rivals=rivals,
            seconds={
                "encode": encoded - corrected,
                "retrieve": retrieved - encoded + corrected - began,
                "rank": time.perf_counter() - retrieved,
            },
        )

    def _candidates(
        self, vector: Floats, lexical: LexicalScores, allowed: NDArray[np.bool_] | None
    ) -> tuple[Candidates, NDArray[np.bool_] | None]:
        """What is worth ranking, and which of it would be if everything were allowed, None for all."""
        if len(self.snapshot.passages) <= EXHAUSTIVE:
            return self._layout.everything, None
        _, passages = self.snapshot.vectors.search(vector, self._nearest)
        both = lexical.question_bm25 + lexical.answer_bm25
        count = min(LEXICAL_CANDIDATES, len(both))
        likely = np.argpartition(-both, count - 1)[:count]
        chosen = np.zeros(len(both), dtype=np.bool_)
        chosen[self._layout.entry_of[passages]] = True
        chosen[likely[both[likely] > 0]] = True
        if allowed is None:
            return self._layout.select(np.flatnonzero(chosen)), None
        # What a filter leaves is ranked whole: the nearest of all may be none of it.
        found = self._layout.select(np.flatnonzero(chosen | allowed))
        return found, chosen[found.entries]

    def _best(self, ranking: Ranking, top: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Positions of at most `top` candidates that may be answers, best first, and their confidences."""
        allowed = ranking.allowed
        best = allowed[order(ranking.scores[allowed], ranking.candidates.entries[allowed], top)]
        seen = evidence(ranking.scores, best, highest=self.highest, rivals=ranking.rivals)
        return best, self.confidence.of(seen)

    def _hits(
        self, ranking: Ranking, best: NDArray[np.int64], probabilities: NDArray[np.float64], *, explain: bool
    ) -> tuple[Hit, ...]:
        # Shown is what won on its own; question and answer together are no text of the FAQ.
        cosines = ranking.cosines.copy()
        cosines[ranking.candidates.whole.positions] = -np.inf
        return tuple(
            Hit(
                entry=self._entry(ranking, position),
                score=float(ranking.scores[position]),
                confidence=float(probability),
                matched=self._matched(ranking, position, cosines),
                explanation=explain_hit(ranking.features[position], self._weights) if explain else None,
            )
            for position, probability in zip(best.tolist(), probabilities, strict=False)
        )

    def _entry(self, ranking: Ranking, position: int) -> Entry:
        row = int(ranking.candidates.entries[position])
        return self.snapshot.entries[row]

    def _matched(self, ranking: Ranking, position: int, cosines: Floats) -> Matched:
        """The question, variant or piece of the answer that is nearest to the query."""
        bounds, rows = ranking.candidates.bounds, ranking.candidates.passages
        first, end = bounds[position], bounds[position + 1]
        passage = self.snapshot.passages[rows[first + cosines[first:end].argmax()]]
        kind: MatchedKind = "answer" if passage.kind == "question_answer" else passage.kind
        return Matched(kind=kind, text=passage.text, highlights=highlights(passage.text, ranking.stems))


def _decided(
    best: NDArray[np.int64], probabilities: Doubles, *, answer_at: float
) -> tuple[Decision, NDArray[np.int64]]:
    """The decision, and the positions to choose from, none unless it is to clarify."""
    decision = decide(probabilities, answer_at=answer_at)
    count = plausible(probabilities, answer_at=answer_at) if decision == "clarify" else 0
    return decision, best[:count]


def _is_english(snapshot: Snapshot) -> bool:
    """Whether half of the entries are, or don't tell: what mends spelling knows no other language."""
    locales = [(entry.locale or "en").lower() for entry in snapshot.entries]
    return 2 * sum(locale.partition("-")[0] == "en" for locale in locales) >= len(locales)


def _texts(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield from (entry.question, *entry.variants, entry.answer)
