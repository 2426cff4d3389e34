"""What machines look for at the root of a site: robots.txt, sitemaps, llms.txt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response

from search.caching import Bodies, cached
from search.engine import SearchEngine
from search.help.described import llms_text, pages_of, robots, sitemap, sitemap_index
from search.help.site import Site
from search.problems import ProblemError
from search.routes.direct import DirectRoute
from search.services import services_of
from search.templates import release

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_BODIES: Final = Bodies()
_KEPT: Final = {"cache-control": "public, max-age=600"}


@router.get("/robots.txt")
async def robots_txt(request: Request) -> Response:
    """GET /robots.txt"""
    return _kept(request, [], lambda site: robots(site), "text/plain")


@router.get("/sitemap.xml")
async def all_sitemaps(request: Request) -> Response:
    """GET /sitemap.xml"""
    engines = _engines(request)
    return _kept(request, engines, lambda site: sitemap_index(engines, site), "application/xml")


@router.get("/sitemap-{collection}-{number}.xml")
async def one_sitemap(request: Request) -> Response:
    """GET /sitemap-{collection}-{number}.xml"""
    collection, number = request.path_params["collection"], request.path_params["number"]
    engine = services_of(request).engine(collection)
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= pages_of(engine)):
        raise ProblemError("not_found", f"{collection} has {pages_of(engine)} sitemaps.")
    made = partial(sitemap, engine, number=int(number))
    return _kept(request, [engine], made, "application/xml")


@router.get("/llms.txt")
async def llms_txt(request: Request) -> Response:
    """GET /llms.txt"""
    engines = _engines(request)
    return _kept(request, engines, lambda site: llms_text(engines, site), "text/plain")


def _engines(request: Request) -> list[SearchEngine]:
    return [engine for _, engine in sorted(services_of(request).catalog.engines.items())]


def _kept(
    request: Request, engines: Sequence[SearchEngine], make: Callable[[Site], str], media_type: str
) -> Response:
    """What is made of the snapshots of some engines for the address that the request came to."""
    site = Site.of(request, services_of(request).public_url)
    versions = [f"{engine.snapshot.collection}/{engine.snapshot.version}" for engine in engines]
    made_of = "\n".join([release(), request.url.path, site.origin, site.path, *versions])
    return cached(
        request,
        made_of.encode(),
        lambda: make(site).encode(),
        media_type=f"{media_type}; charset=utf-8",
        headers=_KEPT,
        bodies=_BODIES,
    )
