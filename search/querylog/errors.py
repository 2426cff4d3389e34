"""What can be wrong with the query log's database, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from index.errors import CallerError, RunError
from index.text import shorten


class LogUrlError(CallerError):
    """FAQ_LOG_URL names no database that the query log can be in."""


class QueryLogError(RunError):
    """The query log's database can't be read or written, or is of another release."""


class RecordRefused(QueryLogError):
    """The database works, but doesn't take what is to be written."""


_REFUSALS: Final = (DataError, IntegrityError)


@contextmanager
def told_plainly() -> Iterator[None]:
    """What goes wrong with the database is a QueryLogError; statements and their values are not in it."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = shorten(str(getattr(error, "orig", None) or type(error).__name__), 300)
        kind = RecordRefused if isinstance(error, _REFUSALS) else QueryLogError
        raise kind(f"The query log can't be used: {reason}. Look at what FAQ_LOG_URL names.") from error
