"""Problems: every error that the API answers, as RFC 9457 `application/problem+json`.

`code` is stable and made for programs; `detail` is made for people and may change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from starlette.responses import Response

CONTENT_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """status: of the response. title: the same for every problem of the code."""

    status: int
    title: str


KINDS: Final[Mapping[str, Kind]] = {
    "malformed_json": Kind(400, "The body is not valid JSON"),
    "invalid_encoding": Kind(400, "The request is not valid UTF-8"),
    "missing_parameter": Kind(400, "A parameter is missing"),
    "unknown_parameter": Kind(400, "A parameter is unknown"),
    "repeated_parameter": Kind(400, "A parameter is given twice"),
    "invalid_parameter": Kind(400, "A parameter has a value that it can't have"),
    "query_empty": Kind(400, "The query is empty"),
    "query_too_long": Kind(400, "The query is too long"),
    "query_unreadable": Kind(400, "The query is not readable text"),
    "unknown_filter": Kind(400, "No entry has this tag or locale"),
    "collection_required": Kind(400, "Several collections are served, and none was named"),
    "unknown_collection": Kind(404, "There is no such collection"),
    "admin_key_required": Kind(401, "The admin key is missing or wrong"),
    "other_origin": Kind(403, "The request comes from another site"),
    "unknown_entry": Kind(404, "There is no such entry"),
    "unknown_snapshot": Kind(404, "There is no such snapshot"),
    "unknown_job": Kind(404, "There is no such job"),
    "unknown_gap": Kind(404, "There is no such gap"),
    "no_report": Kind(404, "Nothing has been computed yet"),
    "admin_off": Kind(404, "The admin side is off"),
    "not_found": Kind(404, "There is no such page"),
    "method_not_allowed": Kind(405, "The method is not allowed here"),
    "log_off": Kind(409, "There is no query log"),
    "job_running": Kind(409, "Such a job is running already"),
    "change_refused": Kind(409, "The change can't be made"),
    "job_refused": Kind(422, "The job can't be done as asked"),
    "too_many_attempts": Kind(429, "Too many wrong keys"),
    "body_too_large": Kind(413, "The body is too large"),
    "uri_too_long": Kind(414, "The URL is too long"),
    "headers_too_large": Kind(431, "The headers are too large"),
    "unsupported_media_type": Kind(415, "The body is not sent as JSON"),
    "internal": Kind(500, "The server failed"),
    "job_failed": Kind(500, "The job failed"),
    "extra_missing": Kind(501, "A package of an extra is not installed"),
    "log_unreadable": Kind(503, "The query log can't be read"),
    "not_ready": Kind(503, "The server has no snapshot to answer from"),
    "overloaded": Kind(503, "Too much is waiting"),
}


class ProblemError(Exception):
    """Raised by a route to answer a problem.

    errors: (where, message) of each wrong piece. extra: further members of the problem.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.errors = code, detail, tuple(errors)
        self.headers, self.extra = dict(headers or {}), dict(extra or {})


def problem_body(problem: ProblemError, *, request_id: str | None = None) -> dict[str, Any]:
    """The members of a problem. request_id: finds the request in the log."""
    status, title = KINDS[problem.code]
    body: dict[str, Any] = {
        "type": f"/docs#{problem.code}",
        "title": title,
        "status": status,
        "detail": problem.detail,
        "code": problem.code,
    }
    if request_id is not None:
        body["request_id"] = request_id
    if problem.errors:
        body["errors"] = [{"where": where, "message": message} for where, message in problem.errors]
    return body | problem.extra


def problem_response(problem: ProblemError, *, request_id: str | None = None) -> Response:
    """The one place where a problem becomes a response."""
    return Response(
        orjson.dumps(problem_body(problem, request_id=request_id)),
        status_code=KINDS[problem.code].status,
        media_type=CONTENT_TYPE,
        headers=problem.headers,
    )
