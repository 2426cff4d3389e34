"""The documentation page, which needs no script and no network, and what every answer has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from search.problems import KINDS
from tests.serving import publish, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("snapshots")
    publish(root, title="The <b>shop</b>")
    with serving(root) as client:
        yield client


def test_every_answer_forbids_sniffing_and_names_no_server(client: TestClient) -> None:
    for path in ("/docs", "/v1/search?q=a", "/nope", "/healthz", "/web/page.css", "/metrics"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
        assert headers["cache-control"] == ("max-age=3600" if path.endswith(".css") else "no-store")


def test_the_docs_page_holds_every_route_and_problem(client: TestClient) -> None:
    page = client.get("/docs").text
    described = client.get("/openapi.json").json()
    for path, methods in described["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page
    for code in KINDS:
        assert f'<tr id="{code}">' in page
    assert "curl &#39;http://testserver/v1/search?q=money+back+to+wallet%3F&#39;" in page


def test_the_docs_page_repeats_no_odd_host(client: TestClient) -> None:
    page = client.get("/docs", headers={"host": "x'; rm -rf ~; '"}).text
    assert "rm -rf" not in page
    assert "http://127.0.0.1:8000/v1/search" in page


def test_the_docs_page_loads_only_its_own_style(client: TestClient) -> None:
    response = client.get("/docs")
    assert "script-src" not in response.headers["content-security-policy"]
    loaded = re.findall(r'<(?:link|script|img|iframe)[^>]*(?:href|src)="([^"]*)"', response.text)
    assert loaded == ["data:,", "/web/page.css"]
    assert not re.search(r"\sstyle=|<style|\son\w+=", response.text)
