"""The query log in a database: SQLite on one machine, PostgreSQL for several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Engine, Row, create_engine, insert, select

from search.querylog.records import Feedback, LoggedQuery, Report
from search.querylog.tables import feedback, metadata, queries, reports

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class QueryLog:
    """The log at a URL of SQLAlchemy's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator[QueryLog]:
        """The log at a database URL, made where it is missing."""
        engine = create_engine(url)
        try:
            metadata.create_all(engine)
            yield cls(engine)
        finally:
            engine.dispose()

    def add(self, asked: Sequence[LoggedQuery] = (), said: Sequence[Feedback] = ()) -> None:
        """Write queries and feedback, all or nothing."""
        with self._engine.begin() as connection:
            if asked:
                connection.execute(insert(queries), [_query_row(query) for query in asked])
            if said:
                connection.execute(insert(feedback), [_feedback_row(one) for one in said])

    def read(self, *, collection: str, since: datetime, until: datetime) -> list[LoggedQuery]:
        """The queries of a period, since ≤ at < until, oldest first, each with its feedback."""
        of_period = (
            (queries.c.collection == collection)
            & (queries.c.at >= _microseconds(since))
            & (queries.c.at < _microseconds(until))
        )
        with self._engine.connect() as connection:
            said: dict[str, list[Feedback]] = defaultdict(list)
            joined = select(feedback).join(queries, queries.c.query_id == feedback.c.query_id)
            for row in connection.execute(joined.where(of_period).order_by(feedback.c.at)):
                said[row.query_id].append(_feedback(row))
            rows = connection.execute(
                select(queries).where(of_period).order_by(queries.c.at, queries.c.query_id)
            )
            return [_query(row, said.get(row.query_id, ())) for row in rows]

    def keep_report(self, report: Report) -> None:
        """Write a result down."""
        with self._engine.begin() as connection:
            connection.execute(insert(reports), asdict(report) | {"at": _microseconds(report.at)})

    def reports(self, *, collection: str, kind: str, most: int = 1) -> list[Report]:
        """The newest results of a kind, at most so many, newest first."""
        wanted = (reports.c.collection == collection) & (reports.c.kind == kind)
        newest = select(reports).where(wanted).order_by(reports.c.at.desc(), reports.c.number.desc())
        with self._engine.connect() as connection:
            return [
                Report(collection=row.collection, kind=row.kind, at=_time(row.at), body=row.body)
                for row in connection.execute(newest.limit(most))
            ]


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _time(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _query_row(query: LoggedQuery) -> dict[str, Any]:
    row = asdict(query)
    del row["feedback"]
    return row | {"at": _microseconds(query.at), "top_ids": orjson.dumps(query.top_ids).decode()}


def _query(row: Row[Any], said: Sequence[Feedback]) -> LoggedQuery:
    values = row._asdict()
    values |= {"at": _time(row.at), "top_ids": tuple(orjson.loads(row.top_ids)), "feedback": tuple(said)}
    return LoggedQuery(**values)


def _feedback_row(said: Feedback) -> dict[str, Any]:
    return asdict(said) | {"at": _microseconds(said.at)}


def _feedback(row: Row[Any]) -> Feedback:
    values = row._asdict()
    del values["number"]
    return Feedback(**values | {"at": _time(row.at)})
