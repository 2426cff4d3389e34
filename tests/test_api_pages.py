"""The search page and the documentation page: they need no script, no network, and trust no text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

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


def test_the_page_shows_answers_without_a_script(client: TestClient) -> None:
    response = client.get("/", params={"q": "return an order", "utm_source": "mail"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert 'value="return an order"' in response.text
    assert "How do I return an order?" in response.text
    assert "<p>Pack it well.</p>" in response.text
    assert "<p>Send it back within 30 days.</p>" in response.text
    assert "% sure" in response.text
    assert re.search(r"Decision: <code>(answer|clarify|no_answer)</code> · confidence 0\.\d\d", response.text)
    assert 'href="https://shop.example/returns"' in response.text
    assert "<script" not in response.text


def test_only_what_there_is_to_choose_from_is_shown_where_it_is_asked_which(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engine.decide", lambda _sure, **_: "clarify")
    monkeypatch.setattr("search.engine.plausible", lambda _sure, **_: 2)
    page = client.get("/", params={"q": "return an order"}).text
    assert "Which of these do you mean?" in page
    assert page.count("<article") == 2


def test_invisible_characters_of_a_query_are_not_shown(client: TestClient) -> None:
    page = client.get("/", params={"q": "ret\u200burn \u202eorder"}).text
    assert 'value="return order"' in page
    assert "\u202e" not in page


def test_text_from_the_faq_stays_text(client: TestClient) -> None:
    page = client.get("/", params={"q": "Wie lange dauert der Versand?"}).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "javascript:" not in page


@pytest.mark.parametrize(
    "query", ['"><script>alert(1)</script>', "' onfocus='alert(1)", "</title><img src=x>", "{{ 7777*7777 }}"]
)
def test_a_query_stays_text(client: TestClient, query: str) -> None:
    page = client.get("/", params={"q": query}).text
    assert query in html.unescape(page)
    assert not re.search(r"<script|<img|\sonfocus='", page)
    assert "60481729" not in page  # what a template language would make of the last one


@pytest.mark.parametrize("path", ["/", "/?q=refund", "/docs"])
def test_pages_may_load_only_their_own_style(client: TestClient, path: str) -> None:
    response = client.get(path)
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert "script-src" not in policy
    loaded = re.findall(r'<(?:link|script|img|iframe)[^>]*(?:href|src)="([^"]*)"', response.text)
    assert loaded == ["data:,", "/web/page.css"]
    assert not re.search(r"\sstyle=|<style|\son\w+=", response.text)


def test_every_answer_forbids_sniffing_and_names_no_server(client: TestClient) -> None:
    for path in ("/", "/v1/search?q=a", "/nope", "/healthz", "/web/page.css", "/metrics"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
        assert headers["cache-control"] == ("max-age=3600" if path.endswith(".css") else "no-store")


def test_the_style_follows_the_system_and_fits_a_phone(client: TestClient) -> None:
    assert "prefers-color-scheme: dark" in client.get("/web/page.css").text
    assert 'name="viewport" content="width=device-width' in client.get("/").text


def test_wrong_queries_are_explained_on_the_page(client: TestClient) -> None:
    response = client.get("/", params={"q": "a" * 513})
    assert response.status_code == 400
    assert 'role="alert">The query has 513 characters' in response.text
    response = client.get("/", params={"q": "a" * 20_000})
    assert response.status_code == 414
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert 'role="alert">The query string has 20002 bytes' in response.text
    response = client.get("/", params={"q": "a", "collection": "<i>"})
    assert response.status_code == 404
    assert "&lt;i&gt;" in response.text
    assert client.get("/?q=%FF%ED%A0%80").status_code == 200
    assert client.get("/", params={"q": "  "}).status_code == 200


def test_several_collections_are_offered(tmp_path: Path) -> None:
    publish(tmp_path, "one", title="The <b>first</b>")
    publish(tmp_path, "two")
    with serving(tmp_path, default_collection="two") as client:
        page = client.get("/").text
        assert '<option value="one">The &lt;b&gt;first&lt;/b&gt;</option>' in page
        assert '<option value="two" selected>two</option>' in page
        assert '<option value="one" selected>' in client.get("/?q=refund&collection=one").text


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
