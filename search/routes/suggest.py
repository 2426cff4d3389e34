"""`/v1/suggest`: completions while somebody types."""

from __future__ import annotations

import time
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from search.openapi import parameters_of, problems
from search.parameters import read_query
from search.responses import json_response
from search.routes.direct import DirectRoute
from search.schemas import SuggestParameters
from search.services import milliseconds_since, services_of
from search.suggest.shapes import SuggestAnswer

router = APIRouter(route_class=DirectRoute, tags=["search"])

_EXAMPLE: Final[dict[str, Any]] = {
    "query": "money back to wal",
    "collection": "cj_dropshipping",
    "snapshot": "20260131T235959Z-0123456789ab",
    "took_ms": 0.6,
    "suggestions": [
        {
            "kind": "variant",
            "text": "Can I get money back to my wallet?",
            "id": "13",
            "question": "What types of refunds are there?",
            "highlights": [[10, 15], [16, 20], [27, 30]],
            "rendered": [
                "Can I get ",
                ["mark", "money"],
                " ",
                ["mark", "back"],
                " to my ",
                ["mark", "wal"],
                "let?",
            ],
        }
    ],
    "words": ["wallet", "wall", "walk"],
}


@router.get(
    "/v1/suggest",
    operation_id="suggest",
    summary="Complete what is being typed",
    description="Questions, other wordings and what many people asked, by beginnings of words and with "
    "slips. Nothing of it is logged.",
    response_model=None,
    responses={
        200: {
            "model": SuggestAnswer,
            "description": "The suggestions.",
            "content": {"application/json": {"example": _EXAMPLE}},
        },
        **problems(
            "missing_parameter",
            "unknown_parameter",
            "invalid_parameter",
            "repeated_parameter",
            "invalid_encoding",
            "uri_too_long",
            "query_empty",
            "query_too_long",
            "unknown_filter",
            "collection_required",
            "unknown_collection",
            "overloaded",
            "not_ready",
        ),
    },
    openapi_extra={"parameters": parameters_of(SuggestParameters)},
)
async def suggest(request: Request) -> Response:
    """GET /v1/suggest"""
    began = time.perf_counter()
    asked = read_query(request, SuggestParameters)
    services = services_of(request)
    engine = services.engine(asked.collection)
    found = await services.suggest(
        asked.q, engine=engine, top=asked.top, locale=asked.locale, tags=asked.tags
    )
    return json_response(
        {
            "query": asked.q.strip(),
            "collection": engine.snapshot.collection,
            "snapshot": engine.snapshot.version,
            "took_ms": milliseconds_since(began),
            **found,
        }
    )
