"""The made-up part of a query log: told from the real one by its sessions, and removed by them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, delete, func, or_, select

from scripts.demo_traffic.visitors import MARK
from search.querylog.database import WRITES, connect
from search.querylog.errors import told_plainly
from search.querylog.tables import feedback, queries


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A transaction on a log that is there already."""
    with told_plainly():
        engine = connect(url)
        try:
            with engine.execution_options(**{WRITES: True}).begin() as connection:
                yield connection
        finally:
            engine.dispose()


def real_queries(connection: Connection, collection: str) -> int:
    """How many queries of a collection somebody really asked."""
    real = or_(queries.c.session.is_(None), queries.c.session.not_like(f"{MARK}%"))
    count = select(func.count()).select_from(queries).where(queries.c.collection == collection, real)
    return int(connection.execute(count).scalar_one())


def clear(connection: Connection, collection: str) -> int:
    """Remove what was made up for a collection, and what was said to it; how many queries that were."""
    made_up = (queries.c.collection == collection) & queries.c.session.like(f"{MARK}%")
    ids = select(queries.c.query_id).where(made_up)
    connection.execute(delete(feedback).where(feedback.c.query_id.in_(ids)))
    return int(connection.execute(delete(queries).where(made_up)).rowcount)
