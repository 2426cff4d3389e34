"""Whether there is a query log to read: whoever only reads must not make one."""

from __future__ import annotations

from search.querylog.database import checked_url, file_of_url
from search.settings import Settings


def no_log(settings: Settings) -> str | None:
    """Why there is nothing to read, as a sentence; None where there is a log.

    Raises LogUrlError, ExtraMissing.
    """
    if not settings.logs:
        return "The query log is off. Set FAQ_LOG_URL."
    file = file_of_url(checked_url(settings.log_url))
    if file is not None and not file.exists():
        return f"There is no query log yet at {file} (FAQ_LOG_URL). It fills while the service runs."
    return None
