"""Every wrong request is a problem with a stable code, and none is a failure of the server."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from search.engine import SearchEngine
from search.parameters import MAX_BODY, MAX_QUERY_STRING
from search.problems import KINDS
from tests.serving import assert_problem, publish, serving

SOURCES = Path(__file__).parent.parent / "search"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("snapshots")
    publish(root)
    with serving(root) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "status", "code", "where"),
    [
        ("", 400, "missing_parameter", "q"),
        ("q=", 400, "query_empty", "q"),
        ("q=%20%09%00", 400, "query_empty", "q"),
        ("q=%E2%80%8F%E2%80%8B", 400, "query_empty", "q"),
        ("q=" + "a" * 513, 400, "query_too_long", "q"),
        ("q=" + "a" * 10_000, 400, "query_too_long", "q"),
        ("q=%ED%A0%80", 400, "invalid_encoding", None),
        ("q=%FF", 400, "invalid_encoding", None),
        ("q=%C3", 400, "invalid_encoding", None),
        ("%FF=1&q=a", 400, "invalid_encoding", None),
        ("q=a&q=b", 400, "repeated_parameter", "q"),
        ("q=a&top=1&top=2", 400, "repeated_parameter", "top"),
        ("q=a&top=0", 400, "invalid_parameter", "top"),
        ("q=a&top=51", 400, "invalid_parameter", "top"),
        ("q=a&top=-1", 400, "invalid_parameter", "top"),
        ("q=a&top=1.0", 400, "invalid_parameter", "top"),
        ("q=a&top=", 400, "invalid_parameter", "top"),
        ("q=a&top=%D9%A3", 400, "invalid_parameter", "top"),
        ("q=a&top=" + "9" * 5000, 400, "invalid_parameter", "top"),
        ("q=a&top=NaN", 400, "invalid_parameter", "top"),
        *(
            (f"q=a&min_confidence={text}", 400, "invalid_parameter", "min_confidence")
            for text in (
                *(
                    "nan",
                    "NaN",
                    "inf",
                    "-inf",
                    "Infinity",
                    "1e400",
                    "-1e400",
                    "1.01",
                    "-0.01",
                    "2",
                    "0,5",
                    "50%25",
                ),
                *("x", "1_0", "0x1", "%D9%A0.%D9%A5", "%200.5", "true", "0." + "0" * 5000, "..5", "1."),
            )
        ),
        ("q=a&min_confidence=0.1&min_confidence=0.2", 400, "repeated_parameter", "min_confidence"),
        *(
            (f"q=a&explain={text}", 400, "invalid_parameter", "explain")
            for text in ("", "1", "yes", "on", "tru", "null", "true,false")
        ),
        ("q=a&explain=true&explain=true", 400, "repeated_parameter", "explain"),
        ("q=a&tpo=5", 400, "unknown_parameter", "tpo"),
        ("q=a&queries=b", 400, "unknown_parameter", "queries"),
        ("q=a&collection=nope", 404, "unknown_collection", None),
        ("q=a&collection=%00", 404, "unknown_collection", None),
        ("q=a&collection=../../etc", 404, "unknown_collection", None),
        ("q=a&collection=" + "c" * 129, 400, "invalid_parameter", "collection"),
        ("q=a&tags=nope", 400, "unknown_filter", None),
        ("q=a&tags=" + ",".join("t" * 17), 400, "invalid_parameter", "tags"),
        ("q=a&" + "&".join(f"p{n}=1" for n in range(101)), 400, "invalid_parameter", None),
        ("q=" + "a" * MAX_QUERY_STRING, 414, "uri_too_long", None),
    ],
)
def test_wrong_query_strings(
    client: TestClient, query: str, status: int, code: str, where: str | None
) -> None:
    body = assert_problem(client.get(f"/v1/search?{query}"), status, code)
    assert [error["where"] for error in body.get("errors", [])][:1] == ([where] if where else [])
    assert len(body["detail"]) < 1000


def test_what_is_allowed_or_there_is_named(client: TestClient) -> None:
    unknown = assert_problem(client.get("/v1/search?q=a&tpo=5"), 400, "unknown_parameter")
    assert (
        "collection, locale, tags, top, min_confidence, correct, explain, render, session, source, log, "
        "suggest, q" in unknown["detail"]
    )
    assert (
        "returns"
        in assert_problem(client.get("/v1/search?q=a&tags=x"), 400, "unknown_filter")["detail"].lower()
    )
    assert (
        "shop"
        in assert_problem(client.get("/v1/search?q=a&collection=x"), 404, "unknown_collection")["detail"]
    )
    below = assert_problem(client.get("/v1/search?q=a&top=-1"), 400, "invalid_parameter")["detail"]
    assert below == "top: has to be a whole number from 1 to 50."
    several = assert_problem(client.get("/v1/search?top=0&tpo=5"), 400, "invalid_parameter")
    assert {error["where"] for error in several["errors"]} == {"q", "top", "tpo"}


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "code", "where"),
    [
        (b"", 400, "malformed_json", None),
        (b"{", 400, "malformed_json", None),
        (b'{"q": "\\ud800"}', 400, "malformed_json", None),
        (b'{"q": NaN}', 400, "malformed_json", None),
        (b'{"q": "\xff"}', 400, "invalid_encoding", None),
        (b'{"q": "\xed\xa0\x80"}', 400, "invalid_encoding", None),
        (b"[" * 60_000, 400, "malformed_json", None),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "malformed_json", None),
        (b"[]", 400, "invalid_parameter", None),
        (b"null", 400, "invalid_parameter", None),
        (b'"q"', 400, "invalid_parameter", None),
        (b"{}", 400, "missing_parameter", "q"),
        (b'{"q": 1}', 400, "invalid_parameter", "q"),
        (b'{"q": null}', 400, "invalid_parameter", "q"),
        (b'{"q": ["a"]}', 400, "invalid_parameter", "q"),
        (b'{"q": ""}', 400, "query_empty", "q"),
        (b'{"q": "a", "top": "5"}', 400, "invalid_parameter", "top"),
        (b'{"q": "a", "top": true}', 400, "invalid_parameter", "top"),
        (b'{"q": "a", "top": 5.0}', 400, "invalid_parameter", "top"),
        (b'{"q": "a", "top": 1e999}', 400, None, None),
        (b'{"q": "a", "top": 99999999999999999999999999}', 400, "invalid_parameter", "top"),
        *(
            (b'{"q": "a", "min_confidence": %s}' % text, 400, "invalid_parameter", "min_confidence")
            for text in (b'"0.5"', b"true", b"[]", b"{}", b"-0.01", b"1.01", b"1" * 30)
        ),
        *((b'{"q": "a", "min_confidence": %s}' % text, 400, None, None) for text in (b"NaN", b"Infinity")),
        *(
            (b'{"q": "a", "explain": %s}' % text, 400, "invalid_parameter", "explain")
            for text in (b'"true"', b'""', b"1", b"null", b"[]")
        ),
        (b'{"queries": ["a"], "min_confidence": 2}', 400, "invalid_parameter", "min_confidence"),
        (b'{"queries": ["a"], "explain": "x"}', 400, "invalid_parameter", "explain"),
        (b'{"q": "a", "tags": "returns"}', 400, "invalid_parameter", "tags"),
        (b'{"q": "a", "tags": [1]}', 400, "invalid_parameter", "tags[0]"),
        (b'{"q": "a", "x": {"y": []}}', 400, "unknown_parameter", "x"),
        (b'{"q": "a", "queries": ["a"]}', 400, "invalid_parameter", "q"),
        (b'{"queries": []}', 400, "invalid_parameter", "queries"),
        (b'{"queries": "a"}', 400, "invalid_parameter", "queries"),
        (b'{"queries": ["a", 1]}', 400, "invalid_parameter", "queries[1]"),
        (b'{"queries": ["a", " "]}', 400, "query_empty", "queries[1]"),
        (json.dumps({"queries": ["a"] * 65}).encode(), 400, "invalid_parameter", "queries"),
        (b'{"q": "' + b"a" * MAX_BODY + b'"}', 413, "body_too_large", None),
    ],
)
def test_wrong_bodies(
    client: TestClient, body: bytes, status: int, code: str | None, where: str | None
) -> None:
    response = client.post("/v1/search", content=body, headers=JSON)
    found = assert_problem(response, status, code or response.json()["code"])
    assert [error["where"] for error in found.get("errors", [])][:1] == ([where] if where else [])


def test_a_body_is_bounded_while_it_streams(client: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 8192

    response = client.post("/v1/search", content=endless(), headers=JSON)
    assert_problem(response, 413, "body_too_large")


def test_a_body_may_have_64_kib(client: TestClient) -> None:
    assert client.post("/v1/search", content=b'{"q": "a"}'.ljust(65_536), headers=JSON).status_code == 200
    response = client.post("/v1/search", content=b'{"q": "a"}'.ljust(65_537), headers=JSON)
    assert_problem(response, 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_only_json_is_read(client: TestClient, kind: str) -> None:
    response = client.post("/v1/search", content=b'{"q": "a"}', headers={"content-type": kind})
    assert_problem(response, 415, "unsupported_media_type")
    with_charset = {"content-type": "Application/JSON; charset=utf-8"}
    assert client.post("/v1/search", content=b'{"q": "a"}', headers=with_charset).status_code == 200


def test_post_takes_its_parameters_from_the_body_alone(client: TestClient) -> None:
    assert_problem(client.post("/v1/search?top=5", json={"q": "a"}), 400, "unknown_parameter")


@pytest.mark.parametrize(
    "path", ["/nope", "/v1", "/v1/search/", "/v1/entries", "/v1/entries/", "/docs/", "/%00", "/%FF"]
)
def test_unknown_paths(client: TestClient, path: str) -> None:
    assert_problem(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/search", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/v1/entries/returns", "GET, HEAD, OPTIONS"),
        ("POST", "/readyz", "GET, HEAD, OPTIONS"),
        ("BREW", "/", "GET, HEAD, OPTIONS"),
    ],
)
def test_wrong_methods(client: TestClient, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed
    options = client.options(path)
    assert (options.status_code, options.headers["allow"], options.content) == (204, allowed, b"")


def test_head_is_get_without_the_body(client: TestClient) -> None:
    for path in ("/v1/search?q=refund", "/", "/healthz", "/v1/entries/returns"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == get.headers["content-type"]
    assert client.head("/v1/search?q=").status_code == 400


def test_an_unexpected_failure_tells_the_visitor_nothing_and_the_log_everything(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(SearchEngine, "search", fail)
    with caplog.at_level(logging.ERROR):
        body = assert_problem(client.get("/v1/search?q=refund"), 500, "internal")
    assert "secret" not in json.dumps(body)
    assert "the secret of the house" in caplog.text
    assert body["request_id"] in caplog.text


def test_pages_of_other_origins_can_read_every_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("a bug")

    publish(tmp_path)
    origin = "https://shop.example"
    with serving(tmp_path, cors_origins=(origin,)) as client:
        monkeypatch.setattr(SearchEngine, "search", fail)
        for query, status, code in (("refund", 500, "internal"), ("", 400, "query_empty")):
            response = client.get(f"/v1/search?q={query}", headers={"origin": origin})
            assert_problem(response, status, code)
            assert response.headers["access-control-allow-origin"] == origin


def test_a_body_without_a_length_is_bounded_too(client: TestClient) -> None:
    pieces = (b"x" * 1000 for _ in range(100))
    assert_problem(client.post("/v1/search", content=pieces, headers=JSON), 413, "body_too_large")


texts = st.text(st.characters(codec=None), max_size=40)
encoded = st.binary(max_size=60).map(lambda raw: "".join(f"%{byte:02X}" for byte in raw)) | st.from_regex(
    r"[!$%&'()*+,\-./0-9:;=?@A-Za-z_~]{0,60}", fullmatch=True
)
names = st.sampled_from(["q", "top", "tags", "locale", "collection", "x"])


def assert_answered(response: Any) -> None:
    if response.status_code == 200:
        return
    assert 400 <= response.status_code < 500
    assert_problem(response, response.status_code, response.json()["code"])


@settings(max_examples=150)
@given(pairs=st.lists(st.tuples(names | encoded, encoded), max_size=6))
def test_no_query_string_breaks_the_server(client: TestClient, pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    assert_answered(client.get(f"/v1/search?{query}"))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150)
@given(body=st.dictionaries(names | st.just("queries") | texts, values, max_size=6) | values)
def test_no_json_breaks_the_server(client: TestClient, body: Any) -> None:
    assert_answered(client.post("/v1/search", content=json.dumps(body).encode(), headers=JSON))


@settings(max_examples=100)
@given(body=st.binary(max_size=100))
def test_no_bytes_break_the_server(client: TestClient, body: bytes) -> None:
    assert_answered(client.post("/v1/search", content=body, headers=JSON))


@settings(max_examples=100)
@given(query=encoded)
def test_no_query_breaks_the_page(client: TestClient, query: str) -> None:
    assert client.get(f"/?q={query}").status_code in (200, 400)


def raised_codes(name: str) -> set[str]:
    """The codes that the sources raise a named error with, where they write them out."""
    calls = [
        node
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    return {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}


def test_every_code_that_is_raised_is_in_the_table_and_none_is_left_over() -> None:
    mapped = {"missing_parameter", "unknown_parameter"}  # what pydantic's errors become
    assert raised_codes("QueryError") | raised_codes("ProblemError") | mapped == set(KINDS)
