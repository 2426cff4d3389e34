"""The queries of a period, from the log."""

from __future__ import annotations

from search.preview.queries import AskedQuery, distinct_queries
from search.preview.request import Period
from search.querylog.folding import typists
from search.querylog.reading import no_log
from search.querylog.store import QueryLog
from search.settings import Settings


def logged_queries(settings: Settings, collection: str, period: Period) -> tuple[list[AskedQuery], list[str]]:
    """What was asked, and what is to be said of it: nothing, or why there is none.

    Raises LogUrlError, ExtraMissing, QueryLogError.
    """
    if missing := no_log(settings):
        return [], [f"{missing} Only the golden set was asked."]
    with QueryLog.open(settings.log_url) as log:
        logged = typists(log.read(collection=collection, since=period.since, until=period.until))
    if not logged:
        since, until = (at.date().isoformat() for at in (period.since, period.until))
        return [], [f"The log holds no query of {collection!r} from {since} to {until}."]
    return distinct_queries(logged), []
