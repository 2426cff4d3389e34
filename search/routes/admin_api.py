"""`/v1/admin/`: figures of the log, snapshots, variants and exports, for who has the key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from search.openapi import parameters_of, problems, reference
from search.parameters import check, read_json, read_query
from search.responses import json_response
from search.routes.admin_work import MAX_BODY, desk_of, export, figures, roll_back, variants, versions
from search.routes.direct import DirectRoute
from search.schemas import NoParameters
from search.services import services_of
from search.workbench.shapes import (
    AdminParameters,
    ExportParameters,
    OverviewAnswer,
    PeriodParameters,
    RollbackParameters,
    RowsAnswer,
    ServesAnswer,
    SnapshotsAnswer,
    VariantsAnswer,
    VariantsParameters,
)

router = APIRouter(route_class=DirectRoute, tags=["admin"])

DOORS: Final = ("admin_off", "admin_key_required", "too_many_attempts")
COMMON: Final = (
    *DOORS,
    "unknown_parameter",
    "invalid_parameter",
    "invalid_encoding",
    "unknown_collection",
    "collection_required",
    "not_ready",
)
IN_QUERY: Final = (*COMMON, "repeated_parameter", "uri_too_long")
IN_BODY: Final = (
    *COMMON,
    "other_origin",
    "missing_parameter",
    "malformed_json",
    "body_too_large",
    "unsupported_media_type",
)
OF_LOG: Final = ("log_off", "log_unreadable")


def body_of(model: type, example: dict[str, Any]) -> dict[str, Any]:
    """A request's body in the OpenAPI document."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": reference(model)},
                    "examples": {"one": {"summary": "An example", "value": example}},
                }
            },
        }
    }


@router.get(
    "/v1/admin/overview",
    operation_id="admin_overview",
    summary="Traffic, decisions and reliability",
    description="Of the last days and the period before. What one person could be told by is in none of it.",
    response_model=None,
    responses={
        200: {"model": OverviewAnswer, "description": "The figures."},
        **problems(*IN_QUERY, *OF_LOG),
    },
    openapi_extra={"parameters": parameters_of(PeriodParameters)},
)
async def overview(request: Request) -> Response:
    """GET /v1/admin/overview"""
    desk = desk_of(request)
    asked = read_query(request, PeriodParameters)
    return json_response((await figures(request, desk, asked.collection, asked.days)).overview())


@router.get(
    "/v1/admin/queries",
    operation_id="admin_queries",
    summary="What is asked most",
    description="Questions that at least FAQ_LOG_MIN_SESSIONS sessions asked.",
    response_model=None,
    responses={200: {"model": RowsAnswer, "description": "The questions."}, **problems(*IN_QUERY, *OF_LOG)},
    openapi_extra={"parameters": parameters_of(PeriodParameters)},
)
async def queries(request: Request) -> Response:
    """GET /v1/admin/queries"""
    desk = desk_of(request)
    asked = read_query(request, PeriodParameters)
    found = await figures(request, desk, asked.collection, asked.days)
    return json_response(_rows(found, [asdict(one) for one in found.top]))


@router.get(
    "/v1/admin/entries",
    operation_id="admin_entries",
    summary="How each entry fares",
    description="Shown, clicked, voted for, and the questions that other entries took from it.",
    response_model=None,
    responses={200: {"model": RowsAnswer, "description": "The entries."}, **problems(*IN_QUERY, *OF_LOG)},
    openapi_extra={"parameters": parameters_of(PeriodParameters)},
)
async def entries(request: Request) -> Response:
    """GET /v1/admin/entries"""
    desk = desk_of(request)
    asked = read_query(request, PeriodParameters)
    found = await figures(request, desk, asked.collection, asked.days)
    return json_response(
        _rows(found, [asdict(one) | {"click_rate": one.click_rate} for one in found.entries])
    )


@router.get(
    "/v1/admin/exports",
    operation_id="admin_exports",
    summary="A table as a file",
    description="Cells that a spreadsheet would take for formulas are made harmless.",
    response_model=None,
    responses={
        200: {"description": "The file.", "content": {"text/csv": {"schema": {"type": "string"}}}},
        **problems(*IN_QUERY, "missing_parameter", *OF_LOG, "no_report", "extra_missing"),
    },
    openapi_extra={"parameters": parameters_of(ExportParameters)},
)
async def exports(request: Request) -> Response:
    """GET /v1/admin/exports"""
    desk = desk_of(request)
    asked = read_query(request, ExportParameters)
    name, kind, content = await export(
        request, desk, asked.collection, table=asked.table, form=asked.format, days=asked.days
    )
    return Response(
        content,
        headers={"content-type": kind, "content-disposition": f'attachment; filename="{name}"'},
    )


@router.get(
    "/v1/admin/snapshots",
    operation_id="admin_snapshots",
    summary="The published versions",
    description="With the results of their golden sets.",
    response_model=None,
    responses={200: {"model": SnapshotsAnswer, "description": "The versions."}, **problems(*IN_QUERY)},
    openapi_extra={"parameters": parameters_of(AdminParameters)},
)
async def snapshots(request: Request) -> Response:
    """GET /v1/admin/snapshots"""
    desk = desk_of(request)
    asked = read_query(request, AdminParameters)
    name = services_of(request).engine(asked.collection).snapshot.collection
    found = [asdict(version) for version in await versions(desk, name)]
    return json_response({"collection": name, "snapshots": found})


@router.post(
    "/v1/admin/snapshots/rollback",
    operation_id="admin_rollback",
    summary="Let another version serve",
    description="An older or a newer one; it is opened first as a server would.",
    response_model=None,
    responses={
        200: {"model": ServesAnswer, "description": "It serves."},
        **problems(*IN_BODY, "unknown_snapshot", "change_refused"),
    },
    openapi_extra=body_of(
        RollbackParameters, {"collection": "my_shop", "version": "20260131T235959Z-0123456789ab"}
    ),
)
async def rollback(request: Request) -> Response:
    """POST /v1/admin/snapshots/rollback"""
    desk = desk_of(request)
    read_query(request, NoParameters)
    asked = check(await read_json(request), RollbackParameters)
    name = services_of(request).engine(asked.collection).snapshot.collection
    return json_response({"collection": name, "version": await roll_back(desk, name, asked.version)})


@router.post(
    "/v1/admin/variants",
    operation_id="admin_variants",
    summary="Propose or accept variants",
    description="Without `digest`, the change of variants.jsonl is only shown. With the digest of what was "
    "shown it is written, unless the file has changed since.",
    response_model=None,
    responses={
        200: {"model": VariantsAnswer, "description": "The proposal, or what was written."},
        **problems(*IN_BODY, "change_refused"),
    },
    openapi_extra=body_of(
        VariantsParameters,
        {"collection": "my_shop", "variants": [{"entry": "13", "variant": "money back to wallet"}]},
    ),
)
async def accept_variants(request: Request) -> Response:
    """POST /v1/admin/variants"""
    desk = desk_of(request)
    read_query(request, NoParameters)
    asked = check(await read_json(request, most=MAX_BODY), VariantsParameters)
    engine = services_of(request).engine(asked.collection)
    wanted = [(one.entry, one.variant) for one in asked.variants]
    return json_response(await variants(desk, engine, wanted, digest=asked.digest))


def _rows(found: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "collection": found.collection,
        "since": found.period.since.isoformat(),
        "until": found.period.until.isoformat(),
        "rows": rows,
    }
