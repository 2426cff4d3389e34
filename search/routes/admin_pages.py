"""`/admin`: the content team's pages. Made on the server; the script only saves steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from search.engine import SearchEngine
from search.jobs.runner import Kind
from search.parameters import check_length
from search.problems import KINDS, ProblemError
from search.querylog.period import CHOICES, DAYS
from search.routes.admin_work import desk_of, figures, versions
from search.routes.direct import DirectRoute
from search.services import services_of
from search.templates import page, static
from search.workbench import charts
from search.workbench.desk import Desk
from search.workbench.entry_table import EntryFigures
from search.workbench.overview import Figures

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_TOP: Final = 10
_ORDERS: Final = {
    "id": lambda one: one.id,
    "shown": lambda one: -one.shown,
    "first": lambda one: -one.first,
    "clicked": lambda one: -one.clicked,
    "rate": lambda one: -(one.click_rate or 0.0),
    "helpful": lambda one: -one.helpful,
    "unhelpful": lambda one: -one.unhelpful,
    "stolen": lambda one: -one.robbed,
}
_TO_SIGN_IN: Final = frozenset(("admin_key_required",))


class Visit:
    """A request for a page: who may see it, of which collection, of which time. Raises ProblemError."""

    def __init__(self, request: Request) -> None:
        check_length(request.scope["query_string"])
        self.request = request
        self.desk: Desk = desk_of(request)
        self.services = services_of(request)
        given = request.query_params
        engines = self.services.catalog.engines
        wanted = given.get("collection") or self.services.catalog.default_collection
        # Where several are served and none is the default, the first: a person can choose another.
        name = wanted if wanted in engines or given.get("collection") else next(iter(sorted(engines)), None)
        self.engine: SearchEngine = self.services.engine(name)
        self.collection = self.engine.snapshot.collection
        days = given.get("days", "")
        self.days = int(days) if days in {str(choice) for choice in CHOICES} else DAYS

    async def figures(self) -> tuple[Figures | None, ProblemError | None]:
        """The figures, or why there are none."""
        try:
            return await figures(self.request, self.desk, self.collection, self.days), None
        except ProblemError as problem:
            if problem.code not in ("log_off", "log_unreadable"):
                raise
            return None, problem

    async def report(self, kind: Kind) -> dict[str, Any] | None:
        """The newest report, None where there is none, or no log to keep it."""
        try:
            return await self.desk.report(kind, self.collection, self.days if kind == "gaps" else None)
        except ProblemError:
            return None

    def page(self, template: str, *, here: str, status: int = 200, **values: Any) -> Response:
        """A page of the admin side."""
        chosen = {"collection": self.collection, "days": self.days}
        return page(
            f"admin/{template}",
            status=status,
            script=True,
            here=here,
            collection=self.collection,
            title=self.engine.snapshot.manifest.title or self.collection,
            collections=sorted(self.services.catalog.engines),
            days=self.days,
            choices=CHOICES,
            chosen=urlencode(chosen),
            questions={entry.id: entry.question for entry in self.engine.snapshot.entries},
            query=lambda **more: urlencode({**chosen, **more}),
            **values,
        )


def failed(request: Request, problem: ProblemError) -> Response:
    """The page of a problem: to sign in where that is it, nothing of the admin side where it is off."""
    if problem.code == "admin_off":
        raise problem
    if problem.code in _TO_SIGN_IN:
        back = request.url.path if request.method == "GET" else "/admin"
        return RedirectResponse(f"/admin/login?{urlencode({'next': back})}", status_code=303)
    return page(
        "admin/problem.html",
        status=KINDS[problem.code].status,
        script=True,
        heading=KINDS[problem.code].title,
        detail=str(problem),
        code=problem.code,
    )


@router.get("/admin")
async def overview(request: Request) -> Response:
    """GET /admin"""
    try:
        visit = Visit(request)
        found, why = await visit.figures()
        gaps = await visit.report("gaps")
    except ProblemError as problem:
        return failed(request, problem)
    return visit.page(
        "overview.html",
        here="overview",
        figures=found,
        why=why,
        gaps=gaps,
        top=found.top[:_TOP] if found else [],
        traffic=charts.traffic_chart(found.days) if found else None,
        decisions=charts.decisions_chart(found.days) if found else None,
        points=charts.reliability_chart(found.bins) if found else [],
        golden=visit.engine.snapshot.manifest.golden,
        calibration=visit.engine.snapshot.manifest.calibration,
        job=visit.desk.jobs.latest("gaps", visit.collection),
        min_sessions=visit.desk.settings.log_min_sessions,
    )


@router.get("/admin/gaps")
async def gaps(request: Request) -> Response:
    """GET /admin/gaps"""
    try:
        visit = Visit(request)
        found = await visit.report("gaps")
    except ProblemError as problem:
        return failed(request, problem)
    return visit.page(
        "gaps.html",
        here="gaps",
        gaps=found,
        off=not visit.desk.log.there,
        job=visit.desk.jobs.latest("gaps", visit.collection),
    )


@router.get("/admin/entries")
async def entries(request: Request) -> Response:
    """GET /admin/entries?sort="""
    try:
        visit = Visit(request)
        found, why = await visit.figures()
    except ProblemError as problem:
        return failed(request, problem)
    order = request.query_params.get("sort", "")
    order = order if order in _ORDERS else "shown"
    rows: Sequence[EntryFigures] = sorted(found.entries, key=_ORDERS[order]) if found else []
    return visit.page("entries.html", here="entries", figures=found, why=why, rows=rows, order=order)


@router.get("/admin/lint")
async def lint(request: Request) -> Response:
    """GET /admin/lint"""
    try:
        visit = Visit(request)
        found = await visit.report("lint")
    except ProblemError as problem:
        return failed(request, problem)
    return visit.page(
        "lint.html", here="lint", lint=found, job=visit.desk.jobs.latest("lint", visit.collection)
    )


@router.get("/admin/snapshots")
async def snapshots(request: Request) -> Response:
    """GET /admin/snapshots; with version=, the page that asks whether it is to serve"""
    try:
        visit = Visit(request)
        found = await versions(visit.desk, visit.collection)
    except ProblemError as problem:
        return failed(request, problem)
    wanted = request.query_params.get("version")
    version = next((one for one in found if one.version == wanted), None)
    current = next((one for one in found if one.current), None)
    return visit.page("snapshots.html", here="snapshots", versions=found, wanted=version, current=current)


@router.get("/web/admin.css")
async def style(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /web/admin.css"""
    return static("admin/admin.css", media_type="text/css")


@router.get("/web/admin.js")
async def script(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /web/admin.js"""
    return static("admin/admin.js", media_type="text/javascript")
