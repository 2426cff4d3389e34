"""The job of the admin pages: `python -m search.gaps`, a request on stdin, the report on stdout.

The request: {"collection": name, "since": ISO time, "until": ISO time}, both times optional.
"""

from __future__ import annotations

from typing import Any

from search.gaps.job import RequestWrong, gaps_of_log, moment
from search.jobs.child import main
from search.settings import Settings


def work(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    """The report of the request, kept in the log. Raises FaqError."""
    since, until = request.get("since"), request.get("until")
    if not isinstance(request.get("collection"), str):
        raise RequestWrong('The request names no collection: {"collection": "…"}.')
    report = gaps_of_log(
        settings,
        collection=request["collection"],
        since=moment(str(since)) if since else None,
        until=moment(str(until)) if until else None,
    )
    return report.to_dict()


if __name__ == "__main__":
    main(work)
