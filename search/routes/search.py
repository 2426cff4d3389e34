"""`/v1/search`."""

from __future__ import annotations

import time
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from search.openapi import parameters_of, problems, reference
from search.parameters import check, read_json, read_query
from search.problems import ProblemError
from search.responses import json_response
from search.routes.direct import DirectRoute
from search.schemas import (
    EXAMPLE_QUERY,
    BatchAnswer,
    BatchParameters,
    NoParameters,
    SearchAnswer,
    SearchParameters,
)
from search.services import milliseconds_since, services_of
from search.visit import LOG_HEADER, SESSION_HEADER, visit_of

router = APIRouter(route_class=DirectRoute, tags=["search"])

_PROBLEMS: Final = (
    "missing_parameter",
    "unknown_parameter",
    "invalid_parameter",
    "invalid_encoding",
    "query_empty",
    "query_too_long",
    "unknown_filter",
    "collection_required",
    "unknown_collection",
    "overloaded",
    "not_ready",
)
_EXAMPLE: Final[dict[str, Any]] = {
    "query_id": "019ab3c5-7d10-7a52-8c1e-5d0f7a3b9e64",
    "query": EXAMPLE_QUERY,
    "corrected": None,
    "collection": "cj_dropshipping",
    "snapshot": "20260131T235959Z-0123456789ab",
    "decision": "answer",
    "confidence": 0.91,
    "choices": [],
    "fallback": None,
    "took_ms": 3.2,
    "hits": [
        {
            "id": "13",
            "question": "What types of refunds are there?",
            "answer": "You can be refunded to your wallet or to the way you paid.",
            "url": "https://shop.example/help#refunds",
            "tags": ["refunds"],
            "locale": "en",
            "score": 1.42,
            "confidence": 0.91,
            "matched": {
                "kind": "variant",
                "text": "Can I get money back to my wallet?",
                "highlights": [[10, 15]],
            },
        }
    ],
}
_ANSWER: Final[dict[str, Any]] = {
    "model": SearchAnswer,
    "description": "The ranked answers, and whether the first one can be trusted.",
    "content": {"application/json": {"example": _EXAMPLE}},
}
_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [{"$ref": reference(SearchParameters)}, {"$ref": reference(BatchParameters)}]
            },
            "examples": {
                "one": {"summary": "One query", "value": {"q": EXAMPLE_QUERY, "top": 3}},
                "batch": {"summary": "A batch", "value": {"queries": [EXAMPLE_QUERY, "where is my parcel"]}},
            },
        }
    },
}
_HEADERS: Final = [
    {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
    }
    for name, description in (
        (LOG_HEADER, "`off` keeps the search out of the query log, as `log=false` does."),
        (SESSION_HEADER, "As the parameter `session`, which comes first."),
    )
]


@router.get(
    "/v1/search",
    operation_id="search",
    summary="Answer a question",
    description="Lists in the query string are repeated or comma-separated: `tags=refunds,wallet`.",
    response_model=None,
    responses={200: _ANSWER, **problems(*_PROBLEMS, "repeated_parameter", "uri_too_long")},
    openapi_extra={"parameters": [*parameters_of(SearchParameters), *_HEADERS]},
)
async def search(request: Request) -> Response:
    """GET /v1/search"""
    return await _one(request, read_query(request, SearchParameters))


@router.post(
    "/v1/search",
    operation_id="search_json",
    summary="Answer a question, or a batch of them",
    description="As GET with the parameters as JSON; or `queries`, up to 64 of them, which share the other "
    "parameters and are answered together as `results`. A batch is answered whole or not at all.",
    response_model=None,
    responses={
        200: {
            "model": SearchAnswer | BatchAnswer,
            "description": "As GET; or, for a batch, `results` with an answer for each query.",
        },
        **problems(*_PROBLEMS, "malformed_json", "body_too_large", "unsupported_media_type"),
    },
    openapi_extra={"requestBody": _BODY, "parameters": _HEADERS},
)
async def search_json(request: Request) -> Response:
    """POST /v1/search"""
    read_query(request, NoParameters)
    body = await read_json(request)
    if "queries" not in body:
        return await _one(request, check(body, SearchParameters))
    if "q" in body:
        raise ProblemError(
            "invalid_parameter", "Send either q or queries.", errors=[("q", "queries is there too")]
        )
    began = time.perf_counter()
    batch = check(body, BatchParameters)
    services = services_of(request)
    results = await services.search(
        {f"queries[{position}]": query for position, query in enumerate(batch.queries)},
        engine=services.engine(batch.collection),
        choices=batch,
        visit=visit_of(request, batch),
    )
    return json_response({"results": results, "took_ms": milliseconds_since(began)})


async def _one(request: Request, asked: SearchParameters) -> Response:
    services = services_of(request)
    engine = services.engine(asked.collection)
    visit = visit_of(request, asked)
    [answer] = await services.search({"q": asked.q}, engine=engine, choices=asked, visit=visit)
    if asked.suggest:
        answer |= await services.suggest(
            asked.q, engine=engine, top=asked.suggest, locale=asked.locale, tags=asked.tags
        )
    return json_response(answer)
