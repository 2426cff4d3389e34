"""`/help/{collection}/{id}/feedback`: whether an entry helped, from a plain form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from index.text import clean
from search.help.site import entry_path
from search.parameters import read_body
from search.problems import ProblemError
from search.query_id import new_query_id
from search.querylog.records import Asked, Feedback
from search.routes.direct import DirectRoute
from search.routes.help_pages import Help, entry_of, failed, query_id_of
from search.schemas import MAX_REASON

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

SOURCE: Final = "help"
"""Of questions that were opened from the list, in the query log."""
_MOST: Final = 8 * 1024
_FORM: Final = "application/x-www-form-urlencoded"


@router.post("/help/{collection}/{id}/feedback")
async def feedback(request: Request) -> Response:
    """POST /help/{collection}/{id}/feedback"""
    try:
        help_ = Help.of(request)
        entry = entry_of(help_.engine, request.path_params["id"])
        if request.headers.get("sec-fetch-site") == "cross-site":
            raise ProblemError("other_origin", "Votes are taken from our own pages.")
        log = help_.services.log
        if log is None:
            raise ProblemError("log_off", "There is no query log, so feedback has no place.")
        form = await _form(request)
        helpful = {"yes": True, "no": False}.get(form.get("helpful", ""))
        if helpful is None:
            raise ProblemError("invalid_parameter", "helpful has to be yes or no.")
        at, query_id = datetime.now(UTC), query_id_of(form.get("from"))
        taken = True
        if query_id is None:
            # Nobody searched: who opened a question from the list asked that question.
            query_id = new_query_id()
            taken = log.put(
                Asked(
                    query_id=query_id,
                    at=at,
                    session=None,
                    collection=help_.name,
                    snapshot=help_.engine.snapshot.version,
                    source=SOURCE,
                    locale=None,
                    query=entry.question,
                    decision="answer",
                    confidence=1.0,
                    top_ids=(entry.id,),
                    milliseconds=0.0,
                )
            )
        reason = clean(form.get("reason", ""))[:MAX_REASON] or None
        taken = taken and log.put(
            Feedback(
                query_id=query_id, at=at, kind="helpful", entry_id=entry.id, helpful=helpful, reason=reason
            )
        )
        if not taken:
            raise ProblemError("overloaded", "The query log can't keep up. Send it again later.")
    except ProblemError as problem:
        return failed(request, problem)
    path = entry_path(help_.name, entry.id, query_id=query_id_of(form.get("from")))
    joined = f"{path}{'&' if '?' in path else '?'}thanks=1#feedback"
    return RedirectResponse(help_.site.local(joined), status_code=303)


async def _form(request: Request) -> dict[str, str]:
    """Raises ProblemError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise ProblemError("unsupported_media_type", f"Send the form as {_FORM}.")
    body = await read_body(request, most=_MOST)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=10))
    except ValueError:
        raise ProblemError("invalid_encoding", "The form is not percent-encoded UTF-8.") from None
