"""The engine through its public face, on a toy snapshot."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build import build
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.errors import QueryError
from index.markdown import plain
from index.snapshot import Snapshot
from index.store import SnapshotStore
from index.text import clean_line
from search.candidates import Layout
from search.engine import SearchEngine
from search.filters import Filters
from search.query import MAX_LENGTH, normalise_query
from search.ranking import TEMPERATURE, order, soft_maximum
from tests.conftest import SHOP, Publish, collection_of


@pytest.fixture
def engine(publish: Publish) -> SearchEngine:
    return SearchEngine(publish())


@pytest.mark.parametrize(
    ("query", "first", "kind"),
    [
        ("cancel my order", "cancel", "variant"),
        ("canceling orders after payment", "cancel", "question"),
        ("money back to wallet?", "refund-type", "answer"),
        ("talk to a human", "agent", "variant"),
        ("wie lange Lieferung", "lieferung", "question"),
    ],
)
def test_the_right_entry_is_first_with_the_text_that_won(
    engine: SearchEngine, query: str, first: str, kind: str
) -> None:
    hit = engine.search(query).hits[0]
    assert (hit.entry.id, hit.matched.kind) == (first, kind)
    assert hit.matched.highlights


def test_scores_and_confidences_fall_together(engine: SearchEngine) -> None:
    result = engine.search("cancel order")
    scores = [hit.score for hit in result.hits]
    sure = [hit.confidence for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert sure == sorted(sure, reverse=True)
    assert result.confidence == sure[0]
    assert all(0.0 <= value <= 1.0 for value in sure)


def test_an_exact_question_is_answered_and_nonsense_is_not(engine: SearchEngine) -> None:
    assert engine.search("How can I contact a person?").decision == "answer"
    assert engine.search("zebra xylophone quantum").decision == "no_answer"


def test_fewer_hits_are_the_first_of_more(engine: SearchEngine) -> None:
    most = engine.search("refund to card", top=50)
    assert len(most.hits) == len(SHOP)
    for top in range(1, 5):
        fewer = engine.search("refund to card", top=top)
        assert fewer.hits == most.hits[:top]
        assert (fewer.decision, fewer.confidence) == (most.decision, most.confidence)


@pytest.mark.parametrize("locale", [None, "de"])
@pytest.mark.parametrize("top", [1, 2, 10])
def test_a_verdict_is_a_search_without_its_texts(engine: SearchEngine, top: int, locale: str | None) -> None:
    for query in ("cancel my order", "money back", "order", "zebra", "wie lange Lieferung"):
        found = engine.search(query, top=top, locale=locale)
        verdict = engine.verdict(query, top=top, locale=locale)
        assert (verdict.decision, verdict.confidence, verdict.choices) == (
            found.decision,
            found.confidence,
            found.choices,
        )
        assert verdict.ids == tuple(hit.entry.id for hit in found.hits)
        assert verdict.confidences == tuple(hit.confidence for hit in found.hits)
        assert verdict.first == (found.hits[0].entry.id if found.hits else None)


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    """One engine for all examples of a property."""
    store = SnapshotStore(tmp_path_factory.mktemp("snapshots"))
    build(collection_of(SHOP), store, ToyEncoder())
    return SearchEngine(Snapshot.open(store.current("shop")))


@settings(max_examples=150)
@given(query=st.text(min_size=1, max_size=600), top=st.integers(1, 50))
def test_any_text_is_answered_or_refused_with_a_code(
    shared_engine: SearchEngine, query: str, top: int
) -> None:
    try:
        result = shared_engine.search(query, top=top)
    except QueryError as error:
        code = error.code
        assert code in {"query_empty", "query_too_long", "query_unreadable"}
        return
    assert 1 <= len(result.query) <= MAX_LENGTH
    assert len({hit.entry.id for hit in result.hits}) == len(result.hits) <= top
    for hit in result.hits:
        ends = [0]
        for start, end in hit.matched.highlights:
            assert ends[-1] <= start < end <= len(hit.matched.text)
            ends.append(end)


def test_choosing_candidates_loses_nothing_near_the_top(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = ["cancel my order", "money back to wallet?", "talk to a human", "Lieferung"]
    everything = [engine.search(query, top=2) for query in queries]
    monkeypatch.setattr("search.engine.EXHAUSTIVE", 0)
    monkeypatch.setattr("search.engine.DENSE_CANDIDATES", 4)
    monkeypatch.setattr("search.engine.LEXICAL_CANDIDATES", 2)
    for query, whole in zip(queries, everything, strict=True):
        first = engine.search(query, top=2).hits[0]
        assert (first.entry, first.score) == (whole.hits[0].entry, whole.hits[0].score)


def test_words_alone_make_a_candidate(engine: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.engine.EXHAUSTIVE", 0)
    monkeypatch.setattr("search.engine.DENSE_CANDIDATES", 1)
    monkeypatch.setattr("search.engine.DENSE_ENTRIES", 0)
    engine = SearchEngine(engine.snapshot)
    query = "talk to a human about card and wallet"
    found = [hit.entry.id for hit in engine.search(query).hits]
    assert len(engine.search("zebra xylophone").hits) == 1  # the nearest; no other holds a word of it
    monkeypatch.setattr("search.engine.LEXICAL_CANDIDATES", 1)
    assert "refund-type" in found
    assert len(engine.search(query).hits) < len(found) <= len(SHOP)


def test_what_is_shown_as_matched_is_a_text_of_the_entry(engine: SearchEngine) -> None:
    for entry in SHOP:
        hit = engine.search(f"{entry.question} {entry.answer}").hits[0]
        assert hit.entry == entry
        asked = {entry.question, *entry.variants}
        assert hit.matched.text in asked or hit.matched.text in clean_line(plain(entry.answer))


@settings(max_examples=50)
@given(st.data())
def test_candidates_hold_just_their_own_passages(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=8))
    kinds = ["question", "variant", "question_answer", "answer"]
    of = np.repeat(np.arange(len(sizes)), sizes)
    kind = [
        kinds[0] if n == 0 else data.draw(st.sampled_from(kinds[1:])) for size in sizes for n in range(size)
    ]
    chosen = np.array(sorted(data.draw(st.sets(st.integers(0, len(sizes) - 1), min_size=1))))
    found = Layout(of, np.array(kind), entries=len(sizes)).select(chosen)
    for n, entry in enumerate(chosen):
        own = found.passages[found.bounds[n] : found.bounds[n + 1]]
        assert own.tolist() == np.flatnonzero(of == entry).tolist()
    for part, names in ((found.question, kinds[:2]), (found.whole, kinds[2:3]), (found.pieces, kinds[3:])):
        assert [kind[found.passages[p]] in names for p in part.positions] == [True] * len(part.positions)
        assert found.entries[part.candidates].tolist() == sorted(
            {of[found.passages[p]] for p in part.positions}
        )
        assert (
            of[found.passages[part.positions[part.starts]]].tolist()
            == found.entries[part.candidates].tolist()
        )
    held = sum(len(part.positions) for part in (found.question, found.whole, found.pieces))
    assert held == len(found.passages)


def test_filters_narrow_and_unknown_ones_are_named(engine: SearchEngine) -> None:
    assert {hit.entry.id for hit in engine.search("money", tags=["Orders"]).hits} == {"cancel", "refund-type"}
    assert {hit.entry.id for hit in engine.search("money", tags=["orders", "refunds"]).hits} == {
        "refund-type"
    }
    assert engine.search("money", tags=["contact", "orders"]).hits == ()
    german = {hit.entry.id for hit in engine.search("money", locale="de-AT").hits}
    assert german == {"lieferung", "agent"}  # the agent's entry names no locale
    with pytest.raises(QueryError, match="contact, orders, refunds, shipping") as caught:
        engine.search("money", tags=["nosuch"])
    assert caught.value.code == "unknown_filter"


def test_a_filter_changes_no_confidence_in_a_large_collection(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, value in (("EXHAUSTIVE", 0), ("DENSE_CANDIDATES", 2), ("DENSE_ENTRIES", 0)):
        monkeypatch.setattr(f"search.engine.{limit}", value)
    engine = SearchEngine(publish())
    for query in ("money back", "stop my order", "talk to a human about the order"):
        freely = {hit.entry.id: hit.confidence for hit in engine.search(query).hits}
        assert len(freely) < len(SHOP)
        for tag in ("orders", "refunds", "contact"):
            narrowed = {hit.entry.id: hit.confidence for hit in engine.search(query, tags=[tag]).hits}
            for found in narrowed.keys() & freely.keys():
                assert narrowed[found] == pytest.approx(freely[found], rel=1e-5)


@pytest.mark.parametrize(
    ("locale", "allowed"),
    [("de", "de de-AT"), ("DE-at", "de de-AT"), ("de-CH", "de"), ("den", "den"), ("d", "")],
)
def test_a_locale_is_wider_or_narrower_by_whole_subtags(locale: str, allowed: str) -> None:
    names = ("de", "de-AT", "den", "en")
    filters = Filters([Entry(id=name, question="A?", locale=name) for name in names])
    if not allowed:
        with pytest.raises(QueryError, match="No entry has the locale"):
            filters.allowed(tags=(), locale=locale)
        return
    mask = filters.allowed(tags=(), locale=locale)
    assert mask is not None
    assert [name for name, there in zip(names, mask, strict=True) if there] == allowed.split()


def test_a_locale_that_nothing_has_is_named(publish: Publish) -> None:
    engine = SearchEngine(publish(tuple(e for e in SHOP if e.locale)))
    with pytest.raises(QueryError, match="de, en") as caught:
        engine.search("money", locale="fr")
    assert caught.value.code == "unknown_filter"


def test_a_single_entry_can_be_found_and_refused(publish: Publish) -> None:
    engine = SearchEngine(publish((Entry(id="only", question="Where is my parcel?", answer="On its way."),)))
    assert engine.search("where is my parcel").decision == "answer"
    assert engine.search("zebra").decision == "no_answer"


def test_threads_get_the_bits_that_one_thread_gets(engine: SearchEngine) -> None:
    queries = [f"{word} {n}" for n in range(30) for word in ("cancel order", "refund card", "call a person")]
    alone = [engine.search(query) for query in queries]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(engine.search, queries))
    for one, other in zip(alone, together, strict=True):
        assert (one.hits, one.confidence, one.decision) == (other.hits, other.confidence, other.decision)


def test_normalisation_takes_out_what_does_not_show() -> None:
    assert normalise_query("  money\u202e\u200b\n back\x00 ") == "money back"
    assert normalise_query("cafe\u0301") == "café"
    assert normalise_query("x" * MAX_LENGTH + "   ") == "x" * MAX_LENGTH
    for text, code in (
        ("\u200b \n", "query_empty"),
        ("x" * 513, "query_too_long"),
        ("\ud800", "query_unreadable"),
    ):
        with pytest.raises(QueryError) as caught:
            normalise_query(text)
        assert caught.value.code == code


@given(st.lists(st.lists(st.floats(-40, 40, width=32), min_size=1, max_size=6), min_size=1, max_size=6))
def test_the_soft_maximum_lies_between_the_maximum_and_its_bound(groups: list[list[float]]) -> None:
    values = np.array([value for group in groups for value in group], dtype=np.float32)
    lengths = np.array([len(group) for group in groups])
    starts = np.cumsum(lengths) - lengths
    highest = np.array([max(group) for group in groups], dtype=np.float32)
    for group, soft in zip(groups, soft_maximum(values, highest, starts, lengths), strict=True):
        assert max(group) - 1e-5 <= soft <= max(group) + TEMPERATURE * np.log(len(group)) + 1e-5


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30), st.integers(1, 40))
def test_order_is_sort_then_cut_with_ties_by_row(scores: list[float], top: int) -> None:
    rows = np.arange(len(scores))
    expected = sorted(range(len(scores)), key=lambda n: (-np.float32(scores[n]), n))[:top]
    assert order(np.array(scores, dtype=np.float32), rows, top).tolist() == expected


@pytest.mark.parametrize(("count", "ending"), [(30, "t28, t29."), (31, "t28, t29, …."), (500, "….")])
def test_of_many_tags_some_are_named(count: int, ending: str) -> None:
    filters = Filters([Entry(id=f"e{n}", question="A?", tags=(f"t{n:02}",)) for n in range(count)])
    with pytest.raises(QueryError) as caught:
        filters.allowed(tags=["nosuch"], locale=None)
    message = str(caught.value)
    assert message.endswith(ending)
    assert message.count(", t") == 29


def test_the_stages_take_no_longer_than_the_search(engine: SearchEngine) -> None:
    for query in ("cancel my order", "zebra"):
        began = time.perf_counter()
        seconds = engine.search(query).seconds
        taken = time.perf_counter() - began
        assert set(seconds) == {"encode", "retrieve", "rank"}
        assert min(seconds.values()) >= 0
        assert 0 < sum(seconds.values()) <= taken


def test_a_filter_that_every_entry_passes_is_none() -> None:
    entries = [Entry(id=id_, question="A?", locale="en", tags=("All", id_)) for id_ in ("a", "b")]
    filters = Filters(entries)
    assert filters.allowed(tags=["all"], locale="en-GB") is None  # a large collection stays as fast
    mask = filters.allowed(tags=["b"], locale="en")
    assert mask is not None
    assert mask.tolist() == [False, True]


def test_choices_are_the_first_entries_and_only_where_a_person_is_asked(store: SnapshotStore) -> None:
    alike = [Entry(id=what, question=f"How do I return {what}?") for what in ("shoes", "boots", "hats")]
    build(collection_of((*SHOP, *alike)), store, ToyEncoder())
    engine = SearchEngine(Snapshot.open(store.current("shop")))
    decisions = set()
    for query in ("How do I return shoes or boots?", "stop my order"):
        for least in np.linspace(0.01, 1, 50):
            result = engine.search(query, min_confidence=float(least))
            decisions.add(result.decision)
            ids = tuple(hit.entry.id for hit in result.hits)
            if result.decision == "clarify":
                assert 2 <= len(result.choices) <= 3
                assert result.choices == ids[: len(result.choices)]
                narrow = engine.search(query, min_confidence=float(least), top=1)
                assert (narrow.choices, len(narrow.hits)) == (result.choices, 1)
            else:
                assert result.choices == ()
    assert decisions == {"answer", "clarify", "no_answer"}
