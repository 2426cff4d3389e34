"""`/`: a page with a search field. It is made on the server and needs no script."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from search.parameters import check_length
from search.problems import KINDS, ProblemError
from search.routes.direct import DirectRoute
from search.schemas import MAX_NAME, SearchChoices
from search.services import services_of
from search.templates import page, static
from search.visit import visit_of

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_TOP: Final = 5
_SOURCE: Final = "page"  # in the query log
_PARAGRAPH: Final = re.compile(r"\n\s*\n")


@router.get("/")
async def index(request: Request) -> Response:
    """GET /?q=&collection=&correct=; what else is in the address is ignored, as trackers put things there."""
    services = services_of(request)
    catalog = services.catalog
    status, answer, message, query, chosen = 200, None, None, "", None
    try:
        check_length(request.scope["query_string"])
        query = request.query_params.get("q", "")
        chosen = request.query_params.get("collection", "")[:MAX_NAME] or None
        if query.strip():
            engine = services.engine(chosen)
            as_typed = request.query_params.get("correct") == "false"
            choices = SearchChoices(top=_TOP, correct=not as_typed, source=_SOURCE)
            visit = visit_of(request, choices)
            [answer] = await services.search({"q": query}, engine=engine, choices=choices, visit=visit)
            query = answer["query"]
    except ProblemError as problem:
        status, message = KINDS[problem.code].status, str(problem)
    return page(
        "index.html",
        status=status,
        query=query,
        collections=[
            {"name": name, "title": engine.snapshot.manifest.title or name}
            for name, engine in sorted(catalog.engines.items())
        ],
        chosen=chosen or catalog.default_collection,
        answer=answer,
        as_typed=urlencode({"q": query, "collection": chosen or "", "correct": "false"}),
        hits=_shown_hits(answer) if answer is not None else [],
        fallback=_shown_fallback(answer["fallback"]) if answer is not None and answer["fallback"] else None,
        message=message,
    )


@router.get("/web/page.css")
async def style(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /web/page.css"""
    return static("page.css", media_type="text/css")


def _shown_hits(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """All, or those to choose from."""
    asked = answer["choices"]
    return [_shown(hit) for hit in answer["hits"] if not asked or hit["id"] in asked]


def _shown(hit: dict[str, Any]) -> dict[str, Any]:
    """A hit for the template: the answer as paragraphs of plain text, a link only to the web."""
    url = hit["url"]
    return {
        **hit,
        "url": url if url is not None and url.lower().startswith(("https://", "http://")) else None,
        "paragraphs": _paragraphs(hit["answer"]),
        "percent": round(hit["confidence"] * 100),
    }


def _shown_fallback(fallback: dict[str, Any]) -> dict[str, Any]:
    """As a hit's answer. Its link was checked when the collection was read; to a mail program it may lead."""
    return {"url": fallback["url"], "paragraphs": _paragraphs(fallback["text"])}


def _paragraphs(markdown: str) -> list[str]:
    return [part for part in _PARAGRAPH.split(markdown.strip()) if part]
