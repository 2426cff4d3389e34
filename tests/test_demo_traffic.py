"""Made-up traffic: the same for a seed, true in its answers, told from the real and removed again."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry
from index.judgements import Judgement
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.cli import cli
from scripts.demo_traffic.rhythm import moments
from scripts.demo_traffic.topics import FILE, Topic, load_topics
from scripts.demo_traffic.typing import typed
from scripts.demo_traffic.visitors import LOOKED_AT, MARK
from search.engine import SearchEngine
from search.querylog.records import LoggedQuery
from search.querylog.store import QueryLog

UNTIL = datetime(2026, 11, 23, 8, tzinfo=UTC)
COMMAND = ["demo-traffic", "shop", "--until", "2026-11-23T08:00", "--sessions", "60"]
HELP = "# Help\n\n## Orders\n\n" + "".join(
    f"### {question} {{#{id_}}}\n\n{answer}\n\n"
    for id_, question, answer in [
        ("cancel", "Can I cancel my order?", "Yes, until we send it."),
        ("invoice", "Where is my invoice?", "In your account."),
        ("payment-declined", "Why was my payment declined?", "Ask your bank."),
    ]
)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "faq_data" / "shop"
    folder.mkdir(parents=True)
    (folder / "help.md").write_text(HELP)
    golden = [
        ("stop an order", "cancel"),
        ("bill for my order", "invoice"),
        ("card refused", "payment-declined"),
    ]
    lines = [json.dumps({"query": query, "relevant": [id_]}) for query, id_ in golden]
    (folder / "golden.jsonl").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAQ_MODEL", "toy")
    assert faq("rebuild", "shop").exit_code == 0
    return tmp_path


def faq(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def read(folder: Path, file: str = "query-log.sqlite3", collection: str = "shop") -> list[LoggedQuery]:
    with QueryLog.open(f"sqlite:///{folder / file}") as log:
        return log.read(
            collection=collection, since=UNTIL - timedelta(days=60), until=UNTIL + timedelta(days=60)
        )


def real(collection: str = "shop", session: str | None = None) -> LoggedQuery:
    return LoggedQuery(
        query_id="real", at=UNTIL, session=session, collection=collection, snapshot="v", source="api",
        locale=None, asked="x", normalised="x", decision="answer",
        confidence=1.0, top_ids=(), milliseconds=1.0,
    )  # fmt: skip


def test_a_seed_makes_the_same_traffic_and_another_other(workplace: Path) -> None:
    assert faq(*COMMAND, "--log-url", "sqlite:///a.sqlite3").exit_code == 0
    assert faq(*COMMAND, "--log-url", "sqlite:///b.sqlite3").exit_code == 0
    assert faq(*COMMAND, "--log-url", "sqlite:///c.sqlite3", "--seed", "2").exit_code == 0
    first = read(workplace, "a.sqlite3")
    assert first == read(workplace, "b.sqlite3")
    assert first != read(workplace, "c.sqlite3")


def test_the_traffic_is_whole(workplace: Path) -> None:
    result = faq(*COMMAND)
    assert result.exit_code == 0
    queries = read(workplace)
    assert f"{len(queries):,} queries" in result.stdout
    assert UNTIL - timedelta(days=14) <= queries[0].at
    assert queries[-1].at < UNTIL
    middle = UNTIL - timedelta(days=7)
    assert min(Counter(query.at < middle for query in queries).values()) > 40
    assert {query.source for query in queries} == {"widget", "api"}
    assert all((query.session or "").startswith(MARK) for query in queries)
    sessions = {query.session for query in queries}
    assert len(sessions) == 120
    assert len(queries) > len(sessions)  # people ask again, and other things
    for query in queries:
        id_ = UUID(query.query_id)
        assert (id_.version, id_.int >> 80) == (7, int(query.at.timestamp() * 1000))
        for said in query.feedback:
            assert said.at > query.at
            assert said.entry_id in query.top_ids
            if said.kind == "click":
                assert query.top_ids[(said.position or 0) - 1] == said.entry_id
                assert query.source == "widget"
    assert {said.kind for query in queries for said in query.feedback} >= {"click", "helpful"}


def test_decisions_are_those_of_the_snapshot(workplace: Path) -> None:
    faq(*COMMAND)
    engine = SearchEngine(SnapshotStore(workplace / "snapshots").open_current("shop", Snapshot.open))
    for query in read(workplace)[:40]:
        result = engine.search(query.asked, locale=query.locale)
        assert (result.decision, result.confidence) == (query.decision, query.confidence)
        assert tuple(hit.entry.id for hit in result.hits) == query.top_ids
        assert query.snapshot == engine.snapshot.version


def test_two_snapshots_serve_one_after_the_other(workplace: Path) -> None:
    faq("rebuild", "shop", "--force")
    faq(*COMMAND)
    served = [query.snapshot for query in read(workplace)]
    assert len(set(served)) == 2
    assert served == sorted(served)


def test_a_second_run_replaces_the_first_and_clear_removes_all(workplace: Path) -> None:
    faq(*COMMAND)
    first = read(workplace)
    faq(*COMMAND)
    assert read(workplace) == first
    with QueryLog.open(f"sqlite:///{workplace / 'query-log.sqlite3'}") as log:
        log.add([replace(real("other"), query_id="o"), replace(real(), session="5e55")])
    cleared = faq("demo-traffic", "shop", "--clear")
    assert f"removed {len(first)} " in cleared.stdout
    assert [query.query_id for query in read(workplace)] == ["real"]
    assert [query.query_id for query in read(workplace, collection="other")] == ["o"]


@pytest.mark.parametrize("session", [None, "5e55"])
def test_real_traffic_is_not_mixed_with(workplace: Path, session: str | None) -> None:
    with QueryLog.open(f"sqlite:///{workplace / 'query-log.sqlite3'}") as log:
        log.add([real("other"), replace(real(session=session), query_id="mine")])
    refused = faq(*COMMAND)
    assert "1 real queries" in str(refused.exception)
    assert len(read(workplace)) == 1
    assert faq(*COMMAND, "--force").exit_code == 0
    assert len(read(workplace)) > 120


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--until", "monday"], "no time such as"),
        (["--log-url", "off"], "log is off"),
        (["--log-url", "nonsense"], "no database URL"),
        (["--days", "0"], "1<=x<=365"),
    ],
)
@pytest.mark.usefixtures("workplace")
def test_wrong_input(arguments: list[str], told: str) -> None:
    result = faq(*COMMAND, *arguments)
    assert result.exit_code != 0
    assert told in result.output + str(result.exception)


def test_topics_grow_and_fall() -> None:
    topic = Topic(wordings=("x",), entries=frozenset(), share=1.0, course=(0.0, 1.0, 3.0))
    assert [topic.weight(when) for when in (0, 0.25, 0.5, 0.75, 1)] == [0, 0.5, 1, 2, 3]
    entry = Entry(id="cancel", question="Can I cancel?", answer="Yes.")
    topics, _ = load_topics([Judgement(query="stop", relevant=("cancel",))], [entry])
    trends = [topic.weight(1) - topic.weight(0) for topic in topics if not topic.entries]
    assert min(trends) < 0 < max(trends)
    known = [topic for topic in topics if topic.entries]
    assert [sorted(topic.entries) for topic in known] == [["cancel"]]  # ours of other entries are left out
    assert set(known[0].wordings) == {"stop", "Can I cancel?"}


def test_the_texts_are_small_and_the_upper_hits_are_seen_first() -> None:
    assert FILE.stat().st_size < 40_000
    assert list(LOOKED_AT) == sorted(LOOKED_AT, reverse=True)


@given(st.text(min_size=1, max_size=60), st.integers())
def test_any_wording_can_be_typed(wording: str, seed: int) -> None:
    _, habits = load_topics([], [])
    first, second = (typed(wording, habits, random.Random(seed)) for _ in range(2))
    assert first == second


def test_more_come_in_the_evening_than_at_night() -> None:
    times = moments(UNTIL - timedelta(days=14), UNTIL, 5_000, random.Random(1))
    hours = Counter(time.hour for time in times)
    assert hours[20] > 5 * hours[3]
    assert times == sorted(times)
    days = Counter(time.weekday() for time in times)
    assert days[0] > days[5]
