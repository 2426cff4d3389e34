"""The database that the query log is in: made where it is missing, brought up to date where it is older."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from index.extras import require
from search.querylog.errors import LogUrlError, QueryLogError
from search.querylog.tables import HEAD

BUSY_SECONDS: Final = 5.0
"""How long another process may hold the database before it counts as locked."""
WRITES: Final = "writes"
"""The execution option of connections that write."""
_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_OWNER_ONLY: Final = 0o600  # what people asked is nobody else's business
_alembic: Final = threading.Lock()  # it keeps what it works on in global variables
_LOCK: Final = 0x_FA9_106  # any number that nothing else in that database locks
_EXAMPLES: Final = "sqlite:///query-log.sqlite3 or postgresql://user@host/database"


def connect(url: str) -> Engine:
    """An engine for the database at a URL, with the newest tables.

    Raises LogUrlError, ExtraMissing, QueryLogError for tables of a newer release, or what SQLAlchemy raises.
    """
    engine = _engine(checked_url(url))
    try:
        if _version(engine) != HEAD:
            with _alone(engine) as connection:
                _migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def file_of(engine: Engine) -> Path | None:
    """The file of an SQLite database, or None."""
    return file_of_url(engine.url)


def file_of_url(url: URL) -> Path | None:
    """The file of an SQLite database, or None."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def checked_url(url: str) -> URL:
    """The URL, if the log can be there. Raises LogUrlError, ExtraMissing."""
    try:
        found = make_url(url.strip())
    except (ArgumentError, ValueError):
        raise LogUrlError(f"FAQ_LOG_URL is no database URL such as {_EXAMPLES}, nor 'off'.") from None
    if found.drivername == "sqlite":
        if found.database in (None, "", ":memory:"):
            raise LogUrlError(f"FAQ_LOG_URL names no file. Give it one: {_EXAMPLES}.")
        return found
    if found.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        require("psycopg", extra="postgres")
        return found.set(drivername="postgresql+psycopg")
    # Not the URL itself: it may hold a password.
    raise LogUrlError(f"FAQ_LOG_URL begins with {found.drivername!a}. Allowed: {_EXAMPLES}, or 'off'.")


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        seconds = int(BUSY_SECONDS)
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": seconds})
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QueryLogError(
            f"The folder of the query log, {folder}, can't be made: {error.strerror}."
        ) from None
    with suppress(OSError):  # it is there, or can't be made, which opening it tells
        os.close(os.open(url.database or "", os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    """For every new connection to SQLite.

    FULL: what was written is there after a power failure, too, not only after a crash; it costs a thread that
    nobody waits for. secure_delete: what is forgotten is overwritten.
    """
    connection.isolation_level = None  # transactions begin where SQLAlchemy begins them
    for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes then would fail at once, not wait, where another one wrote.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return _version_of(connection)


def _version_of(connection: Connection) -> str | None:
    """The last migration that a database has seen; None for an empty one. Raises QueryLogError."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version is not None and version > HEAD:
        raise QueryLogError(
            f"The query log was written by a newer release: its tables are {version}, this one knows {HEAD}. "
            "Update this installation."
        )
    return version


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other process brings tables up to date beside."""
    file = file_of(engine)
    if file is None:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection
    else:
        with FileLock(f"{file}.lock"), engine.execution_options(**{WRITES: True}).begin() as connection:
            yield connection


def _migrate(connection: Connection) -> None:
    if _version_of(connection) == HEAD:  # by another process meanwhile
        return
    # Only here: a start with up-to-date tables, which is nearly every one, does without it.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _alembic:
        command.upgrade(config, "head")
