"""`/help/…`: the FAQ by category, its entries and its results, as pages that need no script."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from index.entry import ID_PATTERN, Entry
from search.caching import Bodies, cached
from search.engine import SearchEngine
from search.help import site as paths
from search.help.described import description, linked_data
from search.help.languages import direction, said_in
from search.help.listing import categories, of_locale, of_page, pages_of
from search.help.site import Site
from search.markup.html import html_of
from search.markup.tree import safe_url, text_of, tree_of
from search.parameters import check_length
from search.problems import KINDS, ProblemError
from search.query_id import QUERY_ID_PATTERN
from search.rendering import rendered
from search.routes.direct import DirectRoute
from search.schemas import MAX_NAME, MAX_TAGS, SearchChoices
from search.services import Services, services_of
from search.templates import html, page, policy, release, static
from search.visit import visit_of

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

TOP: Final = 5
NEAREST: Final = 3
SOURCE: Final = "page"  # in the query log
WHOLE: Final = 1200
"""Characters up to which the best answer is shown whole on a page of results."""
_BODIES: Final = Bodies()
_NOT_KEPT: Final = {"cache-control": "private, no-store"}
_QUERY_ID: Final = re.compile(QUERY_ID_PATTERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """A collection as its pages show it. locale: that was asked for, or None."""

    request: Request
    services: Services
    engine: SearchEngine
    locale: str | None
    site: Site

    @classmethod
    def of(cls, request: Request) -> Help:
        """Raises ProblemError."""
        check_length(request.scope["query_string"])
        services = services_of(request)
        engine = services.engine(request.path_params["collection"])
        asked = request.query_params.get("locale", "")[:MAX_NAME].replace("_", "-")
        known = {locale.casefold(): locale for locale in engine.locales}
        return cls(
            request=request,
            services=services,
            engine=engine,
            locale=known.get(asked.casefold()),
            site=Site.of(request, services.public_url),
        )

    @property
    def name(self) -> str:
        """The collection."""
        return self.engine.snapshot.collection

    def values(self, *, locale: str | None, path: str, title: str, **others: Any) -> dict[str, Any]:
        """What every page of the collection shows. locale: whose language it is in. path: its permanent
        address.
        """
        lang, say = said_in(locale)
        return {
            **frame(self.site, lang=lang, say=say),
            "collection": self.name,
            "locale": self.locale,
            "heading": self.engine.snapshot.manifest.title or self.name,
            "home": self.site.local(paths.collection_path(self.name, locale=self.locale)),
            "action": self.site.local(paths.search_path(self.name)),
            "canonical": self.site.url(path),
            "title": title,
            "query": "",
            "summary": None,
            "linked": None,
            "noindex": False,
            "kind": "website",
            **others,
        }

    def kept(
        self, template: str, values: Callable[[], dict[str, Any]], *asked: str, bodies: Bodies | None = None
    ) -> Response:
        """A page that stays as it is until there is a new snapshot or release. asked: what else it depends
        on. bodies: that remember it.
        """
        made_of = (
            release(),
            self.request.url.path,
            self.engine.snapshot.version,
            self.site.origin,
            self.site.path,
            *asked,
        )
        return cached(
            self.request,
            "\n".join(made_of).encode(),
            lambda: html(f"help/{template}", **values()).encode(),
            media_type="text/html",
            headers={**policy(script=True), "cache-control": "public, max-age=60"},
            bodies=bodies,
        )


def frame(site: Site, *, lang: str, say: Mapping[str, str]) -> dict[str, Any]:
    """What every page needs."""
    return {"site": site, "paths": paths, "lang": lang, "dir": direction(lang), "say": say}


@router.get("/")
async def index(request: Request) -> Response:
    """GET /: to the default collection, or the collections to choose from."""
    services = services_of(request)
    catalog = services.catalog
    site = Site.of(request, services.public_url)
    default = catalog.default_collection
    try:
        check_length(request.scope["query_string"])
    except ProblemError as problem:
        return failed(request, problem)
    if default is not None and default in catalog.engines:
        asked = request.query_params.get("q", "")
        path = paths.search_path(default, q=asked) if asked.strip() else paths.collection_path(default)
        return RedirectResponse(site.local(path), status_code=307, headers={"cache-control": "no-cache"})
    if not catalog.engines or default is not None:
        try:
            services.engine(None)
        except ProblemError as problem:
            return failed(request, problem)
    lang, say = said_in(None)
    listed = [
        {"title": engine.snapshot.manifest.title or name, "path": site.local(paths.collection_path(name))}
        for name, engine in sorted(catalog.engines.items())
    ]
    return page("help/collections.html", **frame(site, lang=lang, say=say), listed=listed)


@router.get("/help")
async def root(request: Request) -> Response:
    """GET /help"""
    return await index(request)


@router.get("/web/help.css")
async def style(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /web/help.css"""
    return static("help/help.css", media_type="text/css")


@router.get("/help/{collection}")
async def overview(request: Request) -> Response:
    """GET /help/{collection}?locale="""
    try:
        help_ = Help.of(request)
    except ProblemError as problem:
        return failed(request, problem)
    locale = help_.locale or next(iter(help_.engine.locales), None)
    number = request.query_params.get("page", "1")
    page_number = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    return help_.kept(
        "collection.html",
        lambda: _listed(help_, locale=locale, number=page_number),
        help_.locale or "",
        str(page_number),
        bodies=_BODIES,
    )


def _listed(help_: Help, *, locale: str | None, number: int) -> dict[str, Any]:
    """What the page of a collection shows. number: of the page, from 1."""
    engine = help_.engine
    entries = of_locale(engine.snapshot.entries, locale)
    number = min(max(number, 1), pages_of(entries))
    shown = of_page(entries, number)
    path = paths.collection_path(help_.name, locale=help_.locale, page=number)
    return help_.values(
        locale=locale,
        path=path,
        title=engine.snapshot.manifest.title or help_.name,
        categories=categories(shown),
        languages=engine.locales if len(engine.locales) > 1 else (),
        current=locale,
        page=number,
        pages=pages_of(entries),
        linked=linked_data(shown, url=help_.site.url(path), locale=locale or said_in(None)[0]),
    )


@router.get("/help/{collection}/search")
async def results(request: Request) -> Response:
    """GET /help/{collection}/search?q=&locale=&tags=&correct=; what else there is in the address is ignored,
    as trackers put things there. Without q it is the entry of that name, if there is one."""
    try:
        help_ = Help.of(request)
    except ProblemError as problem:
        return failed(request, problem)
    asked = request.query_params
    if "q" not in asked and (entry := help_.engine.entry("search")) is not None:
        return _entry_page(help_, entry)
    query = asked.get("q", "")
    if not query.strip():
        return RedirectResponse(
            help_.site.local(paths.collection_path(help_.name, locale=help_.locale)), status_code=307
        )
    tags = [tag[:MAX_NAME] for given in asked.getlist("tags") for tag in given.split(",") if tag.strip()]
    choices = SearchChoices(
        top=TOP,
        correct=asked.get("correct") != "false",
        locale=help_.locale,
        tags=tags[:MAX_TAGS],
        render=True,
        source=SOURCE,
    )
    try:
        visit = visit_of(request, choices)
        [answer] = await help_.services.search(
            {"q": query}, engine=help_.engine, choices=choices, visit=visit
        )
    except ProblemError as problem:
        return failed(request, problem, help_=help_, query=query)
    return _results_page(help_, answer, tags)


@router.get("/help/{collection}/{id}")
async def entry_page(request: Request) -> Response:
    """GET /help/{collection}/{id}?from=&thanks="""
    try:
        help_ = Help.of(request)
        return _entry_page(help_, entry_of(help_.engine, request.path_params["id"]))
    except ProblemError as problem:
        return failed(request, problem)


def entry_of(engine: SearchEngine, entry_id: str) -> Entry:
    """Raises ProblemError."""
    entry = engine.entry(entry_id) if ID_PATTERN.fullmatch(entry_id) else None
    if entry is None:
        raise ProblemError("unknown_entry", f"{engine.snapshot.collection} has no entry {entry_id[:128]!a}.")
    return entry


def query_id_of(text: str | None) -> str | None:
    """The id of the search that led to a page, if it can be one."""
    return text if text and _QUERY_ID.fullmatch(text) else None


def _entry_page(help_: Help, entry: Entry) -> Response:
    asked = help_.request.query_params
    query_id, thanks = query_id_of(asked.get("from")), asked.get("thanks") == "1"
    votes = help_.services.log is not None

    def values() -> dict[str, Any]:
        path = paths.entry_path(help_.name, entry.id)
        url = safe_url(entry.url) if entry.url else None
        locale = entry.locale or next(iter(help_.engine.locales), None)
        shown = rendered(entry, help_.engine)
        return help_.values(
            locale=locale,
            path=path,
            title=entry.question,
            kind="article",
            summary=description(entry),
            linked=linked_data([entry], url=help_.site.url(path), locale=locale or said_in(None)[0]),
            entry=entry,
            answer=html_of(shown["answer"]),
            more=url if url and url.lower().startswith("http") else None,
            related=shown["related"],
            votes=votes,
            vote=f"{help_.site.local(path)}/feedback",
            query_id=query_id,
            thanks=thanks,
        )

    return help_.kept("entry.html", values, query_id or "", str(thanks), str(votes))


def _results_page(help_: Help, answer: dict[str, Any], tags: list[str]) -> Response:
    decision, choices = answer["decision"], answer["choices"]
    hits = [hit for hit in answer["hits"] if not choices or hit["id"] in choices]
    if decision == "no_answer":
        hits = hits[:NEAREST]
    locale = help_.locale or next((hit["locale"] for hit in hits if hit["locale"]), None)
    asked = {"q": answer["query"], "locale": help_.locale, "tags": ",".join(tags)}
    fallback = answer["fallback"]
    values = help_.values(
        locale=locale,
        path=paths.search_path(help_.name, **asked),
        title=said_in(locale)[1]["results"].replace("{q}", answer["query"]),
        noindex=True,
        query=answer["query"],
        decision=decision,
        corrected=answer["corrected"],
        as_typed=help_.site.local(paths.search_path(help_.name, **asked, correct="false")),
        hits=[
            _hit(help_, hit, answer["query_id"], whole=decision == "answer" and number == 0)
            for number, hit in enumerate(hits)
        ],
        fallback=html_of(fallback["rendered"]) if fallback else None,
        contact=fallback["url"] if fallback else None,
    )
    response = page("help/results.html", script=True, **values)
    response.headers.update(_NOT_KEPT)
    return response


def _hit(help_: Help, hit: dict[str, Any], query_id: str, *, whole: bool) -> dict[str, Any]:
    shown = hit["rendered"]
    whole = whole and len(text_of(tree_of(hit["answer"]))) <= WHOLE
    return {
        "question": html_of(shown["question"]),
        "answer": html_of(shown["answer"]) if whole else None,
        "snippet": html_of(shown["snippet"]),
        "locale": hit["locale"],
        "path": help_.site.local(paths.entry_path(help_.name, hit["id"], query_id=query_id)),
    }


def failed(
    request: Request, problem: ProblemError, *, help_: Help | None = None, query: str = ""
) -> Response:
    """A page for what went wrong. help_: the collection that it went wrong in, if it is known."""
    services = services_of(request)
    site = Site.of(request, services.public_url)
    engines = services.catalog.engines
    name = help_.name if help_ else str(request.path_params.get("collection", ""))
    engine = engines.get(name) or engines.get(services.catalog.default_collection or "")
    lang, say = said_in(next(iter(engine.locales), None) if engine else None)
    status = KINDS[problem.code].status
    response = page(
        "help/failed.html",
        status=status,
        **frame(site, lang=lang, say=say),
        what="gone" if status == 404 else "unavailable" if status >= 500 else "wrong",
        detail=str(problem),
        query=query,
        home=site.local(paths.collection_path(engine.snapshot.collection)) if engine else site.local("/"),
        heading=(engine.snapshot.manifest.title or engine.snapshot.collection) if engine else None,
        action=site.local(paths.search_path(engine.snapshot.collection)) if engine else None,
    )
    response.headers.update({**_NOT_KEPT, **problem.headers})
    return response
