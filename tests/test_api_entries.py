"""Entries, collections, health and metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from index.entry import Entry
from search.schemas import AliveAnswer, CollectionsAnswer, EntryAnswer, ReadyAnswer
from tests.serving import ENTRIES, assert_problem, publish, serving


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def client(root: Path) -> Iterator[TestClient]:
    publish(root, title="The shop")
    with serving(root) as client:
        yield client


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """The metrics by name and label values."""
    text = client.get("/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_entry_is_shown_whole(client: TestClient) -> None:
    response = client.get("/v1/entries/returns")
    EntryAnswer.model_validate_json(response.content, strict=True, extra="forbid")
    entry = response.json()
    snapshot = entry.pop("snapshot")
    assert entry.pop("collection") == "shop"
    assert entry == ENTRIES[0].to_dict()
    assert snapshot == client.get("/v1/collections").json()["collections"][0]["snapshot"]


@pytest.mark.parametrize(
    "entry_id", ["nope", "%2e%2e%2fsecret", "..", "a%00b", "x" * 5000, "%FF", "%F0%9F%98%80"]
)
def test_unknown_entries(client: TestClient, entry_id: str) -> None:
    response = client.get(f"/v1/entries/{entry_id}")
    assert response.json()["code"] in ("unknown_entry", "not_found")
    assert_problem(response, 404, response.json()["code"])


def test_an_id_of_any_script_is_found(root: Path) -> None:
    publish(root, entries=[Entry(id="cómo-pago?", question="¿Cómo pago?", answer="Con tarjeta.")])
    with serving(root) as client:
        assert client.get("/v1/entries/c%C3%B3mo-pago%3F").json()["id"] == "cómo-pago?"


def test_parameters_of_other_routes_are_checked_too(client: TestClient) -> None:
    assert_problem(client.get("/v1/entries/returns?x=1"), 400, "unknown_parameter")
    assert_problem(client.get("/v1/entries/returns?collection=x"), 404, "unknown_collection")
    assert_problem(client.get("/v1/collections?x=1"), 400, "unknown_parameter")


def test_collections_are_listed(root: Path) -> None:
    first, second = publish(root, "shop", title="The shop"), publish(root, "b2b", ENTRIES[:2])
    with serving(root, default_collection="b2b") as client:
        response = client.get("/v1/collections")
    CollectionsAnswer.model_validate_json(response.content, extra="forbid")
    shown = [{k: v for k, v in one.items() if k != "created"} for one in response.json()["collections"]]
    assert shown == [
        {"name": "b2b", "title": None, "entries": 2, "snapshot": second, "default": True},
        {"name": "shop", "title": "The shop", "entries": 4, "snapshot": first, "default": False},
    ]


def test_alive_and_ready(client: TestClient) -> None:
    AliveAnswer.model_validate_json(client.get("/healthz").content, extra="forbid")
    response = client.get("/readyz")
    assert response.status_code == 200
    ReadyAnswer.model_validate_json(response.content, extra="forbid")
    [shop] = response.json()["collections"]
    assert (shop["name"], shop["published"], shop["refused"]) == ("shop", True, None)


def test_with_nothing_published_it_lives_and_says_what_to_run(root: Path) -> None:
    with serving(root) as client:
        assert client.get("/healthz").status_code == 200
        assert "faq rebuild <collection>" in assert_problem(client.get("/readyz"), 503, "not_ready")["detail"]
        assert_problem(client.get("/v1/search?q=a"), 503, "not_ready")
        assert_problem(client.get("/v1/search?q=a&collection=x"), 503, "not_ready")
        assert_problem(client.get("/v1/entries/a"), 503, "not_ready")
        assert client.get("/v1/collections").json() == {"collections": []}
        assert "faq rebuild" in client.get("/").text


def test_metrics_count_requests_searches_and_snapshots(client: TestClient) -> None:
    for _ in range(3):
        decision = client.get("/v1/search?q=refund").json()["decision"]
    client.get("/v1/entries/returns")
    client.get("/v1/entries/nope")
    client.get("/wp-login.php")
    client.request("BREW", "/v1/search")
    found = samples(client)
    assert found["faq_requests_total", "GET", "/v1/search", "200"] == 3
    assert found["faq_requests_total", "GET", "/v1/entries/{id}", "200"] == 1
    assert found["faq_requests_total", "GET", "/v1/entries/{id}", "404"] == 1
    assert found["faq_requests_total", "GET", "unmatched", "404"] == 1
    assert found["faq_requests_total", "other", "/v1/search", "405"] == 1
    assert found["faq_request_seconds_count", "/v1/search"] == 4
    assert found["faq_decisions_total", "shop", decision] == 3
    for stage in ("encode", "retrieve", "rank"):
        assert found["faq_search_stage_seconds_count", "shop", stage] == 3
    assert found["faq_snapshot_loads_total", "shop"] == 1
    assert found["faq_entries", "shop"] == 4
    created = client.get("/readyz").json()["collections"][0]["created"]
    assert found["faq_snapshot_created_timestamp_seconds", "shop"] > 1.7e9, created
    assert "process_resident_memory_bytes" in {name for name, *_ in found}


def test_metrics_tell_time_in_seconds(client: TestClient) -> None:
    began = time.perf_counter()
    client.get("/v1/search?q=refund")
    taken = time.perf_counter() - began
    found = samples(client)
    stages = [found["faq_search_stage_seconds_sum", "shop", name] for name in ("encode", "retrieve", "rank")]
    assert 0 < sum(stages) <= found["faq_request_seconds_sum", "/v1/search"] <= taken


def test_apps_do_not_share_metrics(client: TestClient, root: Path) -> None:
    client.get("/healthz")
    with serving(root) as other:
        assert ("faq_requests_total", "GET", "/healthz", "200") not in samples(other)
