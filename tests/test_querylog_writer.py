"""Writing the query log never holds up who puts something into it, and loses as little as can be."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from search.querylog.records import Feedback, LoggedQuery
from search.querylog.store import QueryLog
from search.querylog.writer import BATCH, LogWriter
from tests.door import Door
from tests.querylog import DATABASES, NOON, Counts, asked, database, eventually, logged, writing


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        yield url


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'log.sqlite3'}"


def read(url: str) -> list[LoggedQuery]:
    with QueryLog.open(url) as log:
        return log.read(
            collection="shop", since=NOON - timedelta(days=999), until=NOON + timedelta(days=9999)
        )


def test_what_is_put_is_written_masked_and_without_the_sessions_name(tmp_path: Path) -> None:
    url = url_of(tmp_path)
    reason = Feedback(query_id="q1", at=NOON, kind="helpful", helpful=False, reason="mail jane@shop.example")
    with writing(url) as (writer, counts):
        assert writer.put(asked(query="Where is order 5550100000000 of jane@shop.example?"))
        assert writer.put(reason)
        eventually(lambda: counts.get("written") == 2)
    [query] = read(url)
    assert query.asked == "Where is order [number] of [email]?"
    assert query.normalised == "where is order number of email"
    assert query.feedback[0].reason == "mail [email]"
    assert query.session is not None
    assert "visit" not in query.session
    for path in tmp_path.iterdir():
        assert b"jane" not in path.read_bytes()
        assert b"visit-1" not in path.read_bytes()


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    url = url_of(tmp_path)
    with writing(url) as (writer, counts):
        for number in range(1300):
            writer.put(asked(f"q{number}", session=None))
    assert len(read(url)) == counts["written"] == 1300
    assert "dropped" not in counts


def test_a_locked_database_is_waited_for_without_holding_anybody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("search.querylog.database.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("search.querylog.writer._FIRST_PAUSE", 0.01)
    url = url_of(tmp_path)
    with QueryLog.open(url):
        pass
    with writing(url, capacity=3) as (writer, counts), caplog.at_level(logging.WARNING, "faq.querylog"):
        holder = sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        began = time.perf_counter()
        taken = [writer.put(asked(f"q{number}", session=None)) for number in range(5)]
        assert time.perf_counter() - began < 0.05
        assert taken == [True, True, True, False, False]
        eventually(lambda: counts.get("failed", 0) >= 3)
        holder.execute("ROLLBACK")
        holder.close()
        eventually(lambda: counts.get("written") == 3)
        eventually(lambda: writer.put(asked("later", session=None)))
        eventually(lambda: counts.get("written") == 4)
    assert counts["dropped"] == 2
    assert [query.query_id for query in read(url)] == ["later", "q0", "q1", "q2"]
    told = [record.getMessage() for record in caplog.records]
    assert sum("locked" in line for line in told) == 1  # once, not with every attempt
    assert sum("can't keep up" in line for line in told) == 1
    assert sum("again" in line for line in told) >= 1


def test_a_deleted_database_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.querylog.writer._FIRST_PAUSE", 0.01)
    url = url_of(tmp_path)
    with writing(url) as (writer, counts):
        writer.put(asked("q1"))
        eventually(lambda: counts.get("written") == 1)
        for path in tmp_path.iterdir():
            path.unlink()
        writer.put(asked("q2"))
        eventually(lambda: counts.get("written") == 2)
    assert [query.query_id for query in read(url)] == ["q2"]


def test_a_database_that_appears_later_is_used_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.querylog.writer._FIRST_PAUSE", 0.01)
    folder = tmp_path / "volume"
    folder.write_text("in the way")
    with writing(url_of(folder)) as (writer, counts):
        writer.put(asked("q1"))
        eventually(lambda: counts.get("failed", 0) >= 1)
        folder.unlink()
        eventually(lambda: counts.get("written") == 1)
    assert len(read(url_of(folder))) == 1


def test_what_can_not_be_masked_is_dropped_and_holds_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.querylog import masked

    real = masked.mask

    def fails(text: str, *, locale: str | None = None) -> str:
        if "poison" in text:
            raise ValueError(text)
        return real(text, locale=locale)

    monkeypatch.setattr(masked, "mask", fails)
    with writing(url_of(tmp_path)) as (writer, counts):
        writer.put(asked("q1", query="poison"))
        writer.put(asked("q2"))
        eventually(lambda: counts.get("written") == 1)
    assert counts["dropped"] == 1
    assert [query.query_id for query in read(url_of(tmp_path))] == ["q2"]


def test_what_the_database_refuses_is_dropped_and_holds_up_nothing(url: str) -> None:
    bad = {"collection": None} if url.startswith("sqlite") else {"snapshot": "a\0b"}
    with writing(url) as (writer, counts):
        writer.put(asked("q1", session=None))
        writer.put(asked("bad", session=None, **bad))
        writer.put(asked("q2", session=None))
        eventually(lambda: counts.get("written") == 2)
    assert counts["dropped"] == 1
    assert "failed" not in counts
    assert [query.query_id for query in read(url)] == ["q1", "q2"]


def test_feedback_leaves_room_for_queries() -> None:
    counts = Counts()
    writer = LogWriter("sqlite:///never opened", days=1, count=counts, capacity=4)
    vote = Feedback(query_id="q1", at=NOON, kind="helpful", helpful=True)
    assert [writer.put(vote) for _ in range(4)] == [True, True, False, False]
    assert [writer.put(asked(f"q{number}")) for number in range(3)] == [True, True, False]
    assert counts == {"dropped": 3}


@pytest.mark.postgres
def test_a_database_that_is_stopped_and_started_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL behind a door that shuts: connections are cut, and new ones refused."""
    monkeypatch.setattr("search.querylog.writer._FIRST_PAUSE", 0.05)
    with database("postgres", tmp_path) as url, Door(url) as door, writing(door.url) as (writer, counts):
        writer.put(asked("q1", session=None))
        eventually(lambda: counts.get("written") == 1)
        door.shut()
        began = time.perf_counter()
        for number in range(2, 5):
            assert writer.put(asked(f"q{number}", session=None))
        assert time.perf_counter() - began < 0.05
        eventually(lambda: counts.get("failed", 0) >= 2)
        door.open()
        eventually(lambda: counts.get("written") == 4)
        assert [query.query_id for query in read(url)] == ["q1", "q2", "q3", "q4"]
    assert any("can be written again" in record.getMessage() for record in caplog.records)


def test_old_queries_are_removed_while_it_runs(tmp_path: Path) -> None:
    url = url_of(tmp_path)
    now = datetime.now(UTC)
    with writing(url) as (writer, counts):
        writer.put(asked("old", now - timedelta(days=8)))
        writer.put(asked("new", now - timedelta(days=6)))
    assert counts["written"] == 2
    with writing(url, days=7) as (writer, _):
        eventually(lambda: [query.query_id for query in read(url)] == ["new"])


def test_removing_many_does_not_hold_up_what_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, now = url_of(tmp_path), datetime.now(UTC)
    with QueryLog.open(url) as log:
        old = now - timedelta(days=9)
        log.add([logged(f"old{number}", old, session=None) for number in range(3 * BATCH)])
    left_as_written = []
    add = QueryLog.add

    def watched(log: QueryLog, *records: Any) -> None:
        left_as_written.append(len(read(url)))
        add(log, *records)

    monkeypatch.setattr(QueryLog, "add", watched)
    with writing(url, days=7) as (writer, counts):
        eventually(lambda: len(read(url)) < 3 * BATCH)
        writer.put(asked("new", now))
        eventually(lambda: counts.get("written") == 1)
        eventually(lambda: len(read(url)) == 1)
    assert 0 < left_as_written[0] < 3 * BATCH


def test_a_full_disk_costs_what_no_longer_fits_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.querylog.writer._FIRST_PAUSE", 0.01)
    url = url_of(tmp_path)

    from search.querylog import database

    real = database._set_up  # SQLite says the same of a full disk as of its own limit
    pages = {"most": 20}

    def small(connection: object, record: object) -> None:
        real(connection, record)
        connection.execute(f"PRAGMA max_page_count = {pages['most']}")  # type: ignore[attr-defined]

    monkeypatch.setattr(database, "_set_up", small)
    with writing(url, capacity=1000) as (writer, counts):
        for number in range(600):
            writer.put(asked(f"q{number}", session=None))
        eventually(lambda: counts.get("failed", 0) >= 2)
        pages["most"] = 1_000_000
        eventually(lambda: counts.get("written", 0) == 600)
    assert len(read(url)) == 600
