"""docs/api.md tells everything that there is, and nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search.metrics import METHODS
from search.problems import KINDS
from search.schemas import BatchParameters, SearchParameters
from search.settings import PREFIX, Settings
from tests.serving import logged_app, publish, serving

DOCS = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The table under a heading: first cell → all cells, as they are written."""
    section = re.split(r"^##+ ", DOCS.partition(f"# {heading}\n")[2], flags=re.M)[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line
    ]
    return {row[0].strip("`"): row for row in cells[2:]}


def test_every_problem_is_listed_with_its_status() -> None:
    assert {code: int(row[1]) for code, row in rows("Problems").items()} == {
        c: k.status for c, k in KINDS.items()
    }


def test_every_setting_is_listed_with_its_default() -> None:
    listed = rows("Settings")
    assert set(listed) == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        shown = listed[f"{PREFIX}{name.upper()}"][1].strip("`")
        if field.default_factory is None:
            assert shown == ("none" if field.default in (None, ()) else str(field.default))


def test_every_parameter_is_listed() -> None:
    assert set(rows("Parameters of a search")) == set(SearchParameters.model_fields)
    assert "`queries`" in DOCS
    assert "queries" in BatchParameters.model_fields


def test_every_route_is_listed(tmp_path: Path) -> None:
    listed = {
        tuple(route.split()) for cell in rows("Routes") for route in re.findall(r"(?:GET|POST) [^`,]+", cell)
    }
    routes = logged_app(tmp_path).router.routes
    there = {(method, route.path) for route in routes for method in route.methods & METHODS}  # type: ignore[attr-defined]
    assert there - {("GET", "/web/page.css")} == listed


@pytest.fixture
def metrics(tmp_path: Path) -> str:
    publish(tmp_path)
    with serving(tmp_path) as client:
        client.get("/v1/search?q=refund")
        return client.get("/metrics").text


def test_every_metric_is_listed(metrics: str) -> None:
    declared = re.findall(r"^# TYPE (faq_\w+)", metrics, re.M)
    assert {name for name in declared if not name.endswith("_created")} == set(rows("Metrics"))
