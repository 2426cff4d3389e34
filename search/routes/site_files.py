"""What machines look for at the root of a site: robots.txt, sitemaps, llms.txt."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from search.caching import cached
from search.engine import SearchEngine
from search.help.described import llms_text, pages_of, robots, sitemap, sitemap_index
from search.help.site import Site
from search.problems import ProblemError
from search.routes.direct import DirectRoute
from search.services import services_of
from search.templates import release

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_KEPT: Final = {"cache-control": "public, max-age=600"}


@router.get("/robots.txt")
async def robots_txt(request: Request) -> Response:
    """GET /robots.txt"""
    return _kept(request, robots(_site(request)), "text/plain")


@router.get("/sitemap.xml")
async def all_sitemaps(request: Request) -> Response:
    """GET /sitemap.xml"""
    return _kept(request, sitemap_index(_engines(request), _site(request)), "application/xml")


@router.get("/sitemap-{collection}-{number}.xml")
async def one_sitemap(request: Request) -> Response:
    """GET /sitemap-{collection}-{number}.xml"""
    collection, number = request.path_params["collection"], request.path_params["number"]
    engine = services_of(request).engine(collection)
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= pages_of(engine)):
        raise ProblemError("not_found", f"{collection} has {pages_of(engine)} sitemaps.")
    return _kept(request, sitemap(engine, _site(request), number=int(number)), "application/xml")


@router.get("/llms.txt")
async def llms_txt(request: Request) -> Response:
    """GET /llms.txt"""
    return _kept(request, llms_text(_engines(request), _site(request)), "text/plain")


def _engines(request: Request) -> list[SearchEngine]:
    return [engine for _, engine in sorted(services_of(request).catalog.engines.items())]


def _site(request: Request) -> Site:
    return Site.of(request, services_of(request).public_url)


def _kept(request: Request, text: str, media_type: str) -> Response:
    response = Response(text, media_type=f"{media_type}; charset=utf-8", headers=_KEPT)
    return cached(request, response, f"{release()}\n{text}".encode())
