"""The query log in a database: SQLite on one machine, PostgreSQL for several."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, Row, Select, delete, exists, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from search.querylog.database import WRITES, connect, file_of
from search.querylog.errors import QueryLogError, told_plainly
from search.querylog.folding import GROWING, folded_away
from search.querylog.records import Feedback, LoggedQuery, Report
from search.querylog.tables import dismissals, feedback, properties, queries, reports

_COLUMNS: Final = [column for column in queries.columns if column.name != "folded"]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_AT_ONCE: Final = 500  # values in one statement; SQLite takes 32,766, PostgreSQL 65,535
_ADDING: Final = 0x_FA9_ADD  # any number that nothing else in that database locks
FOLDED_FOR: Final = timedelta(hours=1)
"""How long queries stay that were only typed on the way to others."""
_SALT: Final = "session_salt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is logged of a collection. first, last: times of its oldest and newest query."""

    collection: str
    queries: int
    sessions: int
    first: datetime
    last: datetime


class QueryLog:
    """The log at a URL of SQLAlchemy's. Safe to use from several threads and processes at a time.

    Every method raises QueryLogError where the database can't do what it is asked.
    """

    def __init__(self, engine: Engine) -> None:
        """engine: of a database with the newest tables; see search.querylog.database.connect."""
        self._engine = engine
        self._writer = engine.execution_options(**{WRITES: True})
        self._key = bytes.fromhex(_salt(engine))
        self._file = file_of(engine)
        self._inode = self._file.stat().st_ino if self._file else None

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator[QueryLog]:
        """The log at a database URL, made where it is missing. Raises LogUrlError, ExtraMissing too."""
        with told_plainly():
            engine = connect(url)
        try:
            with told_plainly():
                log = cls(engine)
            yield log
        finally:
            engine.dispose()

    def session_hash(self, session: str) -> str:
        """What is kept of what a client calls its session: 32 hex digits that nobody without this database
        can make from it."""
        return hashlib.blake2b(session.encode(), key=self._key, digest_size=16).hexdigest()

    def add(self, asked: Sequence[LoggedQuery] = (), said: Sequence[Feedback] = ()) -> None:
        """Write queries and feedback, all or nothing, and fold away what was typed on the way to a question.

        It is the same whatever the order in which they come: what is folded away is there for FOLDED_FOR, and
        comes back where somebody turns out to have said something to it.

        A query that is there already, by its id, stays as it is. Of what is said to one more than once,
        of the same kind and about the same entry, the last is kept: nobody fills the log by saying it again.
        """
        with self._writing() as connection:
            if connection.dialect.name == "postgresql":
                # One process at a time, as in SQLite: two could not see each other's part of a session.
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADDING})
            ids = [query.query_id for query in asked]
            there = set(_values(connection, select(queries.c.query_id), queries.c.query_id, ids))
            rows = {query.query_id: _query_row(query) for query in asked if query.query_id not in there}
            if rows:
                connection.execute(insert(queries), list(rows.values()))
            if said:
                connection.execute(insert(feedback), [_feedback_row(one) for one in said])
                _remove_superseded(connection, sorted({one.query_id for one in said}))
            _fold(connection, [(query.session, query.at) for query in asked] + _moments_of(connection, said))

    def read(self, *, collection: str, since: datetime, until: datetime) -> list[LoggedQuery]:
        """The queries of a period, since ≤ at < until, oldest first, each with its feedback."""
        of_period = (
            (queries.c.collection == collection)
            & (queries.c.at >= _microseconds(since))
            & (queries.c.at < _microseconds(until))
            & queries.c.folded.is_(False)
        )
        with self._reading() as connection:
            return _read(connection, of_period)

    def standings(self) -> list[Standing]:
        """What there is, by collection."""
        found = (
            select(
                queries.c.collection,
                func.count().label("queries"),
                func.count(queries.c.session.distinct()).label("sessions"),
                func.min(queries.c.at).label("first"),
                func.max(queries.c.at).label("last"),
            )
            .where(queries.c.folded.is_(False))
            .group_by(queries.c.collection)
            .order_by(queries.c.collection)
        )
        with self._reading() as connection:
            return [
                Standing(**row._asdict() | {"first": _time(row.first), "last": _time(row.last)})
                for row in connection.execute(found)
            ]

    def purge(self, *, before: datetime, collection: str | None = None, most: int | None = None) -> int:
        """Remove what was logged before a time, of one collection or of all, and reports from before it.

        Returns how many queries were removed. Some at a time, so that nothing waits for long. most: so many
        queries only, and where that was not enough nothing else.
        """
        old = queries.c.at < _microseconds(before)
        told = reports.c.at < _microseconds(before)
        if collection is not None:
            old, told = (
                old & (queries.c.collection == collection),
                told & (reports.c.collection == collection),
            )
        long_folded = queries.c.folded & (queries.c.at < _microseconds(datetime.now(UTC) - FOLDED_FOR))
        if collection is None:
            self._remove(select(queries.c.query_id).where(long_folded), most=most)
        removed = self._remove(select(queries.c.query_id).where(old), most=most)
        if most is not None and removed >= most:
            return removed
        with self._writing() as connection:
            connection.execute(delete(reports).where(told))
            if collection is None:  # feedback to queries that were never written, and will not be any more
                nowhere = ~exists().where(queries.c.query_id == feedback.c.query_id)
                late = _microseconds(max(before, datetime.now(UTC) - FOLDED_FOR))
                connection.execute(delete(feedback).where(feedback.c.at < late, nowhere))
        return removed

    def forget(self, session: str) -> int:
        """Remove all of a session, named as the client did, and reports since then of where it asked: they
        may quote it. Returns how many queries it had.
        """
        mine = queries.c.session == self.session_hash(session)
        began = select(queries.c.collection, func.min(queries.c.at).label("first"))
        with self._writing() as connection:
            for row in connection.execute(began.where(mine).group_by(queries.c.collection)).all():
                of_collection = reports.c.collection == row.collection
                connection.execute(delete(reports).where(of_collection, reports.c.at >= row.first))
        return self._remove(select(queries.c.query_id).where(mine))

    def keep_report(self, report: Report) -> None:
        """Write a result down."""
        with self._writing() as connection:
            connection.execute(insert(reports), asdict(report) | {"at": _microseconds(report.at)})

    def reports(self, *, collection: str, kind: str, most: int = 1) -> list[Report]:
        """The newest results of a kind, at most so many, newest first."""
        wanted = (reports.c.collection == collection) & (reports.c.kind == kind)
        newest = select(reports).where(wanted).order_by(reports.c.at.desc(), reports.c.number.desc())
        with self._reading() as connection:
            return [
                Report(collection=row.collection, kind=row.kind, at=_time(row.at), body=row.body)
                for row in connection.execute(newest.limit(most))
            ]

    def dismiss(self, collection: str, gap: str) -> None:
        """Note that a gap, by its id, is to be seen no more. Doing so again changes nothing."""
        row = {"collection": collection, "gap": gap, "at": _microseconds(datetime.now(UTC))}
        with self._writing() as connection, suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(dismissals), row)

    def restore(self, collection: str, gap: str) -> None:
        """Take a dismissal back; of a gap that was not dismissed, nothing changes."""
        with self._writing() as connection:
            of_gap = (dismissals.c.collection == collection) & (dismissals.c.gap == gap)
            connection.execute(delete(dismissals).where(of_gap))

    def dismissed(self, collection: str) -> frozenset[str]:
        """The ids of a collection's gaps that were dismissed."""
        wanted = select(dismissals.c.gap).where(dismissals.c.collection == collection)
        with self._reading() as connection:
            return frozenset(connection.execute(wanted).scalars())

    def _remove(self, wanted: Select[tuple[str]], *, most: int | None = None) -> int:
        removed = 0
        while most is None or removed < most:
            some = _AT_ONCE if most is None else min(_AT_ONCE, most - removed)
            with self._writing() as connection:
                ids = [row.query_id for row in connection.execute(wanted.limit(some))]
                _remove_queries(connection, ids)
            removed += len(ids)
            if len(ids) < some:
                break
        if removed and file_of(self._engine) is not None:  # or the file beside it would keep the text
            with told_plainly(), self._engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return removed

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told_plainly(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._check_file()
        with told_plainly(), self._writer.begin() as connection:
            yield connection

    def _check_file(self) -> None:
        """A file that was deleted can still be written, but nobody will ever read it."""
        try:
            there = self._file is None or self._file.stat().st_ino == self._inode
        except OSError:
            there = False
        if not there:
            raise QueryLogError(f"The query log's file {self._file} has gone.")


def _salt(engine: Engine) -> str:
    wanted = select(properties.c.value).where(properties.c.name == _SALT)
    with engine.connect() as connection:
        found = connection.execute(wanted).scalar()
    if found is None:
        try:
            with engine.begin() as connection:
                connection.execute(insert(properties), {"name": _SALT, "value": secrets.token_hex(32)})
        except IntegrityError:
            pass  # another process was quicker
        with engine.connect() as connection:
            found = connection.execute(wanted).scalar_one()
    return str(found)


def _read(connection: Connection, which: Any) -> list[LoggedQuery]:
    said: dict[str, list[Feedback]] = defaultdict(list)
    joined = select(feedback).join(queries, queries.c.query_id == feedback.c.query_id)
    for row in connection.execute(joined.where(which).order_by(feedback.c.at, feedback.c.number)):
        said[row.query_id].append(_feedback(row))
    rows = connection.execute(select(*_COLUMNS).where(which).order_by(queries.c.at, queries.c.query_id))
    return [_query(row, said.get(row.query_id, ())) for row in rows]


Moment = tuple[str | None, datetime]
"""A session and a time."""


def _fold(connection: Connection, moments: Sequence[Moment]) -> None:
    """Mark anew what was only typed on the way to another query, of sessions of which something came."""
    known = [(session, at) for session, at in moments if session is not None]
    if not known:
        return
    sessions = sorted({session for session, _ in known})
    first, last = min(at for _, at in known), max(at for _, at in known)
    near = queries.c.at.between(_microseconds(first - GROWING), _microseconds(last + GROWING))
    for some in _parts(sessions):
        theirs = queries.c.session.in_(some) & near
        folded = folded_away(_read(connection, theirs))
        # Of those after the last, what they led to may not have been read.
        marks = select(queries.c.query_id, queries.c.folded).where(
            theirs, queries.c.at <= _microseconds(last)
        )
        for is_folded in (True, False):
            wrong = [
                row.query_id
                for row in connection.execute(marks)
                if row.folded is not is_folded and (row.query_id in folded) is is_folded
            ]
            for part in _parts(wrong):
                marked = update(queries).where(queries.c.query_id.in_(part))
                connection.execute(marked.values(folded=is_folded))


def _moments_of(connection: Connection, said: Sequence[Feedback]) -> list[Moment]:
    """Of the queries that something was said to and that were folded away."""
    ids = sorted({one.query_id for one in said})
    wanted = select(queries.c.session, queries.c.at).where(queries.c.folded)
    return [
        (row.session, _time(row.at))
        for some in _parts(ids)
        for row in connection.execute(wanted.where(queries.c.query_id.in_(some)))
    ]


def _remove_superseded(connection: Connection, ids: Sequence[str]) -> None:
    """Of queries, the feedback after which the same kind was given about the same entry."""
    later = feedback.alias()
    after = (later.c.at > feedback.c.at) | (
        (later.c.at == feedback.c.at) & (later.c.number > feedback.c.number)
    )
    again = exists().where(
        later.c.query_id == feedback.c.query_id,
        later.c.kind == feedback.c.kind,
        later.c.entry_id.is_not_distinct_from(feedback.c.entry_id),
        after,
    )
    for some in _parts(ids):
        connection.execute(delete(feedback).where(feedback.c.query_id.in_(some), again))


def _remove_queries(connection: Connection, ids: Sequence[str]) -> None:
    for some in _parts(ids):
        connection.execute(delete(feedback).where(feedback.c.query_id.in_(some)))
        connection.execute(delete(queries).where(queries.c.query_id.in_(some)))


def _values(connection: Connection, wanted: Select[Any], column: Any, among: Sequence[str]) -> list[str]:
    return [
        value
        for some in _parts(among)
        for value in connection.execute(wanted.where(column.in_(some))).scalars()
    ]


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _time(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _query_row(query: LoggedQuery) -> dict[str, Any]:
    row = {column.name: getattr(query, column.name) for column in _COLUMNS}
    return row | {"at": _microseconds(query.at), "top_ids": orjson.dumps(query.top_ids).decode()}


def _query(row: Row[Any], said: Sequence[Feedback]) -> LoggedQuery:
    values = dict(row._mapping)
    values |= {"at": _time(row.at), "top_ids": tuple(orjson.loads(row.top_ids)), "feedback": tuple(said)}
    return LoggedQuery(**values)


def _feedback_row(said: Feedback) -> dict[str, Any]:
    return asdict(said) | {"at": _microseconds(said.at)}


def _feedback(row: Row[Any]) -> Feedback:
    values = row._asdict()
    del values["number"]
    return Feedback(**values | {"at": _time(row.at)})
