"""The calibration of a collection, through the snapshots that are built with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.adaptation import learn
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.judgements import Judgement
from index.lexical import index_sides
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.evaluation.building import build_gated
from scripts.evaluation.calibration import calibrate, calibration, fit_curve, hidden_confidences
from scripts.evaluation.held_out import KnownQueries, with_passages
from scripts.evaluation.off_topic import off_topic_questions
from search.engine import SearchEngine
from search.learned import learned_digest, shipped
from search.ranking import FEATURES
from tests.conftest import SHOP, Publish, collection_of

ROWS = st.lists(st.tuples(st.floats(-8, 8), st.booleans(), st.floats(0.01, 2)), max_size=40)


@given(ROWS)
def test_the_curve_rises_whatever_was_seen(rows: list[tuple[float, bool, float]]) -> None:
    slope, offset = fit_curve(rows)
    assert slope > 0
    assert np.isfinite([slope, offset]).all()


def test_nothing_seen_changes_nothing() -> None:
    assert fit_curve([]) == (1.0, 0.0)


@given(ROWS, st.floats(-8, 8))
def test_one_more_right_answer_never_lowers_the_offset_at_that_point(
    rows: list[tuple[float, bool, float]], odds: float
) -> None:
    slope, offset = fit_curve(rows)
    more_slope, more_offset = fit_curve([*rows, (odds, True, 1.0)])
    assert more_slope * odds + more_offset >= slope * odds + offset - 1e-6


def test_many_observations_are_believed() -> None:
    rng = np.random.default_rng(3)
    odds = rng.normal(scale=3, size=4000)
    right = rng.random(4000) < 1 / (1 + np.exp(-(0.6 * odds - 1.5)))
    slope, offset = fit_curve([(float(o), bool(r), 1.0) for o, r in zip(odds, right, strict=True)])
    assert slope == pytest.approx(0.6, abs=0.06)
    assert offset == pytest.approx(-1.5, abs=0.15)


def entries(variants: int = 3) -> list[Entry]:
    words = ("refund", "parcel", "voucher", "invoice", "password", "warranty", "exchange", "gift")
    return [
        Entry(
            id=word,
            question=f"What about my {word}?",
            answer=f"Everything on the {word} page.",
            variants=tuple(f"{word} trouble number {n}" for n in range(variants)),
        )
        for word in words
    ]


def judgements(count: int, *, answerable: bool) -> tuple[Judgement, ...]:
    ids = [entry.id for entry in entries()]
    return tuple(
        Judgement(
            query=f"question {n} on {ids[n % len(ids)]}", relevant=(ids[n % len(ids)],) if answerable else ()
        )
        for n in range(count)
    )


def built(store: SnapshotStore, given_: Sequence[Entry], golden: Sequence[Judgement] = ()) -> Snapshot:
    collection = replace(collection_of(given_), golden=tuple(golden))
    build_gated(collection, store, ToyEncoder(), force=True)
    return Snapshot.open(store.current(collection.name))


def test_a_build_keeps_what_its_confidence_is_calibrated_with(store: SnapshotStore) -> None:
    made = built(store, entries(), judgements(4, answerable=True)).manifest.calibration
    assert made["ranker"] == shipped().ranker.name
    assert made["version"] == calibration().version
    assert learned_digest()[:12] in made["version"]
    assert (made["golden"], made["held_out"], made["hidden"]) == (4, 24, 24 + 4)
    assert made["off_topic"] == len(off_topic_questions())
    assert made["slope"] > 0


def test_a_collection_without_anything_to_learn_from_keeps_the_first_guess(store: SnapshotStore) -> None:
    made = built(store, entries(variants=0)).manifest.calibration
    assert (made["slope"], made["offset"]) == (1.0, 0.0)
    assert (made["golden"], made["held_out"], made["hidden"], made["off_topic"]) == (0, 0, 0, 0)


def test_a_single_entry_is_calibrated(store: SnapshotStore) -> None:
    made = built(store, entries()[:1]).manifest.calibration
    assert made["hidden"] == 0
    assert made["held_out"] == 3


def test_an_odd_variant_or_two_leave_the_confidence_sane(store: SnapshotStore) -> None:
    entries = [
        Entry(id="a", question="How do I cancel?", answer="Press it.", variants=("stop it", "no more")),
        Entry(id="b", question="Where is it?"),
    ]
    build_gated(collection_of(entries), store, ToyEncoder())
    engine = SearchEngine(store.open_current("shop", Snapshot.open))
    assert engine.snapshot.manifest.calibration["held_out"] == 2
    assert engine.confidence.slope > 0.5
    assert engine.search("How do I cancel?").confidence > 0.8


def test_golden_judgements_move_the_confidence_towards_what_they_saw(store: SnapshotStore) -> None:
    query = "question 1 on refund"
    plain = SearchEngine(built(store, entries())).search(query).confidence
    right = SearchEngine(built(store, entries(), judgements(30, answerable=True))).search(query)
    wrong = SearchEngine(built(store, entries(), judgements(30, answerable=False))).search(query)
    assert wrong.confidence < plain < right.confidence
    assert [hit.entry.id for hit in right.hits] == [hit.entry.id for hit in wrong.hits]


def test_it_is_the_same_every_time(publish: Publish) -> None:
    snapshot = publish(entries())
    collection = collection_of(entries())
    once, again = (json.dumps(calibrate(snapshot, collection)) for _ in range(2))
    assert once == again


def test_a_query_that_cannot_be_asked_is_left_out(publish: Publish) -> None:
    golden = (Judgement(query="long " * 200, relevant=("refund",)), *judgements(2, answerable=True))
    made = calibrate(publish(entries()), replace(collection_of(entries()), golden=golden))
    assert made["golden"] == 2


def test_hiding_the_true_entry_is_never_surer(publish: Publish) -> None:
    engine = SearchEngine(publish(entries()))
    asked = judgements(8, answerable=True)
    hidden = hidden_confidences(engine, asked)
    assert len(hidden) == 8
    for judgement, sure in zip(asked, hidden, strict=True):
        assert sure < engine.search(judgement.query).confidence


def test_off_topic_questions_are_many_and_different() -> None:
    questions = off_topic_questions()
    assert len(questions) >= 240
    assert len({question.casefold() for question in questions}) == len(questions)


def test_what_is_held_out_leaves_no_trace(publish: Publish) -> None:
    whole = publish()
    kept = np.array([passage.text != "stop my order" for passage in whole.passages])
    left = with_passages(whole, kept)
    without = [
        replace(entry, variants=tuple(v for v in entry.variants if v != "stop my order")) for entry in SHOP
    ]
    other = publish(without, "without")
    assert left.passages == other.passages
    assert np.array_equal(left.vectors.vectors, other.vectors.vectors)
    metric = learn(other.vectors.vectors, other.passages, entries=len(SHOP)).metric
    assert left.adaptation is not None
    assert np.array_equal(left.adaptation.metric, metric)
    for query in ("stop", "cancel an order", "wallet"):
        ours, theirs = (SearchEngine(snapshot).search(query) for snapshot in (left, other))
        assert [(hit.entry.id, hit.score) for hit in ours.hits] == [
            (hit.entry.id, hit.score) for hit in theirs.hits
        ]
    question, answer = index_sides(left.passages, entries=len(SHOP))
    assert (question.documents, answer.documents) == (len(SHOP), len(SHOP))


def test_a_query_is_encoded_once() -> None:
    class Counting(ToyEncoder):
        asked = 0

        def encode_query(self, text: str):  # type: ignore[no-untyped-def]
            self.asked += 1
            return super().encode_query(text)

    encoder = Counting()
    known = KnownQueries(encoder)
    first, second = known.encode_query("a b"), known.encode_query("a b")
    assert first is second
    assert encoder.asked == 1
    assert known.dimension == encoder.dimension


def test_the_shipped_numbers_say_what_they_weigh() -> None:
    ranker = shipped().ranker
    for weights in (ranker.questions, ranker.answers, ranker.variants):
        assert weights.shape == (len(FEATURES),)
        assert (weights >= 0).all()
    bare, answered, varied = (
        ranker.weights(observations=n, answered=a) for n, a in ((0, 0.0), (0, 1.0), (10**9, 0.5))
    )
    assert np.array_equal(bare, ranker.questions)
    assert np.array_equal(answered, ranker.answers)
    assert np.allclose(varied, ranker.variants, atol=1e-4)
