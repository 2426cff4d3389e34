"""The OpenAPI document: complete, and changed only on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from search.openapi import document
from search.problems import CONTENT_TYPE, KINDS
from search.schemas import CollectionsAnswer, EntryAnswer, ReadyAnswer, SearchAnswer
from tests.serving import logged_app

GOLDEN = Path(__file__).parent / "fixtures" / "openapi.json"
REGENERATE = "python -m tests.test_api_openapi"
OPERATIONS = {
    ("get", "/v1/search"),
    ("post", "/v1/search"),
    ("get", "/v1/entries/{id}"),
    ("get", "/v1/collections"),
    ("get", "/healthz"),
    ("post", "/v1/feedback"),
    ("get", "/readyz"),
    ("get", "/metrics"),
    ("get", "/v1/admin/overview"),
    ("get", "/v1/admin/queries"),
    ("get", "/v1/admin/entries"),
    ("get", "/v1/admin/exports"),
    ("get", "/v1/admin/snapshots"),
    ("post", "/v1/admin/snapshots/rollback"),
    ("post", "/v1/admin/variants"),
    ("get", "/v1/suggest"),
    ("get", "/v1/admin/gaps"),
    ("post", "/v1/admin/gaps"),
    ("post", "/v1/admin/gaps/dismiss"),
    ("get", "/v1/admin/lint"),
    ("post", "/v1/admin/lint"),
    ("post", "/v1/admin/preview"),
    ("get", "/v1/admin/jobs/{id}"),
}


def described() -> dict[str, Any]:
    return document(logged_app(Path("snapshots")))


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return described()


def test_the_document_is_the_committed_one(openapi: dict[str, Any]) -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert openapi == golden, f"If the API is meant to change, run '{REGENERATE}' and commit the difference."


def test_every_operation_is_described(openapi: dict[str, Any]) -> None:
    found = {
        (method, path): op for path, methods in openapi["paths"].items() for method, op in methods.items()
    }
    assert set(found) == OPERATIONS
    for operation in found.values():
        assert operation["summary"]
        assert operation["description"]
        assert all(parameter["description"] for parameter in operation.get("parameters", []))
        assert all(response["description"] for response in operation["responses"].values())


def test_every_reference_leads_somewhere(openapi: dict[str, Any]) -> None:
    names = set(openapi["components"]["schemas"])
    references = [value for value in walk(openapi) if isinstance(value, str) and value.startswith("#/")]
    assert references
    assert {reference.rpartition("/")[2] for reference in references} <= names


def test_examples_fit_their_shapes(openapi: dict[str, Any]) -> None:
    shapes: dict[str, type[BaseModel]] = {
        "/v1/search": SearchAnswer,
        "/v1/entries/{id}": EntryAnswer,
        "/v1/collections": CollectionsAnswer,
        "/readyz": ReadyAnswer,
    }
    for path, shape in shapes.items():
        example = openapi["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["example"]
        shape.model_validate_json(json.dumps(example), extra="forbid")


def test_problems_are_described_with_their_codes(openapi: dict[str, Any]) -> None:
    for methods in openapi["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if status in ("200", "202"):
                    continue
                for code, example in response["content"][CONTENT_TYPE]["examples"].items():
                    assert KINDS[code].status == int(status) == example["value"]["status"]


def walk(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for child in value.values() for leaf in walk(child)]
    if isinstance(value, list):
        return [leaf for child in value for leaf in walk(child)]
    return [value]


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(described(), indent=2, ensure_ascii=False) + "\n", "utf-8")
