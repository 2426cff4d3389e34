"""`/openapi.json`, and `/docs`: the same as a page that loads nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Request, Response

from search.openapi import document
from search.problems import KINDS
from search.responses import json_response
from search.routes.direct import DirectRoute
from search.templates import page, static

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """GET /openapi.json"""
    return json_response(document(request.app))


@router.get("/docs")
async def docs(request: Request) -> Response:
    """GET /docs"""
    described = document(request.app)
    host = request.headers.get("host", "")
    base = f"{request.url.scheme}://{host if _HOST.fullmatch(host) else '127.0.0.1:8000'}"
    return page(
        "docs.html",
        title=described["info"]["title"],
        summary=described["info"]["summary"],
        operations=list(_operations(described, base)),
        problems=[{"code": code, "status": kind.status, "title": kind.title} for code, kind in KINDS.items()],
        shapes=list(_shapes(described)),
    )


@router.get("/web/page.css")
async def style(request: Request) -> Response:  # noqa: ARG001 (every route gets its request)
    """GET /web/page.css"""
    return static("page.css", media_type="text/css")


def _operations(described: dict[str, Any], base: str) -> Iterator[dict[str, Any]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            done = min(operation["responses"])  # 200, or 202
            content = operation["responses"][done].get("content", {})
            answers = [kind["example"] for kind in content.values() if "example" in kind]
            yield {
                "id": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "description": operation["description"],
                "parameters": operation.get("parameters", []),
                "examples": list(_examples(operation, method, f"{base}{path}")),
                "answer": _pretty(answers[0]) if answers else None,
                "responses": [
                    {"status": status, "description": response["description"]}
                    for status, response in operation["responses"].items()
                ],
            }


def _examples(operation: dict[str, Any], method: str, url: str) -> Iterator[str]:
    """curl commands that can be pasted into a shell."""
    values = {}
    for parameter in operation.get("parameters", []):
        example = parameter["schema"].get("examples", [None])[0]
        if parameter["in"] == "path":
            url = url.replace(f"{{{parameter['name']}}}", quote(example, safe=""))
        elif parameter["required"]:
            values[parameter["name"]] = example
    if method == "get":
        yield f"curl '{url}{'?' + urlencode(values) if values else ''}'"
        return
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        body = orjson.dumps(example["value"]).decode()
        yield f"curl '{url}' --json '{body}'"


def _shapes(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, schema in sorted(described["components"]["schemas"].items()):
        if schema.get("type") == "object":
            fields = [
                {"name": key, "type": _type(field), "description": field.get("description", "")}
                for key, field in schema["properties"].items()
            ]
            yield {"name": name, "description": schema.get("description", ""), "fields": fields}


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return " | ".join(field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(choice) for choice in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {'type': 'numbers'}))}"
    return str(field.get("format", field.get("const", field.get("type", "any"))))


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
