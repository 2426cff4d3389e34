"""The query log keeps what it is given, in either database, and loses what it is told to."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Barrier

import pytest

from index.extras import ExtraMissing
from search.querylog.errors import LogUrlError, QueryLogError
from search.querylog.folding import folded_away
from search.querylog.records import Feedback, LoggedQuery, Report
from search.querylog.store import FOLDED_FOR, QueryLog
from tests.querylog import DATABASES, NOON, database, logged, typed

HOUR = timedelta(hours=1)
CLICK = Feedback(query_id="q1", at=NOON + timedelta(seconds=2), kind="click", entry_id="13", position=1)
VOTE = Feedback(
    query_id="q1", at=NOON + timedelta(seconds=9), kind="helpful", helpful=False, reason="too long"
)


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as found:
        yield found


def test_what_was_logged_is_read_with_its_feedback(url: str) -> None:
    with QueryLog.open(url) as log:
        log.add([logged("q2", NOON + timedelta(seconds=50)), logged("q1")], [VOTE, CLICK])
        log.add([logged("q3", NOON + HOUR), logged("q4", collection="other")])
        read = log.read(collection="shop", since=NOON, until=NOON + HOUR)
    assert [query.query_id for query in read] == ["q1", "q2"]
    assert read[0] == logged("q1", feedback=(CLICK, VOTE))
    assert read[1].feedback == ()


def test_it_is_there_after_it_was_closed_and_a_query_is_written_once(url: str) -> None:
    for _ in range(2):
        with QueryLog.open(url) as log:
            log.add([logged()])
    with QueryLog.open(url) as log:
        assert log.read(collection="shop", since=NOON, until=NOON + HOUR) == [logged()]
        [standing] = log.standings()
    assert (standing.collection, standing.queries, standing.sessions) == ("shop", 1, 1)
    assert standing.first == standing.last == NOON


def test_the_newest_reports_come_first(url: str) -> None:
    kept = [
        Report(collection="shop", kind="gaps", at=NOON + hour * HOUR, body=b"\x00%d" % hour)
        for hour in range(3)
    ]
    with QueryLog.open(url) as log:
        for report in kept:
            log.keep_report(report)
        assert log.reports(collection="shop", kind="gaps", most=2) == [kept[2], kept[1]]
        assert log.reports(collection="shop", kind="lint") == []
        log.purge(before=NOON + HOUR)
        assert log.reports(collection="shop", kind="gaps", most=9) == [kept[2], kept[1]]


def test_what_was_typed_on_the_way_is_folded_away_across_batches(url: str) -> None:
    on_the_way = typed([(0, "mon"), (1, "money ba"), (2, "money back"), (30, "money")])
    with QueryLog.open(url) as log:
        for query in (on_the_way[2], on_the_way[0], on_the_way[3], on_the_way[1]):
            log.add([query])
        read = log.read(collection="shop", since=NOON, until=NOON + HOUR)
    assert [query.asked for query in read] == ["money back", "money"]


def test_processes_that_write_at_once_fold_what_each_has_of_a_session(url: str) -> None:
    with QueryLog.open(url) as one, QueryLog.open(url) as other, ThreadPoolExecutor(2) as threads:
        for number in range(15):
            session, together = f"s{number}", Barrier(2)
            first, second = typed([(0, "refu"), (1, "refund")], session=session)

            def add(log: QueryLog, query: LoggedQuery, together: Barrier = together) -> None:
                together.wait()
                log.add([query])

            parts = [
                threads.submit(add, one, replace(first, query_id=f"{session}a")),
                threads.submit(add, other, replace(second, query_id=f"{session}b")),
            ]
            for part in parts:
                part.result()
        read = one.read(collection="shop", since=NOON, until=NOON + timedelta(hours=1))
    assert {query.asked for query in read} == {"refund"}


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_batches_does_not_matter(url: str, seed: int) -> None:
    texts = ["r", "ref", "shipping", "shippign", "shipping ti", "refu", "refund", "refun", "re", "return"]
    asked = typed([(number * 1.3, text) for number, text in enumerate(texts)])
    said = [
        Feedback(query_id="q1", at=NOON, kind="click", entry_id="13", position=1),
        Feedback(query_id="q8", at=NOON + HOUR / 2, kind="helpful", helpful=True),
    ]
    shuffled: list[LoggedQuery | Feedback] = [*asked, *said]
    source = Random(seed)
    source.shuffle(shuffled)
    with QueryLog.open(url) as log:
        while shuffled:
            batch = [shuffled.pop() for _ in range(min(len(shuffled), source.randint(1, 4)))]
            log.add(
                [one for one in batch if isinstance(one, LoggedQuery)],
                [one for one in batch if isinstance(one, Feedback)],
            )
        read = log.read(collection="shop", since=NOON, until=NOON + HOUR)
    whole = [replace(one, feedback=tuple(s for s in said if s.query_id == one.query_id)) for one in asked]
    gone = folded_away(whole)
    assert len(gone) >= 4
    assert read == [one for one in whole if one.query_id not in gone]
    assert {"q1", "q8"} <= {one.query_id for one in read}


def test_what_somebody_answers_to_later_comes_back(url: str) -> None:
    with QueryLog.open(url) as log:
        log.add(typed([(0, "refu"), (1, "refund"), (2, "refund time")]))
        log.add(said=[replace(CLICK, at=NOON + HOUR / 2)])
        read = log.read(collection="shop", since=NOON, until=NOON + HOUR)
    assert [(query.asked, len(query.feedback)) for query in read] == [("refund", 1), ("refund time", 0)]


def test_of_what_is_said_again_and_again_the_last_counts(url: str) -> None:
    votes = [replace(VOTE, at=VOTE.at + n * timedelta(seconds=1), helpful=n % 3 == 0) for n in range(1001)]
    other = replace(VOTE, entry_id="14")
    Random(1).shuffle(votes)
    with QueryLog.open(url) as log:
        log.add([logged()])
        for start in range(0, len(votes), 300):
            log.add(said=[*votes[start : start + 300], CLICK, other])
        [query] = log.read(collection="shop", since=NOON, until=NOON + HOUR)
    assert query.feedback == (CLICK, other, max(votes, key=lambda vote: vote.at))


def test_feedback_to_queries_that_nobody_asked_goes_after_an_hour(url: str) -> None:
    now = datetime.now(UTC)
    stray = replace(CLICK, query_id="stray", at=now - FOLDED_FOR - HOUR)
    young = replace(CLICK, query_id="young", at=now)
    with QueryLog.open(url) as log:
        log.add([logged()], [stray, young, CLICK])
        log.purge(before=NOON)
        log.add([logged("stray"), logged("young")])
        read = log.read(collection="shop", since=NOON, until=NOON + HOUR)
    found = {query.query_id: len(query.feedback) for query in read}
    assert found == {"q1": 1, "stray": 0, "young": 1}


def test_what_was_folded_away_goes_after_an_hour(url: str) -> None:
    now = datetime.now(UTC)
    asked = [
        logged(f"{session}{number}", at + number * timedelta(seconds=1), session=session, normalised=text)
        for session, at in (("old", now - FOLDED_FOR - HOUR), ("new", now - FOLDED_FOR / 2))
        for number, text in enumerate(("refu", "refund"))
    ]
    with QueryLog.open(url) as log:
        log.add(asked)
        assert log.purge(before=NOON) == 0
        log.add(said=[replace(CLICK, query_id="old0"), replace(CLICK, query_id="new0")])
        read = log.read(collection="shop", since=now - 3 * HOUR, until=now)
    assert [query.query_id for query in read] == ["old1", "new0", "new1"]


def test_purging_removes_what_is_older_with_its_feedback(url: str) -> None:
    old = [logged(f"old{n}", NOON - HOUR, session=None) for n in range(1201)]
    early = Feedback(query_id="never-written", at=NOON - HOUR, kind="answer", entry_id="13")
    with QueryLog.open(url) as log:
        log.add([*old, logged()], [early, CLICK])
        assert log.purge(before=NOON, collection="other") == 0
        assert log.purge(before=NOON) == 1201
        assert log.purge(before=NOON) == 0
        log.add([logged("never-written", NOON - HOUR, session=None)])
        read = log.read(collection="shop", since=NOON - 2 * HOUR, until=NOON + HOUR)
    assert read == [logged("never-written", NOON - HOUR, session=None), logged(feedback=(CLICK,))]


def test_a_session_is_forgotten_by_its_own_name(url: str) -> None:
    with QueryLog.open(url) as log:
        mine, other = log.session_hash("visit-1"), log.session_hash("visit-2")
        log.add([logged("q1", session=mine), logged("q2", session=other)], [CLICK])
        assert log.forget("visit") == 0
        assert log.forget("visit-1") == 1
        log.add([logged("q1", session=mine)])
        read = log.read(collection="shop", since=NOON, until=NOON + HOUR)
    assert [(query.query_id, query.feedback) for query in read] == [("q1", ()), ("q2", ())]


def test_with_a_session_the_reports_that_may_quote_it_are_forgotten(url: str) -> None:
    with QueryLog.open(url) as log:
        log.add([logged(session=log.session_hash("visit-1"))])
        for collection in ("shop", "other"):
            for hours in (-1, 1):
                report = Report(collection=collection, kind="gaps", at=NOON + hours * HOUR, body=b"{}")
                log.keep_report(report)
        assert log.forget("visit-1") == 1
        left = [
            (one.collection, one.at)
            for collection in ("shop", "other")
            for one in log.reports(collection=collection, kind="gaps", most=9)
        ]
    assert left == [("shop", NOON - HOUR), ("other", NOON + HOUR), ("other", NOON - HOUR)]


def test_sessions_are_hashed_alike_in_one_database_and_in_no_other(tmp_path: Path) -> None:
    hashes = []
    for name in ("a", "a", "b"):
        with QueryLog.open(f"sqlite:///{tmp_path / name}.sqlite3") as log:
            hashes.append(log.session_hash("visit-1"))
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 32
    assert "visit" not in hashes[0]


def test_only_its_owner_reads_a_new_file(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite3"
    with QueryLog.open(f"sqlite:///{file}") as log:
        log.add([logged()])
        for written in (file, tmp_path / "log.sqlite3-wal"):
            assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_what_is_forgotten_is_not_in_the_file_either(tmp_path: Path) -> None:
    with QueryLog.open(f"sqlite:///{tmp_path / 'log.sqlite3'}") as log:
        session = log.session_hash("visit-1")
        log.add(
            [
                logged(f"q{n}", NOON + n * HOUR, session=session, asked=f"Where is aunt Zerlina? {n}")
                for n in range(50)
            ]
        )
        assert log.forget("visit-1") == 50
        for path in tmp_path.iterdir():
            assert b"Zerlina" not in path.read_bytes(), path.name


def test_many_may_open_it_at_once_and_write(url: str) -> None:
    def write(number: int) -> str:
        with QueryLog.open(url) as log:
            for part in range(5):
                log.add([logged(f"q{number}-{part}", NOON + part * HOUR / 9, session=f"s{number}")])
            return log.session_hash("visit-1")

    with ThreadPoolExecutor(6) as threads:
        hashes = set(threads.map(write, range(6)))
    assert len(hashes) == 1
    with QueryLog.open(url) as log:
        assert len(log.read(collection="shop", since=NOON, until=NOON + HOUR)) == 30


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("query-log.sqlite3", "no database URL"),
        ("mysql://root:secret@host/log", "mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_a_url_that_names_no_usable_database_is_refused_without_showing_it(url: str, named: str) -> None:
    with pytest.raises(LogUrlError, match=named) as caught, QueryLog.open(url):
        pass
    assert "FAQ_LOG_URL" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_postgresql_without_its_driver_names_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with (
        pytest.raises(ExtraMissing, match=r"pip install 'faq-search\[postgres\]'"),
        QueryLog.open("postgresql://nobody@127.0.0.1/log"),
    ):
        pass


def test_what_is_wrong_with_the_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no database, however long it goes on" * 99)
    (tmp_path / "folder").mkdir()
    for name, told in (
        ("text", "not a database"),
        ("folder", "unable to open"),
        ("text/log", "can't be made"),
    ):
        with pytest.raises(QueryLogError, match=told), QueryLog.open(f"sqlite:///{tmp_path / name}"):
            pass


def test_tables_of_a_newer_release_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite3"
    with QueryLog.open(f"sqlite:///{path}"):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(QueryLogError, match=r"newer release.*9999"), QueryLog.open(f"sqlite:///{path}"):
        pass


def test_a_file_that_was_deleted_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite3"
    with QueryLog.open(f"sqlite:///{path}") as log:
        path.unlink()
        with pytest.raises(QueryLogError, match="has gone"):
            log.add([logged()])
