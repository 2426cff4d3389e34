"""`/v1/entries` and `/v1/collections`: what there is to find."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from index.entry import ID_PATTERN
from search.openapi import parameters_of, problems
from search.parameters import read_query
from search.problems import ProblemError
from search.rendering import rendered, stems_of
from search.responses import json_response
from search.routes.direct import DirectRoute
from search.schemas import CollectionsAnswer, EntryAnswer, EntryParameters, NoParameters
from search.services import services_of

_QUERY_STRING: Final = (
    "unknown_parameter",
    "invalid_parameter",
    "repeated_parameter",
    "invalid_encoding",
    "uri_too_long",
)
router = APIRouter(route_class=DirectRoute, tags=["entries"])

_ENTRY_EXAMPLE: Final[dict[str, Any]] = {
    "id": "13",
    "question": "What types of refunds are there?",
    "answer": "You can be refunded to your wallet or to the way you paid.",
    "variants": ["Can I get money back to my wallet?"],
    "tags": ["refunds"],
    "locale": "en",
    "url": "https://shop.example/help#refunds",
    "related": ["14"],
    "source": "cj_dropshipping/help-page.txt:41",
    "collection": "cj_dropshipping",
    "snapshot": "20260131T235959Z-0123456789ab",
}
_COLLECTIONS_EXAMPLE: Final[dict[str, Any]] = {
    "collections": [
        {
            "name": "cj_dropshipping",
            "title": "Help centre",
            "entries": 7,
            "snapshot": "20260131T235959Z-0123456789ab",
            "created": "2026-01-31T23:59:59Z",
            "default": True,
        }
    ]
}


@router.get(
    "/v1/entries/{id}",
    operation_id="entry",
    summary="An entry, whole",
    description="The entry of an id as the snapshot in service holds it.",
    response_model=None,
    responses={
        200: {
            "model": EntryAnswer,
            "description": "The entry.",
            "content": {"application/json": {"example": _ENTRY_EXAMPLE}},
        },
        **problems(
            "unknown_entry",
            "unknown_collection",
            "collection_required",
            *_QUERY_STRING,
            "not_ready",
        ),
    },
    openapi_extra={
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "The entry's id.",
                "schema": {"type": "string", "examples": ["13"]},
            },
            *parameters_of(EntryParameters),
        ]
    },
)
async def entry(request: Request) -> Response:
    """GET /v1/entries/{id}"""
    asked = read_query(request, EntryParameters)
    engine = services_of(request).engine(asked.collection)
    entry_id: str = request.path_params["id"]
    found = engine.entry(entry_id) if ID_PATTERN.fullmatch(entry_id) else None
    snapshot = engine.snapshot
    if found is None:
        raise ProblemError("unknown_entry", f"{snapshot.collection} has no entry {entry_id[:128]!a}.")
    answer = {**found.to_dict(), "collection": snapshot.collection, "snapshot": snapshot.version}
    if asked.render:
        answer["rendered"] = rendered(found, engine, stems=stems_of(asked.q or ""))
    return json_response(answer)


@router.get(
    "/v1/collections",
    operation_id="collections",
    summary="The collections that are served",
    description="Each with the snapshot that answers now.",
    response_model=None,
    responses={
        200: {
            "model": CollectionsAnswer,
            "description": "The collections, by name.",
            "content": {"application/json": {"example": _COLLECTIONS_EXAMPLE}},
        },
        **problems(*_QUERY_STRING),
    },
)
async def collections(request: Request) -> Response:
    """GET /v1/collections"""
    read_query(request, NoParameters)
    catalog = services_of(request).catalog
    default = catalog.default_collection
    served = [
        {
            "name": name,
            "title": engine.snapshot.manifest.title,
            "entries": len(engine.snapshot.entries),
            "snapshot": engine.snapshot.version,
            "created": engine.snapshot.manifest.created,
            "default": name == default,
        }
        for name, engine in sorted(catalog.engines.items())
    ]
    return json_response({"collections": served})
