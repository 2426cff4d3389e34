"""`/healthz`, `/readyz` and `/metrics`: for what runs the server."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from search.catalog import Standing
from search.openapi import problems
from search.problems import ProblemError
from search.responses import json_response
from search.routes.direct import DirectRoute
from search.schemas import AliveAnswer, ReadyAnswer
from search.services import how_to_publish, services_of

router = APIRouter(route_class=DirectRoute, tags=["operation"])

_READY_EXAMPLE: Final[dict[str, Any]] = {
    "status": "ready",
    "collections": [
        {
            "name": "cj_dropshipping",
            "snapshot": "20260131T235959Z-0123456789ab",
            "created": "2026-01-31T23:59:59Z",
            "published": True,
            "refused": {
                "version": "20260201T120000Z-ba9876543210",
                "reason": "vectors.faiss: expected 11050 bytes, found 4096 bytes.",
            },
        }
    ],
}


@router.get(
    "/healthz",
    operation_id="alive",
    summary="Is the process alive?",
    description="200 as long as the process answers at all; it says nothing of snapshots.",
    response_model=None,
    responses={
        200: {"model": AliveAnswer, "content": {"application/json": {"example": {"status": "alive"}}}}
    },
)
async def alive(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /healthz"""
    return json_response({"status": "alive"})


@router.get(
    "/readyz",
    operation_id="ready",
    summary="Can it answer?",
    description="200 once everything that is published, and the default collection, could be searched. A "
    "snapshot that is refused is reported and does not matter as long as an older one answers, nor does a "
    "later collection that can't be opened.",
    response_model=None,
    responses={
        200: {
            "model": ReadyAnswer,
            "description": "It can.",
            "content": {"application/json": {"example": _READY_EXAMPLE}},
        },
        **problems("not_ready"),
    },
)
async def ready(request: Request) -> Response:
    """GET /readyz"""
    catalog = services_of(request).catalog
    standings = catalog.standings()
    collections = [_shown(standing) for standing in standings]
    if catalog.ready:
        return json_response({"status": "ready", "collections": collections})
    lacking = catalog.lacking
    detail = f"There is no usable snapshot of {', '.join(lacking)}." if lacking else "Nothing is published."
    raise ProblemError(
        "not_ready",
        f"{detail} {how_to_publish(lacking[0] if len(lacking) == 1 else None)}",
        extra={"collections": collections},
    )


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Prometheus metrics",
    description="In Prometheus's text format; docs/api.md lists them.",
    response_model=None,
    responses={
        200: {"description": "The metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
)
async def metrics(request: Request) -> Response:
    """GET /metrics"""
    return Response(
        services_of(request).metrics.exposition(), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4}
    )


def _shown(standing: Standing) -> dict[str, Any]:
    snapshot = standing.engine.snapshot if standing.engine is not None else None
    refusal = standing.refusal
    return {
        "name": standing.collection,
        "snapshot": snapshot.version if snapshot is not None else None,
        "created": snapshot.manifest.created if snapshot is not None else None,
        "published": standing.published,
        "refused": {"version": refusal.version, "reason": refusal.reason} if refusal is not None else None,
    }
