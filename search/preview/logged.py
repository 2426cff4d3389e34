"""The queries of a period, from the log."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from index.errors import RunError
from search.preview.queries import AskedQuery, distinct_queries
from search.preview.request import Period
from search.querylog.store import QueryLog
from search.settings import Settings

_OFF = ("", "off")


class LogUnreadable(RunError):
    """The query log can't be read."""


def logged_queries(settings: Settings, collection: str, period: Period) -> tuple[list[AskedQuery], list[str]]:
    """What was asked, and what is to be said of it: nothing, or why there is none. Raises LogUnreadable."""
    if settings.log_url in _OFF:
        return [], ["The query log is off (FAQ_LOG_URL), so only the golden set was asked."]
    if not _is_there(settings.log_url):
        return [], ["There is no query log yet (FAQ_LOG_URL), so only the golden set was asked."]
    try:
        with QueryLog.open(settings.log_url) as log:
            logged = log.read(collection=collection, since=period.since, until=period.until)
    except SQLAlchemyError as error:  # its own text may hold the URL's password
        raise LogUnreadable(
            f"The query log can't be read ({type(error).__name__}). Check FAQ_LOG_URL and that it is running."
        ) from None
    if not logged:
        since, until = (at.date().isoformat() for at in (period.since, period.until))
        return [], [f"The log holds no query of {collection!r} from {since} to {until}."]
    return distinct_queries(logged), []


def _is_there(url: str) -> bool:
    """Whether a file of SQLite's is; to open one makes it, and who reads shall not. Raises LogUnreadable."""
    try:
        found = make_url(url)
    except ArgumentError:
        raise LogUnreadable(
            "FAQ_LOG_URL is no URL of a database, such as sqlite:///query-log.sqlite3."
        ) from None
    named = found.database or ":memory:"
    return found.get_backend_name() != "sqlite" or named == ":memory:" or Path(named).exists()
