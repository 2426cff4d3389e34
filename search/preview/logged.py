"""The queries of a period, from the log."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

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
