"""Gaps of every kind on the demo shop, with the real model: kind, entries, words, and a week later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from index.build import build
from index.collection import load_collection
from index.encoders import open_passage_encoder
from index.encoders.models import DEFAULT_MODEL
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.evaluation.calibration import calibration
from search.engine import SearchEngine
from search.gaps.analysis import Period, find_gaps
from search.gaps.features import features
from search.gaps.grouping import group
from search.gaps.questions import from_log
from search.gaps.report import Gap, GapReport
from search.querylog.records import Feedback, LoggedQuery

pytestmark = [
    pytest.mark.model,
    # The libraries' own deprecations are theirs to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

ROOT: Final = Path(__file__).parents[1]
START: Final = datetime(2026, 3, 2, tzinfo=UTC)
JOBS: Final = (
    "do you have jobs", "job vacancies", "are you hiring", "apply for a job in your shop", "careers",
    "working at fernhill",
)  # fmt: skip
RENTAL: Final = (
    "do you rent out tents", "can i hire camping gear", "tent rental", "is there gear rental",
    "renting equipment", "can i rent snowshoes",
)  # fmt: skip
RENTAL_LATER: Final = (
    "tent rental",
    "do you rent out gear",
    "renting a tent",
    "tents to rent",
    "camping gear hire",
)
SIGN_IN: Final = ("cant sign in any more", "cant get in my account", "sign in problem", "log in doesn't work")
REFUND: Final = ("card refund time", "how long do refunds take to my card", "refund to my card how long")
SERVED: Final = (
    "Do gift cards expire?", "opening hours of the shop", "wash down sleeping bag", "forgot password",
    "can i bring my dog", "which payment methods", "how do i get a copy of my data", "is there a live chat",
)  # fmt: skip
Ask = Callable[..., list[LoggedQuery]]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    store = SnapshotStore(tmp_path_factory.mktemp("snapshots"))
    encoder = open_passage_encoder(DEFAULT_MODEL, cache=store.root / ".exports")
    build(load_collection(ROOT / "faq_data", "demo_store"), store, encoder, calibration=calibration())
    return SearchEngine(Snapshot.open(store.current("demo_store")))


@pytest.fixture
def ask(engine: SearchEngine) -> Ask:
    """Log queries as the engine answers them, each by a visitor of its own; helpful: what they say to it."""
    log: list[LoggedQuery] = []

    def ask(texts: Sequence[str], *, times: int = 2, week: int = 0, helpful: bool | None = None) -> list[Any]:
        for text in [*texts] * times:
            number = len(log)
            verdict = engine.verdict(text)
            query = LoggedQuery(
                query_id=f"q{number}",
                at=START + timedelta(weeks=week, minutes=5 * number),
                session=f"s{number}",
                collection="demo_store",
                snapshot=engine.snapshot.version,
                source="widget",
                locale=None,
                asked=text,
                normalised=text.casefold(),
                decision=verdict.decision,
                confidence=verdict.confidence,
                top_ids=verdict.ids,
                milliseconds=1.0,
            )
            said = Feedback(query_id=query.query_id, at=query.at, kind="helpful", helpful=helpful)
            log.append(query if helpful is None else replace(query, feedback=(said,)))
        return log

    return ask


def report_of(engine: SearchEngine, log: Sequence[LoggedQuery], **choices: Any) -> GapReport:
    encoder = engine.snapshot.encoder
    return find_gaps(
        from_log(log),
        engine=engine,
        encode=lambda texts: np.stack([encoder.encode_query(text) for text in texts]),
        **choices,
    )


def gap_with(report: GapReport, text: str) -> Gap:
    (gap,) = (gap for gap in report.gaps if text in gap.queries)
    return gap


def test_what_nothing_answers_is_missing(engine: SearchEngine, ask: Ask) -> None:
    ask(SERVED, helpful=True)
    ask(JOBS)
    report = report_of(engine, ask(RENTAL))
    rental, jobs = gap_with(report, "tent rental"), gap_with(report, "job vacancies")
    assert (rental.kind, jobs.kind) == ("missing", "missing")
    assert rental is not jobs
    assert not set(rental.queries) - set(RENTAL)
    assert not set(jobs.queries) - set(JOBS)
    assert rental.suggestion.endswith("?")
    assert (rental.variants, rental.rivals) == ((), ())
    assert rental.answered_by_fix >= 0.5
    assert not any(set(gap.queries) & set(SERVED) for gap in report.gaps)


def test_what_two_entries_answer_is_ambiguous(engine: SearchEngine, ask: Ask) -> None:
    ask(SERVED, helpful=True)
    gap = gap_with(report_of(engine, ask(SIGN_IN)), "sign in problem")
    assert gap.kind == "ambiguous"
    assert {rival.id for rival in gap.rivals} == {"account-locked", "account-password"}
    words = {rival.id: rival.words for rival in gap.rivals}
    assert "locked" in words["account-locked"]
    assert "password" in words["account-password"]


@pytest.mark.parametrize(
    "word", ["returns", "refunds", "repairs", "invoice", "delivery", "voucher", "shipping"]
)
def test_a_bare_word_that_entries_are_about_is_not_missing(engine: SearchEngine, ask: Ask, word: str) -> None:
    ask(SERVED, helpful=True)
    for gap in report_of(engine, ask([word], times=5)).gaps:
        assert gap.kind != "missing"


def test_what_is_voted_down_by_the_few_who_vote_is_rejected(engine: SearchEngine, ask: Ask) -> None:
    ask(SERVED, helpful=True)
    ask(REFUND, times=3)
    report = report_of(engine, ask(REFUND, times=1, helpful=False))
    gap = gap_with(report, "card refund time")
    assert (gap.kind, gap.entries[0]) == ("rejected", "refund-time-card")
    assert (gap.count, gap.votes_down) == (12, 3)
    assert not gap.variants


def test_what_one_entry_answers_and_is_asked_again_lacks_wordings(engine: SearchEngine, ask: Ask) -> None:
    log = [
        replace(
            query,
            session=f"v{number // len(REFUND)}",
            at=START + timedelta(hours=number // len(REFUND), minutes=number % len(REFUND)),
        )
        for number, query in enumerate(ask(REFUND, times=4))
    ]
    gap = gap_with(report_of(engine, log), "card refund time")
    assert (gap.kind, gap.entries[0]) == ("wording", "refund-time-card")
    assert gap.reasons["asked_again"] > 0
    assert "card refund time" in gap.variants
    assert set(gap.variants) <= set(REFUND)
    known = next(entry for entry in engine.snapshot.entries if entry.id == "refund-time-card")
    assert not set(gap.variants) & {known.question, *known.variants}


def test_a_gap_is_the_same_the_week_after_and_counted_in_both(engine: SearchEngine, ask: Ask) -> None:
    ask(SERVED, helpful=True)
    first = ask(RENTAL).copy()
    before = gap_with(report_of(engine, first), "tent rental")
    ask(SERVED, week=1, helpful=True)
    second = ask(RENTAL_LATER, week=1, times=3)[len(first) :]
    report = report_of(
        engine,
        second,
        previous=report_of(engine, first).to_dict()["gaps"],
        period=Period(before=from_log(first)),
    )
    after = gap_with(report, "tent rental")
    assert (after.id, after.name) == (before.id, before.name)
    assert after.before is not None
    assert after.before >= before.count


def test_groups_stay_when_a_few_queries_come_or_go(engine: SearchEngine) -> None:
    golden = load_collection(ROOT / "faq_data", "demo_store").golden
    texts = sorted({judgement.query for judgement in golden})
    vectors = np.stack([engine.snapshot.encoder.encode_query(text) for text in texts])
    groups = group(features(texts, vectors))
    steady = []
    for seed in range(8):
        count = round(0.985 * len(texts))
        rows = np.sort(np.random.default_rng(seed).choice(len(texts), count, replace=False))
        fewer = group(features([texts[row] for row in rows], vectors[rows]))
        steady.append(adjusted_rand_score(groups[rows], fewer))
    # Where the best number of neighbours alone is taken, the least is 0.82.
    assert min(steady) >= 0.86
