"""`/v1/feedback`: what people did with an answer, for the query log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from index.text import clean
from search.openapi import problems, reference
from search.parameters import check, read_json, read_query
from search.problems import ProblemError
from search.querylog.records import Feedback
from search.responses import json_response
from search.routes.direct import DirectRoute
from search.schemas import FeedbackAnswer, FeedbackParameters, NoParameters
from search.services import services_of

router = APIRouter(route_class=DirectRoute, tags=["search"])

_QUERY_ID: Final = "019ab3c5-7d10-7a52-8c1e-5d0f7a3b9e64"
_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": reference(FeedbackParameters)},
            "examples": {
                "click": {
                    "summary": "A hit was opened",
                    "value": {"query_id": _QUERY_ID, "kind": "click", "id": "13", "position": 1},
                },
                "helpful": {
                    "summary": "The answer did not help",
                    "value": {
                        "query_id": _QUERY_ID,
                        "kind": "helpful",
                        "helpful": False,
                        "reason": "It says nothing of gift cards.",
                    },
                },
                "answer": {
                    "summary": "This is the answer",
                    "value": {"query_id": _QUERY_ID, "kind": "answer", "id": "14"},
                },
            },
        }
    },
}


@router.post(
    "/v1/feedback",
    operation_id="feedback",
    summary="Say what became of an answer",
    description="It is joined with the query by its id, and is taken before the query is written, too.",
    response_model=None,
    status_code=202,
    responses={
        202: {"model": FeedbackAnswer, "description": "It was taken."},
        **problems(
            "missing_parameter",
            "unknown_parameter",
            "invalid_parameter",
            "malformed_json",
            "invalid_encoding",
            "body_too_large",
            "unsupported_media_type",
            "unknown_entry",
            "log_off",
            "overloaded",
        ),
    },
    openapi_extra={"requestBody": _BODY},
)
async def feedback(request: Request) -> Response:
    """POST /v1/feedback"""
    read_query(request, NoParameters)
    said = check(await read_json(request), FeedbackParameters)
    services = services_of(request)
    log = services.log
    if log is None:
        raise ProblemError("log_off", "There is no query log, so feedback has no place. Set FAQ_LOG_URL.")
    engines = services.catalog.engines.values()
    if said.id is not None and not any(engine.entry(said.id) for engine in engines):
        # Any text would do for an id, one with somebody's address too, and every report would show it.
        raise ProblemError("unknown_entry", f"No collection that is served has an entry {said.id!a}.")
    reason = clean(said.reason) if said.reason is not None else None
    taken = log.put(
        Feedback(
            query_id=said.query_id,
            at=datetime.now(UTC),
            kind=said.kind,
            entry_id=said.id,
            position=said.position,
            helpful=said.helpful,
            reason=reason or None,
        )
    )
    if not taken:
        raise ProblemError("overloaded", "The query log can't keep up. Send it again later.")
    return json_response({"accepted": True}, status=202)
