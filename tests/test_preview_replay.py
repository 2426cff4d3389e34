"""What a change does to queries: both engines are asked, and the difference is told whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from index.build import build
from index.collection import load_collection
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.errors import SnapshotMissing, SourceError
from index.judgements import Judgement
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.evaluation.answered import answer_all
from scripts.evaluation.comparison import changes_between
from scripts.evaluation.gate import figures_of
from search.disposable_file import FOLDER
from search.engine import SearchEngine
from search.preview.change import Change, ProposedVariant
from search.preview.golden import Judged, golden_effect
from search.preview.queries import AskedQuery, distinct_queries, load_queries
from search.preview.report import GROUPS
from search.preview.trial import Trial
from search.querylog.records import LoggedQuery
from search.result import Verdict
from tests.test_query_vectors import sealed

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def logged(number: int, asked: str, **fields: Any) -> LoggedQuery:
    defaults: dict[str, Any] = {
        "session": f"s{number}",
        "collection": "shop",
        "snapshot": "x",
        "source": "api",
        "locale": None,
        "normalised": asked.casefold(),
        "decision": "no_answer",
        "confidence": 0.1,
        "top_ids": (),
        "milliseconds": 1.0,
    }
    return LoggedQuery(
        query_id=f"q{number}", at=NOW + timedelta(seconds=number), asked=asked, **{**defaults, **fields}
    )


def test_queries_are_counted_once_for_each_normalised_text_and_locale() -> None:
    asked = distinct_queries(
        [
            logged(1, "refund"),
            logged(2, "Refund"),
            logged(3, "Refund", session=None),
            logged(4, "refund", locale="de"),
            logged(5, "parcel", session="s1"),
            logged(6, "parcel", session="s1"),
            logged(7, "parcel", session="s1"),
            logged(8, "parcel", session="s1"),
        ]
    )
    assert [(one.text, one.locale, one.count) for one in asked] == [
        ("parcel", None, 4),
        ("Refund", None, 3),
        ("refund", "de", 1),
    ]
    assert [len(one.sessions or ()) for one in asked] == [1, 3, 1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "this is not JSON"),
        ('["a"]', "an object with a text as 'query'"),
        ('{"query": 1}', "an object with a text as 'query'"),
        ('{"query": "a", "count": 0}', "'count' must be a whole number from 1"),
        ('{"query": "a", "count": true}', "'count' must be"),
        ('{"query": "a", "count": 1e3}', "'count' must be"),
        ('{"query": "a", "locale": 1}', "'locale' must be a text"),
        ('{"query": "' + "x" * 513 + '"}', "513 characters"),
    ],
)
def test_a_file_of_queries_is_checked(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(
        '{"query": "B", "count": 2}\n\n{"query": "a", "more": 1}\n{"query": "b"}\n{"query": " "}\n'
    )
    queries, empty = load_queries(file)
    assert ([(one.text, one.count) for one in queries], empty) == ([("B", 3), ("a", 1)], [5])
    file.write_text(f'{{"query": "a"}}\n{line}\n')
    with pytest.raises(SourceError, match=r"q\.jsonl:2: ") as caught:
        load_queries(file)
    assert reason in str(caught.value)


JUDGEMENTS = [
    Judgement(query=query, relevant=relevant)
    for query, relevant in (
        ("cancel my order", ("cancel",)),
        ("talk to someone", ("agent",)),
        ("where is my parcel", ("parcel",)),
        ("money back to wallet?", ("refund-type", "cancel")),
        ("zebra", ()),
        ("order", ()),
        ("x" * 600, ("agent",)),
    )
]
PARCEL = Entry(id="parcel", question="Where is my parcel?", answer="On its way.")


def publish_data(tmp_path: Path, store: SnapshotStore) -> Path:
    """A folder with a collection "shop", published with the toy encoder."""
    folder = tmp_path / "data" / "shop"
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_text(
        '{"id": "cancel", "q": "Can I cancel an order?", "a": "Until it is dispatched."}\n'
        '{"id": "agent", "q": "How can I contact a person?", "a": "Use the chat.", '
        '"variants": ["talk to a human"]}\n'
        '{"id": "refund-type", "q": "What does the refund type mean?", "a": "Wallet or card."}\n'
    )
    (folder / "golden.jsonl").write_text(
        '{"query": "cancel my order", "relevant": ["cancel"]}\n{"query": "zebra", "relevant": []}\n'
    )
    build(load_collection(tmp_path / "data", "shop"), store, ToyEncoder())
    return tmp_path / "data"


def test_the_golden_figures_are_those_of_an_evaluation(tmp_path: Path, store: SnapshotStore) -> None:
    publish_data(tmp_path, store)
    before = Snapshot.open(store.current("shop"))
    build(
        replace(load_collection(tmp_path / "data", "shop"), entries=(*before.entries[1:], PARCEL)),
        store,
        ToyEncoder(),
    )
    engines = [SearchEngine(before), SearchEngine(Snapshot.open(store.current("shop")))]

    def found(engine: SearchEngine, judgement: Judgement) -> Verdict | None:
        return engine.verdict(judgement.query) if len(judgement.query) < 500 else None

    judged = [
        Judged(judgement=one, before=found(engines[0], one), after=found(engines[1], one))
        for one in JUDGEMENTS
    ]
    effect = golden_effect(
        judged,
        published={entry.id for entry in before.entries},
        left={entry.id for entry in engines[1].snapshot.entries},
        tolerance=0.01,
    )
    compared = [one for one in JUDGEMENTS if one.relevant != ("parcel",)]
    runs = [answer_all(engine, compared) for engine in engines]
    for side, run in zip(("before", "after"), runs, strict=True):
        figures = figures_of(run)
        assert effect[side] == {
            name: getattr(figures, name) for name in ("mrr_at_10", "r_at_1", "answered", "refused")
        }
    changes = changes_between(*runs)
    assert [one["query"] for one in effect["worse"]] == [c.query for c in changes if c.gain < 0]
    assert [one["query"] for one in effect["better"]] == [c.query for c in changes if c.gain > 0]
    assert (effect["judgements"], effect["new"], effect["new_right"]) == (6, 1, 1)
    assert effect["refused"]  # "cancel my order" lost its entry
    assert effect["gone"] == 2


@pytest.fixture
def trial(tmp_path: Path, store: SnapshotStore) -> Trial:
    return Trial(store=store, data_dir=publish_data(tmp_path, store), threads=2)


ASKED = [
    AskedQuery(text=text, count=count)
    for text, count in (
        ("where is my parcel", 5),
        ("cancel the order", 3),
        ("talk to a human", 2),
        ("refund to wallet", 2),
        ("x" * 600, 1),
        ("a human please", 1),
    )
]


def test_nothing_changes_without_a_change(trial: Trial) -> None:
    for change in (Change(), None):
        result = trial.run("shop", change, ASKED)
        assert result["groups"]["unchanged"] == {"queries": 13, "distinct": 5}
        assert all(not result["groups"][name]["queries"] for name in GROUPS[:-1])
        assert result["decisions"]["before"] == result["decisions"]["after"]
        assert result["golden"]["before"] == result["golden"]["after"]
        assert result["changes"] == {"added": [], "changed": [], "removed": [], "unchanged": 3}
        assert result["queries"]["left_out"] == 1
        assert (result["entries"], result["notes"], result["warnings"]) == ({}, [], [])


def test_a_new_entry_answers_and_a_removed_one_loses(trial: Trial) -> None:
    before = trial.store.current_version("shop")
    result = trial.run("shop", Change(entries=(PARCEL,), removed=("agent",)), ASKED)
    assert trial.store.current_version("shop") == before
    (answered,) = result["groups"]["answered"]["pairs"]
    assert answered["after"] == {"decision": "answer", "entry": "parcel"}
    assert (answered["queries"], answered["items"][0]["query"]) == (5, "where is my parcel")
    lost = [pair for pair in result["groups"]["lost"]["pairs"] if pair["before"]["entry"] == "agent"]
    assert "talk to a human" in [item["query"] for pair in lost for item in pair["items"]]
    assert result["entries"]["parcel"] == {"question": PARCEL.question, "state": "new"}
    assert result["entries"]["agent"]["state"] == "removed"
    assert (result["changes"]["added"], result["changes"]["removed"]) == (["parcel"], ["agent"])
    assert orjson.loads(orjson.dumps(result)) == result


def test_a_variant_takes_what_another_entry_answered(trial: Trial) -> None:
    change = Change(
        variants=(ProposedVariant(entry="agent", variant="cancel the order"),),
    )
    result = trial.run("shop", change, [AskedQuery(text="cancel the order", count=3)])
    (taken,) = result["groups"]["taken"]["pairs"]
    assert (taken["before"]["entry"], taken["after"]["entry"], taken["queries"]) == ("cancel", "agent", 3)
    (item,) = taken["items"]
    assert (item["before"]["entry"], item["after"]["entry"]) == ("cancel", "agent")
    assert result["changes"]["changed"] == [
        {
            "entry": "agent",
            "fields": ["variants"],
            "variants_added": ["cancel the order"],
            "variants_removed": [],
        }
    ]


def test_what_is_told_is_what_the_engine_answers_after_a_rebuild(trial: Trial, store: SnapshotStore) -> None:
    published = Snapshot.open(store.current("shop"))
    change = Change(entries=(PARCEL,), variants=(ProposedVariant(entry="agent", variant="please help"),))
    result = trial.run("shop", change, ASKED)
    agent = replace(published.entries[1], variants=("talk to a human", "please help"))
    entries = (published.entries[0], agent, published.entries[2], PARCEL)
    build(replace(load_collection(trial.data_dir, "shop"), entries=entries), store, ToyEncoder())
    engines = SearchEngine(published), SearchEngine(Snapshot.open(store.current("shop")))
    asked = [one for one in ASKED if len(one.text) < 500]
    for when, engine in zip(("before", "after"), engines, strict=True):
        counts = dict.fromkeys(("answer", "clarify", "no_answer"), 0)
        for one in asked:
            counts[engine.search(one.text).decision] += one.count
        assert result["decisions"][when] == counts
    for name in GROUPS[:-1]:
        for pair in result["groups"][name]["pairs"]:
            for item in pair["items"]:
                for when, engine in zip(("before", "after"), engines, strict=True):
                    found = engine.search(item["query"])
                    assert item[when] == {
                        "decision": found.decision,
                        "entry": found.hits[0].entry.id,
                        "confidence": round(found.confidence, 6),
                        "choices": list(found.choices),
                    }


def test_vectors_are_kept_for_the_next_time_and_nothing_else_is_written(trial: Trial) -> None:
    before = {path for path in trial.store.root.rglob("*") if FOLDER not in path.parts}
    first = trial.run("shop", Change(removed=("agent",)), ASKED)
    assert first["queries"]["encoded"] > 0
    again = trial.run("shop", Change(removed=("cancel",)), ASKED)
    assert again["queries"]["encoded"] == 0
    assert {path for path in trial.store.root.rglob("*") if FOLDER not in path.parts} == before
    for content in (b"damaged", sealed(b'{"a": 1}'), sealed(b"[]"), sealed(b'{"a": ["maybe", [], [], []]}')):
        for kind in ("vectors", "verdicts"):
            (file,) = (trial.store.root / FOLDER).rglob(f"*.{kind}")
            file.write_bytes(content)
        third = trial.run("shop", Change(removed=("agent",)), ASKED)
        assert {**third, "seconds": {}} == {**first, "seconds": {}}


def test_words_of_few_people_are_not_shown(trial: Trial) -> None:
    trial = replace(trial, min_sessions=3)
    asked = [AskedQuery(text="where is my parcel", count=9, sessions=frozenset({"a", "b"}))]
    result = trial.run("shop", Change(entries=(PARCEL,)), asked)
    (pair,) = result["groups"]["answered"]["pairs"]
    assert (pair["queries"], pair["sessions"], pair["hidden"], pair["items"]) == (9, 2, True, [])
    assert b"where is my parcel" not in orjson.dumps(result)


def test_a_filter_counts_as_it_did(trial: Trial) -> None:
    asked = [AskedQuery(text="where is my parcel", locale="de")]
    change = Change(entries=(replace(PARCEL, locale="en"),))
    assert trial.run("shop", change, asked)["groups"]["answered"]["queries"] == 0


def test_a_language_that_comes_or_goes_is_answered_with_nothing_there(
    trial: Trial, store: SnapshotStore
) -> None:
    """Only with a locale of some entry can a search be filtered; the log may know of others."""
    entries = [replace(entry, locale="en") for entry in load_collection(trial.data_dir, "shop").entries]
    build(replace(load_collection(trial.data_dir, "shop"), entries=tuple(entries)), store, ToyEncoder())
    asked = [AskedQuery(text="where is my parcel", locale=locale) for locale in ("de", "fr", "en")]
    come = trial.run("shop", Change(entries=(replace(PARCEL, locale="de"),)), asked)
    assert come["groups"]["answered"]["queries"] == 1
    assert come["queries"] | {"encoded": 0} == {"asked": 2, "distinct": 2, "left_out": 1, "encoded": 0}
    german = (*entries, replace(PARCEL, locale="de"))
    build(replace(load_collection(trial.data_dir, "shop"), entries=german), store, ToyEncoder())
    gone = trial.run("shop", Change(removed=(PARCEL.id,)), asked)
    assert gone["groups"]["lost"]["queries"] == 1


def test_nothing_published_is_nothing_to_compare_with(trial: Trial) -> None:
    with pytest.raises(SnapshotMissing):
        trial.run("other", Change(), ASKED)
