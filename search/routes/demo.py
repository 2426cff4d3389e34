"""`/demo`: the search box with everything that can be set about it, to try it and to copy its tag."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from search.help.site import Site
from search.routes.direct import DirectRoute
from search.services import services_of
from search.templates import page, static
from search.widget import LANGUAGES, SCRIPT, integrity

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_EXAMPLES: Final = 3


@router.get("/demo")
async def demo(request: Request) -> Response:
    """GET /demo"""
    services = services_of(request)
    site = Site.of(request, services.public_url)
    collections = [
        {
            "name": name,
            "title": engine.snapshot.manifest.title or name,
            "examples": [entry.question for entry in engine.snapshot.entries[:_EXAMPLES]],
        }
        for name, engine in sorted(services.catalog.engines.items())
    ]
    return page(
        "demo/demo.html",
        script=True,
        site=site,
        collections=collections,
        default=services.catalog.default_collection,
        languages=LANGUAGES,
        script_url=site.url(f"/{SCRIPT}"),
        integrity=integrity(),
    )


@router.get("/web/demo.js")
async def script(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /web/demo.js"""
    return static("demo/demo.js", media_type="text/javascript")


@router.get("/web/demo.css")
async def style(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /web/demo.css"""
    return static("demo/demo.css", media_type="text/css")
