"""A query log of any release becomes one of this release, and nothing in it is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from search.querylog import migrations
from search.querylog.database import connect
from search.querylog.records import Feedback, Report
from search.querylog.store import QueryLog
from search.querylog.tables import HEAD, metadata
from tests.querylog import DATABASES, NOON, database, logged

FIRST = Path(__file__).with_name("fixtures") / "query_log_0001.sql"


@pytest.fixture(params=DATABASES)
def first(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a log in its first schema."""
    script = FIRST.read_text("utf-8")
    with database(request.param, tmp_path) as url:
        if request.param == "sqlite":
            connection = sqlite3.connect(tmp_path / "log.sqlite3")
            connection.executescript(script)
            connection.close()
        else:
            with psycopg.connect(url, autocommit=True) as server:
                own = script.replace("number INTEGER NOT NULL", "number SERIAL").replace(
                    " DOUBLE ", " FLOAT8 "
                )
                server.execute(own.encode())
                server.execute("SELECT setval('feedback_number_seq', 1)")
        yield url


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        yield url


def test_what_the_first_release_wrote_is_read_and_goes_on(first: str) -> None:
    click = Feedback(query_id="q1", at=NOON + timedelta(seconds=2), kind="click", entry_id="13", position=1)
    vote = Feedback(query_id="q1", at=NOON + timedelta(seconds=9), kind="helpful", helpful=True)
    report = Report(collection="shop", kind="gaps", at=NOON, body=b"{}")
    with QueryLog.open(first) as log:
        log.add([], [vote])
        log.keep_report(report)
    with QueryLog.open(first) as log:
        [query] = log.read(collection="shop", since=NOON, until=NOON + timedelta(hours=1))
        assert query == logged(feedback=(click, vote))
        assert log.reports(collection="shop", kind="gaps") == [report]


def test_the_tables_are_those_that_the_program_knows(first: str, empty: str) -> None:
    for url in {first, empty}:
        engine = connect(url)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        engine.dispose()


def test_many_may_find_an_old_log_at_once(first: str) -> None:
    def opened(_number: int) -> str:
        with QueryLog.open(first) as log:
            return log.session_hash("visit-1")

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(opened, range(6)))) == 1


def test_the_migrations_are_numbered_without_a_gap_up_to_the_head() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    numbers = sorted(script.revision for script in scripts.walk_revisions())
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert numbers[-1] == HEAD
