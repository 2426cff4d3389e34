"""`/widget/v1/`: the search box that other pages load, and the questions that it can search without us."""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import APIRouter, Request, Response

from index.names import COLLECTION_NAME
from search.caching import Bodies, cached
from search.problems import ProblemError
from search.routes.direct import DirectRoute
from search.services import services_of
from search.templates import release, static
from search.widget import DECLARATIONS, SCRIPT, script, static_snapshot

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_DAY: Final = 24 * 60 * 60
_LONG: Final = f"public, max-age={_DAY}, stale-while-revalidate={30 * _DAY}, stale-if-error={30 * _DAY}"
"""A day: a release that mends something arrives by itself."""
_SNAPSHOT: Final = f"public, max-age=600, stale-while-revalidate={_DAY}, stale-if-error={30 * _DAY}"
_BODIES: Final = Bodies()
# A module is fetched with CORS, and pages that isolate themselves load only what allows it.
_OPEN: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}


@router.get(f"/{SCRIPT}")
async def module(request: Request) -> Response:
    """GET /widget/v1/faq-search.js"""
    headers = _OPEN | {"cache-control": _LONG}
    return cached(request, script(), script, media_type="text/javascript", headers=headers)


@router.get(f"/{DECLARATIONS}")
async def declarations(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /widget/v1/faq-search.d.ts"""
    return static(DECLARATIONS, media_type="text/plain")


@router.get("/widget/v1/{name}.json")
async def questions(request: Request) -> Response:
    """GET /widget/v1/<collection>.json"""
    name: str = request.path_params["name"]
    if not COLLECTION_NAME.fullmatch(name):
        raise ProblemError("unknown_collection", f"There is no collection {name[:64]!a}.")
    engine = services_of(request).engine(name)
    return cached(
        request,
        f"{release()}/{name}/{engine.snapshot.version}".encode(),
        lambda: orjson.dumps(static_snapshot(engine)),
        media_type="application/json",
        headers=_OPEN | {"cache-control": _SNAPSHOT},
        bodies=_BODIES,
    )
