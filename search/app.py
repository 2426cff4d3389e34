"""The HTTP app."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Final, TextIO

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from index.errors import FaqError
from index.store import SnapshotStore
from search.accesslog import AccessLog
from search.catalog import Catalog
from search.engine import SearchEngine
from search.metrics import Metrics
from search.middleware import REQUEST_ID, Compressed, LastResort, OpenToOthers, Surroundings
from search.pool import SearchPool
from search.problems import ProblemError, problem_response
from search.querylog.writer import LogWriter
from search.routes import (
    admin_api,
    admin_forms,
    admin_jobs,
    admin_pages,
    demo,
    docs,
    entries,
    feedback,
    health,
    help_feedback,
    help_pages,
    search,
    site_files,
    suggest,
    widget,
)
from search.services import Services, services_of
from search.settings import MULTIPROCESS_VARIABLE, Settings, load_settings
from search.suggest.popular import REFRESH_SECONDS, Popular
from search.visit import LOG_HEADER, SESSION_HEADER
from search.workbench.desk import Desk

log = logging.getLogger("faq.http")

API_VERSION: Final = "1"
POLL_SECONDS: Final = 0.5
"""How often the store is looked at; a new snapshot is to be noticed within 2 s."""


def create_app(
    settings: Settings, *, catalog: Catalog | None = None, access_log: TextIO | None = None
) -> FastAPI:
    """The app of some settings. access_log: where its lines go, stdout unless told.

    Its lifespan opens the published snapshots, and keeps up with them.
    """
    if catalog is None:
        catalog = Catalog(SnapshotStore(settings.snapshot_dir), default=settings.default_collection)
    metrics = Metrics(catalog, multiprocess_dir=os.environ.get(MULTIPROCESS_VARIABLE))
    pool = SearchPool(threads=settings.threads, max_waiting=settings.max_waiting)
    log_writer = (
        LogWriter(settings.log_url, days=settings.log_days, count=metrics.logged) if settings.logs else None
    )
    services = Services(
        catalog=catalog,
        pool=pool,
        metrics=metrics,
        popular=Popular(settings),
        public_url=settings.public_url,
        log=log_writer,
        desk=Desk.of(settings),
    )
    app = FastAPI(
        title="FAQ search",
        version=API_VERSION,
        openapi_url=None,  # routes/docs.py has it, and pages that work without a CDN
        redirect_slashes=False,
        lifespan=_lifespan(services),
        exception_handlers={ProblemError: _on_problem, HTTPException: _on_http_exception},
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = services
    answering = (search, suggest, feedback, entries, health, docs, widget)
    pages = (help_pages, help_feedback, site_files, demo)
    for group in (*answering, *pages, admin_api, admin_jobs, admin_pages, admin_forms):
        # Not include_router, which would put another router between the app and every route.
        app.router.routes.extend(group.router.routes)
    # Each is put around those before it, so that pages of other origins can read every problem.
    app.add_middleware(Compressed, minimum_size=1000)
    app.add_middleware(LastResort)
    if settings.cors_origins:
        app.add_middleware(
            OpenToOthers,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["content-type", "x-request-id", LOG_HEADER, SESSION_HEADER],
            expose_headers=["x-request-id", "retry-after"],
        )
    app.add_middleware(Surroundings, access_log=AccessLog(access_log or sys.stdout), metrics=metrics)
    return app


def app_from_environment() -> FastAPI:
    """What a server process runs. Of several, each ends when the one that started them has gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    return create_app(load_settings())


def _end_with(parent: BaseProcess) -> None:
    """Killed, the parent can tell nobody: its workers would hold the port for good."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _lifespan(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if services.log is not None:
            services.log.start()
        trouble = await _refresh(services)
        if not services.catalog.engines:
            log.warning("nothing is published, so every search is answered 503 until something is")
        elif not services.catalog.ready:
            log.warning("no usable snapshot of: %s", ", ".join(services.catalog.lacking))
        watchers = [asyncio.create_task(_watch(services, trouble)), asyncio.create_task(_listen(services))]
        try:
            yield
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.wait(watchers)
            await services.desk.close()
            services.pool.close()
            if services.log is not None:
                await asyncio.to_thread(services.log.close)

    return lifespan


async def _watch(services: Services, trouble: str) -> None:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        trouble = await _refresh(services, known=trouble)


async def _listen(services: Services) -> None:
    """Keep up with what people ask; at once after a snapshot has changed, as past queries belong to one."""
    known: Mapping[str, SearchEngine] = {}
    read_at = -REFRESH_SECONDS
    while True:
        engines = services.catalog.engines
        if engines is not known or time.monotonic() - read_at >= REFRESH_SECONDS:
            known, read_at = engines, time.monotonic()
            try:
                await asyncio.to_thread(services.popular.refresh, engines)
            except Exception:  # suggestions without past queries are still suggestions
                log.exception("past queries can't be read")
        await asyncio.sleep(POLL_SECONDS)


async def _refresh(services: Services, *, known: str = "") -> str:
    """Keep up with the store. Returns what stands in the way of it, which is logged unless it is `known`."""
    try:
        services.metrics.changed(await asyncio.to_thread(services.catalog.refresh))
    except Exception as error:  # a store that can't be read for a while must not end the watching
        trouble = f"{type(error).__name__}: {error}"
        if trouble != known:
            shown = None if isinstance(error, FaqError) else error
            log.error("the published snapshots can't be looked at: %s", trouble, exc_info=shown)
        return trouble
    return ""


async def _on_problem(request: Request, error: ProblemError) -> Response:
    return problem_response(error, request_id=request.scope[REQUEST_ID])


async def _on_http_exception(request: Request, _error: HTTPException) -> Response:
    """The framework's own refusals: no such path, no such method."""
    methods = {
        method
        for route in request.app.routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods
    }
    if not methods:
        problem = ProblemError(
            "not_found", f"There is nothing at {request.url.path[:200]!a}; /docs shows what there is."
        )
        if request.url.path.startswith("/help/") and request.method in ("GET", "HEAD"):
            return help_pages.failed(request, problem)
        access = services_of(request).desk.access
        if request.url.path.startswith("/admin/") and access.on and access.signed_in(request):
            return admin_pages.failed(request, problem)
        return await _on_problem(request, problem)
    allowed = ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"allow": allowed})
    problem = ProblemError(
        "method_not_allowed",
        f"{request.method[:16]!a} is not allowed here, but {allowed}.",
        headers={"allow": allowed},
    )
    return await _on_problem(request, problem)
