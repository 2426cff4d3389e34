"""What the tests of the query log share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from search.querylog.records import Asked, LoggedQuery
from search.querylog.writer import LogWriter

POSTGRES = "FAQ_TEST_POSTGRES_URL"
"""Names a PostgreSQL in which databases may be made."""
NOON = datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)
DEADLINE = 30.0

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
"""For parametrised fixtures: what is tested with both."""


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'log.sqlite3'}"
        return
    server = os.environ.get(POSTGRES)
    if not server:
        pytest.skip(f"{POSTGRES} names no PostgreSQL")
    name = f"faq_{time.time_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{server.rpartition('/')[0]}/{name}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def logged(query_id: str = "q1", at: datetime = NOON, **values: Any) -> LoggedQuery:
    """A query as it is kept."""
    query = LoggedQuery(
        query_id=query_id,
        at=at,
        session="5e55",
        collection="shop",
        snapshot="20261101T000000Z-0123456789ab",
        source="widget",
        locale=None,
        asked="Money back to wallet?",
        normalised="money back to wallet",
        decision="answer",
        confidence=0.87,
        top_ids=("13", "14"),
        milliseconds=3.25,
    )
    return replace(query, **values)


def asked(query_id: str = "q1", at: datetime = NOON, **values: Any) -> Asked:
    """A query as it comes from a request."""
    query = Asked(
        query_id=query_id,
        at=at,
        session="visit-1",
        collection="shop",
        snapshot="20261101T000000Z-0123456789ab",
        source="widget",
        locale=None,
        query="Money back to wallet?",
        decision="answer",
        confidence=0.87,
        top_ids=("13", "14"),
        milliseconds=3.25,
    )
    return replace(query, **values)


def typed(texts: list[tuple[float, str]], *, session: str | None = "5e55") -> list[LoggedQuery]:
    """Queries of a session: seconds from noon, and what was typed then."""
    return [
        logged(f"q{number}", NOON + timedelta(seconds=at), session=session, asked=text, normalised=text)
        for number, (at, text) in enumerate(texts)
    ]


class Counts(dict[str, int]):
    """Counts what a writer tells."""

    def __call__(self, outcome: str, count: int) -> None:
        self[outcome] = self.get(outcome, 0) + count


@contextmanager
def writing(url: str, **values: Any) -> Iterator[tuple[LogWriter, Counts]]:
    """A writer that runs."""
    counts = Counts()
    writer = LogWriter(url, **{"days": 36_500, "count": counts, **values})
    writer.start()
    try:
        yield writer, counts
    finally:
        writer.close()


def eventually(condition: Callable[[], Any]) -> None:
    """Wait until it holds; fail where it never does."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.02)
