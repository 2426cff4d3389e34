"""The forms of `/admin`: sign in, start jobs, try a change, accept variants, let a version serve."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from search.jobs.runner import LIMITS
from search.parameters import read_body
from search.problems import KINDS, ProblemError
from search.querylog.period import last_days
from search.routes.admin_pages import Visit, failed
from search.routes.admin_work import MAX_BODY, attended, roll_back, variants, waited
from search.routes.direct import DirectRoute
from search.services import services_of
from search.templates import page
from search.workbench.access import check_origin
from search.workbench.key import COOKIE, COOKIE_SECONDS

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_FORM: Final = "application/x-www-form-urlencoded"
_MOST_SIGN_IN: Final = 4096
_MAX_FIELDS: Final = 50
_SHORT_WAIT: Final = 2.0
_MORE: Final = 5.0  # seconds for a job to end that has reached its limit
_PART: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")
_ENTRY: Final = ("id", "question", "answer", "variants", "tags", "locale", "url")


@router.get("/admin/login")
async def login(request: Request) -> Response:
    """GET /admin/login"""
    access = services_of(request).desk.access
    if access.signed_in(request):
        return RedirectResponse(_local(request.query_params.get("next")), status_code=303)
    return _login(request.query_params.get("next"))


@router.post("/admin/login")
async def sign_in(request: Request) -> Response:
    """POST /admin/login"""
    access = services_of(request).desk.access
    access.check_on()  # before the form is read: what is off shows no page for a bad one either
    try:
        form = await _form(request, most=_MOST_SIGN_IN)
        check_origin(request)
        access.try_key(request, form.get("key", "").strip())
    except ProblemError as problem:
        return _login(request.query_params.get("next"), problem)
    response = RedirectResponse(_local(request.query_params.get("next")), status_code=303)
    response.set_cookie(
        COOKIE,
        access.cookie(),
        max_age=COOKIE_SECONDS,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@router.post("/admin/logout")
async def sign_out(request: Request) -> Response:
    """POST /admin/logout"""
    try:
        services_of(request).desk.access.check(request)
    except ProblemError as problem:
        return failed(request, problem)
    response = RedirectResponse("/admin/login", status_code=303)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


@router.post("/admin/gaps")
async def find_gaps(request: Request) -> Response:
    """POST /admin/gaps: start the job; the page tells how it stands"""
    try:
        visit = Visit(request)
        period = last_days(visit.days)
        asked = {"since": period.since.isoformat(), "until": period.until.isoformat()}
        job = _or_running(visit, "gaps", asked)
        await waited(job, _SHORT_WAIT)
    except ProblemError as problem:
        return failed(request, problem)
    return _back("/admin/gaps", visit)


@router.post("/admin/gaps/dismiss")
async def dismiss_gap(request: Request) -> Response:
    """POST /admin/gaps/dismiss: see a gap no more, or again; the page goes on at the one after it"""
    try:
        visit = Visit(request)
        form = await _form(request, most=_MOST_SIGN_IN)
        restore = form.get("restore") == "yes"
        await visit.desk.log.dismiss(visit.collection, form.get("gap", ""), restore=restore)
    except ProblemError as problem:
        return failed(request, problem)
    return _back("/admin/gaps", visit, at=form.get("next", ""))


@router.post("/admin/lint")
async def run_lint(request: Request) -> Response:
    """POST /admin/lint: start the job; the page tells how it stands"""
    try:
        visit = Visit(request)
        await waited(_or_running(visit, "lint", {}), _SHORT_WAIT)
    except ProblemError as problem:
        return failed(request, problem)
    return _back("/admin/lint", visit)


@router.get("/admin/try")
async def editor(request: Request) -> Response:
    """GET /admin/try?entry=&question=&variant="""
    try:
        visit = Visit(request)
    except ProblemError as problem:
        return failed(request, problem)
    given = request.query_params
    known = visit.engine.entry(given.get("entry", "")) if given.get("entry") else None
    form = {
        "id": given.get("entry", ""),
        "question": given.get("question", ""),
        "variant": given.get("variant", ""),
    }
    if known is not None and not given.get("variant"):
        record = known.to_dict()
        form |= {name: _field(record.get(name)) for name in _ENTRY} | {"tags": ", ".join(known.tags)}
    return _editor(visit, form=form)


@router.post("/admin/try")
async def try_out(request: Request) -> Response:
    """POST /admin/try: the editor again, with what the change would do"""
    try:
        visit = Visit(request)
        form = await _form(request, most=MAX_BODY)
    except ProblemError as problem:
        return failed(request, problem)
    try:
        period = last_days(visit.days)
        asked = {
            **_change(visit, form),
            "since": period.since.isoformat(),
            "until": period.until.isoformat(),
            "collection": visit.collection,
        }
        job = visit.desk.start("preview", asked)
        await attended(request, visit.desk, job, LIMITS["preview"] + _MORE)
        if job.problem is not None:
            raise job.problem
    except ProblemError as problem:
        return _editor(visit, form=form, trouble=str(problem), status=KINDS[problem.code].status)
    return _editor(visit, form=form, result=job.result)


@router.get("/admin/accept")
async def accepted(request: Request) -> Response:
    """GET /admin/accept: where a reload or a bookmark leads after accepting"""
    try:
        visit = Visit(request)
    except ProblemError as problem:
        return failed(request, problem)
    return _back("/admin/try", visit)


@router.post("/admin/accept")
async def accept(request: Request) -> Response:
    """POST /admin/accept: show how variants.jsonl would change; with the digest of that, write it"""
    try:
        visit = Visit(request)
        form = await _form(request, most=MAX_BODY)
        wanted = [(form.get("entry", ""), text) for text in _lines(form.get("variant", ""))]
        digest = form.get("digest") or None
        found = await variants(visit.desk, visit.engine, wanted, digest=digest)
    except ProblemError as problem:
        return failed(request, problem)
    return visit.page("accept.html", here="try", form=form, wanted=wanted, found=found)


@router.post("/admin/snapshots")
async def rollback(request: Request) -> Response:
    """POST /admin/snapshots: let a version serve"""
    try:
        visit = Visit(request)
        form = await _form(request, most=_MOST_SIGN_IN)
        await roll_back(visit.desk, visit.collection, form.get("version", ""))
    except ProblemError as problem:
        return failed(request, problem)
    return _back("/admin/snapshots", visit)


def _or_running(visit: Visit, kind: Any, asked: Mapping[str, Any]) -> Any:
    """The job that runs already, else a new one: a second press on the button is no mistake."""
    running = visit.desk.jobs.running(kind, visit.collection)
    return running or visit.desk.start(kind, {**asked, "collection": visit.collection})


def _change(visit: Visit, form: Mapping[str, str]) -> dict[str, Any]:
    """What a form of the editor asks to be tried."""
    if form.get("what") == "variant":
        return {
            "variants": [
                {"entry": form.get("entry", ""), "variant": text} for text in _lines(form.get("variant", ""))
            ]
        }
    if form.get("what") == "file":
        return {"file": {"name": form.get("name", ""), "text": form.get("text", "")}}
    known = visit.engine.entry(form.get("id", ""))
    if form.get("what") == "remove":
        return {"removed": [form.get("id", "")]}
    record: dict[str, Any] = known.to_dict() if known is not None else {}
    record.pop("source", None)
    return {
        "entries": [
            {
                **record,
                "id": form.get("id", ""),
                "question": form.get("question", ""),
                "answer": form.get("answer", "").replace("\r\n", "\n"),
                "variants": _lines(form.get("variants", "")),
                "tags": [tag.strip() for tag in form.get("tags", "").split(",") if tag.strip()],
                **({"locale": form["locale"]} if form.get("locale") else {"locale": None}),
                **({"url": form["url"]} if form.get("url") else {"url": None}),
            }
        ]
    }


def _editor(
    visit: Visit,
    *,
    form: Mapping[str, str],
    result: dict[str, Any] | None = None,
    trouble: str | None = None,
    status: int = 200,
) -> Response:
    names = ("what", "entry", "variant", "name", "text", *_ENTRY)
    return visit.page(
        "try.html",
        here="try",
        status=status,
        form={name: form.get(name, "") for name in names},
        result=result,
        trouble=trouble,
        log_there=visit.desk.log.there,
    )


def _login(back: str | None, problem: ProblemError | None = None) -> Response:
    return page(
        "admin/login.html",
        status=KINDS[problem.code].status if problem is not None else 200,
        script=True,
        action=f"/admin/login?{urlencode({'next': _local(back)})}",
        trouble=str(problem) if problem is not None else None,
    )


def _local(path: str | None) -> str:
    """A page of ours to go to, never one elsewhere, whatever the address says."""
    known = ("/admin", "/admin/gaps", "/admin/entries", "/admin/try", "/admin/lint", "/admin/snapshots")
    return path if path in known else "/admin"


def _back(path: str, visit: Visit, *, at: str = "") -> Response:
    """at: what of the page to go to; nothing that is no name of a part of it."""
    chosen = urlencode({"collection": visit.collection, "days": visit.days})
    part = f"#{at}" if _PART.fullmatch(at) else ""
    return RedirectResponse(f"{path}?{chosen}{part}", status_code=303)


async def _form(request: Request, *, most: int) -> dict[str, str]:
    """The fields of a form. Raises ProblemError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise ProblemError("unsupported_media_type", f"Send the form as {_FORM}.")
    body = await read_body(request, most=most * 3 if most > _MOST_SIGN_IN else most)
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except UnicodeDecodeError:
        raise ProblemError("invalid_encoding", "The form is not UTF-8.") from None
    except ValueError:
        raise ProblemError("invalid_parameter", f"The form has more than {_MAX_FIELDS} fields.") from None
    return dict(pairs)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _field(value: Any) -> str:
    """As a form shows it."""
    if isinstance(value, list | tuple):
        return "\n".join(value)
    return "" if value is None else str(value)
