"""`/v1/admin/gaps`, `/preview`, `/lint` and `/jobs`: what takes a while is done by a process of its own."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from search.jobs.runner import Job, Kind
from search.openapi import parameters_of, problems
from search.parameters import check, read_json, read_query
from search.problems import problem_body
from search.responses import json_response
from search.routes.admin_api import DOORS, IN_BODY, IN_QUERY, OF_LOG, body_of
from search.routes.admin_work import MAX_BODY, attended, desk_of, report, waited
from search.routes.direct import DirectRoute
from search.schemas import NoParameters
from search.services import services_of
from search.workbench.shapes import (
    AdminParameters,
    DismissedAnswer,
    DismissParameters,
    GapsParameters,
    JobAnswer,
    JobParameters,
    PreviewParameters,
    ReportAnswer,
)

router = APIRouter(route_class=DirectRoute, tags=["admin"])

_WAIT: Final = 10.0
_JOB: Final = {"model": JobAnswer, "description": "The job; its state says whether it has ended."}
_REPORT: Final = {"model": ReportAnswer, "description": "The newest report."}


@router.get(
    "/v1/admin/gaps",
    operation_id="admin_gaps",
    summary="What people asked in vain",
    description="The newest report of `faq gaps`, as docs/gaps.md describes it. It is not computed anew.",
    response_model=None,
    responses={200: _REPORT, **problems(*IN_QUERY, *OF_LOG, "no_report")},
    openapi_extra={"parameters": parameters_of(AdminParameters)},
)
async def gaps(request: Request) -> Response:
    """GET /v1/admin/gaps"""
    return await _report(request, "gaps")


@router.post(
    "/v1/admin/gaps",
    operation_id="admin_find_gaps",
    summary="Find the gaps anew",
    description="Starts the job, and waits for it as long as `wait` says.",
    response_model=None,
    responses={200: _JOB, **problems(*IN_BODY, "job_running")},
    openapi_extra=body_of(GapsParameters, {"collection": "my_shop"}),
)
async def find_gaps(request: Request) -> Response:
    """POST /v1/admin/gaps"""
    return await _start(request, "gaps", GapsParameters)


@router.post(
    "/v1/admin/gaps/dismiss",
    operation_id="admin_dismiss_gap",
    summary="See a gap no more, or again",
    description="In all reports, those of before and those to come, it is marked `dismissed`.",
    response_model=None,
    responses={
        200: {"model": DismissedAnswer, "description": "How it stands now."},
        **problems(*IN_BODY, *OF_LOG, "unknown_gap"),
    },
    openapi_extra=body_of(DismissParameters, {"collection": "my_shop", "gap": "gap-3b0c4d5e6f"}),
)
async def dismiss_gap(request: Request) -> Response:
    """POST /v1/admin/gaps/dismiss"""
    desk = desk_of(request)
    read_query(request, NoParameters)
    asked = check(await read_json(request), DismissParameters)
    name = services_of(request).engine(asked.collection).snapshot.collection
    await desk.log.dismiss(name, asked.gap, restore=not asked.dismissed)
    return json_response({"collection": name, "gap": asked.gap, "dismissed": asked.dismissed})


@router.get(
    "/v1/admin/lint",
    operation_id="admin_lint",
    summary="What is wrong in the FAQ",
    description="The newest report of `faq lint`, as docs/lint.md describes it. It is not computed anew.",
    response_model=None,
    responses={200: _REPORT, **problems(*IN_QUERY, *OF_LOG, "no_report")},
    openapi_extra={"parameters": parameters_of(AdminParameters)},
)
async def lint(request: Request) -> Response:
    """GET /v1/admin/lint"""
    return await _report(request, "lint")


@router.post(
    "/v1/admin/lint",
    operation_id="admin_run_lint",
    summary="Look after the FAQ anew",
    description="Starts the job, and waits for it as long as `wait` says.",
    response_model=None,
    responses={200: _JOB, **problems(*IN_BODY, "job_running")},
    openapi_extra=body_of(JobParameters, {"collection": "my_shop"}),
)
async def run_lint(request: Request) -> Response:
    """POST /v1/admin/lint"""
    return await _start(request, "lint", JobParameters)


@router.post(
    "/v1/admin/preview",
    operation_id="admin_preview",
    summary="Try a change",
    description="On the queries of a period and the golden set; nothing is published. docs/preview.md "
    "describes the result.",
    response_model=None,
    responses={200: _JOB, **problems(*IN_BODY, "job_running")},
    openapi_extra=body_of(
        PreviewParameters,
        {"collection": "my_shop", "variants": [{"entry": "13", "variant": "money back to wallet"}]},
    ),
)
async def preview(request: Request) -> Response:
    """POST /v1/admin/preview"""
    return await _start(request, "preview", PreviewParameters)


@router.get(
    "/v1/admin/jobs/{id}",
    operation_id="admin_job",
    summary="A job",
    description="Known to the server process that started it, until others have come after it.",
    response_model=None,
    responses={200: _JOB, **problems(*DOORS, "unknown_parameter", "unknown_job")},
    openapi_extra={
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "The job's id.",
                "schema": {"type": "string", "examples": ["0b5e1ff0c6b24b6d9d1b4d2f6a2b7c11"]},
            }
        ]
    },
)
async def job(request: Request) -> Response:
    """GET /v1/admin/jobs/{id}"""
    desk = desk_of(request)
    read_query(request, NoParameters)
    return json_response(_shown(desk.jobs.job(request.path_params["id"])))


async def _report(request: Request, kind: Kind) -> Response:
    desk = desk_of(request)
    asked = read_query(request, AdminParameters)
    name = services_of(request).engine(asked.collection).snapshot.collection
    return json_response(await report(desk, kind, name))


async def _start(request: Request, kind: Kind, model: type[JobParameters]) -> Response:
    desk = desk_of(request)
    read_query(request, NoParameters)
    asked = check(await read_json(request, most=MAX_BODY), model)
    name = services_of(request).engine(asked.collection).snapshot.collection
    wanted = asked.model_dump(exclude_none=True, exclude={"wait"}) | {"collection": name}
    started = desk.start(kind, wanted)
    seconds = _WAIT if asked.wait is None else asked.wait
    if kind == "preview":  # of the others, the report is kept for everybody
        await attended(request, desk, started, seconds)
    else:
        await waited(started, seconds)
    return json_response(_shown(started))


def _shown(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "collection": job.collection,
        "state": job.state,
        "started": job.started.isoformat(timespec="seconds"),
        "seconds": job.seconds,
        "result": job.result,
        "problem": problem_body(job.problem) if job.problem is not None else None,
    }
