"""The pieces of the OpenAPI document that routes describe themselves with."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from search.problems import CONTENT_TYPE, KINDS, ProblemError, problem_body
from search.schemas import BatchParameters, FeedbackParameters, ProblemAnswer, SearchParameters
from search.workbench.shapes import (
    DismissParameters,
    GapsParameters,
    JobParameters,
    PreviewParameters,
    RollbackParameters,
    VariantsParameters,
)

_REFERENCE: Final = "#/components/schemas/{model}"
_REFERRED_TO: Final = (
    ProblemAnswer,
    SearchParameters,
    BatchParameters,
    FeedbackParameters,
    DismissParameters,
    GapsParameters,
    JobParameters,
    PreviewParameters,
    RollbackParameters,
    VariantsParameters,
)
_ANYWHERE: Final = ("internal",)
SUMMARY: Final = "Ranked answers to free-text questions, with a number that says how sure it is."

Responses = dict[int | str, dict[str, Any]]


def problems(*codes: str) -> Responses:
    """The problems that a route answers, by status, each code as an example."""
    by_status: dict[int, list[str]] = {}
    for code in (*codes, *_ANYWHERE):
        by_status.setdefault(KINDS[code].status, []).append(code)
    return {
        status: {
            "description": "; ".join(f"`{code}`: {KINDS[code].title}" for code in of_status),
            "content": {
                CONTENT_TYPE: {
                    "schema": {"$ref": reference(ProblemAnswer)},
                    "examples": {
                        code: {"value": problem_body(ProblemError(code, f"{KINDS[code].title}."))}
                        for code in of_status
                    },
                }
            },
        }
        for status, of_status in sorted(by_status.items())
    }


def parameters_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    """A model's fields as query parameters of an operation."""
    schema = model.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "description": field["description"],
            "schema": {key: value for key, value in field.items() if key not in ("title", "description")},
        }
        for name, field in schema.get("properties", {}).items()
    ]


def reference(model: type[BaseModel]) -> str:
    """Where the document holds a model's schema."""
    return _REFERENCE.format(model=model.__name__)


def document(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI document, with the models that routes only refer to; made once."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    made = get_openapi(
        title=app.title, version=app.version, summary=SUMMARY, routes=app.routes, license_info={"name": "MIT"}
    )
    _, definitions = models_json_schema(
        [(model, "validation") for model in _REFERRED_TO],
        ref_template=_REFERENCE,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in definitions["$defs"].items():
        schemas.setdefault(name, schema)
    app.openapi_schema = made
    return made
