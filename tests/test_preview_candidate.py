"""The snapshot that a change would result in answers as the one that is built and published of it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build import build
from index.collection import load_collection
from index.encoders import open_passage_encoder
from index.encoders.models import DEFAULT_MODEL
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.evaluation.calibration import calibration
from search.engine import SearchEngine
from search.preview.candidate import make_candidate
from tests.conftest import SHOP, Publish, collection_of

ROOT: Final = Path(__file__).parents[1]
QUERIES: Final = (
    "cancel my order",
    "canceling ordrs after payment",
    "money back to wallet?",
    "talk to a human",
    "wie lange Lieferung",
    "where is my parcel",
    "zebra",
    "order",
)
PARCEL: Final = Entry(id="parcel", question="Where is my parcel?", answer="Look at **tracking**.")
CHANGES: Final[dict[str, Sequence[Entry]]] = {
    "nothing": SHOP,
    "an answer": (replace(SHOP[0], answer="No, never again."), *SHOP[1:]),
    "a question": (*SHOP[:2], replace(SHOP[2], question="Who talks to me?"), SHOP[3]),
    "a variant": (SHOP[0], replace(SHOP[1], variants=("money back to wallet?",)), *SHOP[2:]),
    "a new entry": (*SHOP, PARCEL),
    "a new one in front": (PARCEL, *SHOP),
    "two fewer": SHOP[:2],
    "another order": SHOP[::-1],
    "one left, and that is new": (PARCEL,),
    "without answers": tuple(Entry(id=e.id, question=e.question) for e in SHOP),
}


@pytest.mark.parametrize("entries", CHANGES.values(), ids=CHANGES)
def test_what_is_tried_is_what_a_build_publishes(
    publish: Publish, store: SnapshotStore, entries: Sequence[Entry]
) -> None:
    published = publish()
    before = {path: path.stat().st_mtime_ns for path in store.root.rglob("*")}
    candidate = make_candidate(published, entries, exports=store.root / ".exports")
    assert {path: path.stat().st_mtime_ns for path in store.root.rglob("*")} == before
    assert not candidate.estimate
    built = publish(entries, force=True)
    tried = candidate.snapshot
    assert (tried.entries, tried.passages) == (built.entries, built.passages)
    assert np.array_equal(tried.vectors.vectors, built.vectors.vectors)
    assert tried.manifest.entries == built.manifest.entries
    assert tried.manifest.passages == built.manifest.passages
    ours, theirs = SearchEngine(tried), SearchEngine(built)
    for query in QUERIES:
        one, two = ours.search(query), theirs.search(query)
        assert replace(one, seconds={}) == replace(two, seconds={})


def test_passages_of_another_release_are_made_anew(publish: Publish, tmp_path: Path) -> None:
    published = publish()
    odd = tuple(replace(p, text=f"{p.text} odd") for p in published.passages)
    older = replace(
        published, passages=odd, manifest=replace(published.manifest, generator="faq-search 0.0.1")
    )
    assert make_candidate(older, SHOP, exports=tmp_path).snapshot.passages == published.passages


_WORDS = st.sampled_from(["order", "parcel", "refund", "wallet", "cancel", "person", "card", "back"])
_TEXT = st.lists(_WORDS, min_size=1, max_size=5).map(" ".join)
_ENTRIES = st.lists(
    st.builds(Entry, id=st.uuids().map(str), question=_TEXT, answer=_TEXT, variants=st.tuples(_TEXT)),
    min_size=1,
    max_size=5,
    unique_by=lambda entry: entry.id,
)


@settings(max_examples=25)
@given(old=_ENTRIES, new=_ENTRIES, query=_TEXT)
def test_a_change_and_its_inverse_leave_what_was(
    tmp_path_factory: pytest.TempPathFactory, old: list[Entry], new: list[Entry], query: str
) -> None:
    store = SnapshotStore(tmp_path_factory.mktemp("store"))
    build(collection_of(old), store, ToyEncoder())
    published = Snapshot.open(store.current("shop"))
    there = make_candidate(published, new, exports=store.root).snapshot
    back = make_candidate(there, old, exports=store.root).snapshot
    assert SearchEngine(back).verdict(query) == SearchEngine(published).verdict(query)


@pytest.mark.model
def test_the_real_model_finds_and_decides_as_after_a_rebuild(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "snapshots")
    exports = store.root / ".exports"
    encoder = open_passage_encoder(DEFAULT_MODEL, cache=exports)
    collection = load_collection(ROOT / "faq_data", "cj_dropshipping")
    build(collection, store, encoder, calibration=calibration())
    published = Snapshot.open(store.current("cj_dropshipping"))
    first, second, *others = collection.entries
    edited = (
        replace(first, variants=(*first.variants, "money back to wallet?", "how do I get it refunded")),
        replace(second, answer=f"{second.answer}\n\nThis takes up to three weeks."),
        *others,
        PARCEL,
    )
    tried = make_candidate(published, edited, exports=exports)
    shutil.copytree(exports, tmp_path / "kept")
    guessed = make_candidate(published, edited, exports=tmp_path / "none")
    assert (tried.estimate, guessed.estimate) == (False, True)

    def same(manifest: Snapshot) -> Snapshot:
        return replace(
            manifest, manifest=replace(manifest.manifest, calibration=published.manifest.calibration)
        )

    build(replace(collection, entries=edited), store, encoder, calibration=calibration())
    built = Snapshot.open(store.current("cj_dropshipping"))
    assert np.abs(tried.snapshot.vectors.vectors - built.vectors.vectors).max() < 1e-6
    ours, theirs = SearchEngine(tried.snapshot), SearchEngine(same(built))
    for query in (*QUERIES, *(judgement.query for judgement in collection.golden)):
        one, two = ours.verdict(query), theirs.verdict(query)
        assert (one.ids, one.decision, one.choices) == (two.ids, two.decision, two.choices)
        assert one.confidences == pytest.approx(two.confidences, abs=1e-3)
    # What a rebuild learns anew: near what is kept here, but not the same.
    slope = published.manifest.calibration["slope"], built.manifest.calibration["slope"]
    assert slope[0] == pytest.approx(slope[1], rel=0.25)
