"""The access log, request ids and CORS."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from search.accesslog import AccessLog
from tests.serving import publish, serving


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    publish(tmp_path)
    with serving(tmp_path) as client:
        yield client


def lines(client: TestClient) -> list[dict[str, Any]]:
    log: io.StringIO = client.app.state.log  # type: ignore[attr-defined]
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_line_a_request_without_what_was_asked(client: TestClient) -> None:
    answer = client.get(
        "/v1/search", params={"q": "my private matter"}, headers={"user-agent": "Mozilla/5.0"}
    )
    client.post("/v1/search", json={"q": "my private matter"})
    client.get("/", params={"q": "my private matter"}, follow_redirects=False)
    client.head("/nope")
    first, second, third, fourth = lines(client)
    assert first.pop("time").endswith("+00:00")
    assert 0 < first.pop("ms") < 60_000
    assert first == {
        "request_id": answer.headers["x-request-id"],
        "method": "GET",
        "route": "/v1/search",
        "path": "/v1/search",
        "status": 200,
        "bytes": len(answer.content),
        "client": "testclient",
        "user_agent": "Mozilla/5.0",
    }
    assert (second["method"], second["route"], third["route"]) == ("POST", "/v1/search", "/")
    assert (fourth["method"], fourth["route"], fourth["status"], fourth["bytes"]) == (
        "HEAD",
        "unmatched",
        404,
        0,
    )
    assert "private" not in json.dumps([first, second, third, fourth])


def test_nothing_that_a_client_sends_can_shape_the_log(client: TestClient) -> None:
    client.get("/a%0Ab%1B[31m" + "x" * 5000, headers={b"user-agent": b"\x1b[2J\xff" + b"y" * 5000})
    log: io.StringIO = client.app.state.log  # type: ignore[attr-defined]
    text = log.getvalue()
    assert text.count("\n") == 1
    assert text.isascii()
    assert "\x1b" not in text
    assert len(text) < 2000


def test_a_sane_request_id_is_kept_and_an_odd_one_replaced(client: TestClient) -> None:
    def answered(sent: bytes) -> str:
        return str(client.get("/healthz", headers={b"x-request-id": sent}).headers["x-request-id"])

    assert answered(b"trace-01.a:b_c") == "trace-01.a:b_c"
    for odd in (b"", b"a b", b"x" * 65, b'a"b', b"a\xffb"):
        made = answered(odd)
        assert made != odd.decode("latin-1")
        assert len(made) == 32


def test_while_the_log_fails_answers_go_on_and_the_loss_is_told(caplog: pytest.LogCaptureFixture) -> None:
    class Disk(io.StringIO):
        full = False

        def write(self, text: str) -> int:
            if self.full:
                raise OSError(28, "No space left on device")
            return super().write(text)

    disk = Disk()
    log = AccessLog(disk)

    def ask(request_id: str) -> None:
        log.write(
            request_id=request_id,
            method="GET",
            route="/",
            raw_path=b"/",
            status=200,
            seconds=0.1,
            sent=1,
            client=None,
            user_agent=None,
        )

    ask("before")
    disk.full = True
    for _ in range(3):
        ask("meanwhile")
    assert caplog.text.count("No space left on device") == 1
    disk.full = False
    ask("after")
    ask("later")
    assert caplog.text.count("up to 3 requests are not in it") == 1
    written = [json.loads(line)["request_id"] for line in disk.getvalue().splitlines()]
    assert written == ["before", "after", "later"]


def test_browsers_of_allowed_origins_may_call(tmp_path: Path) -> None:
    publish(tmp_path)
    origin = "https://shop.example"
    ask = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    with serving(tmp_path, cors_origins=(origin,)) as client:
        assert client.options("/v1/search", headers=ask).headers["access-control-allow-origin"] == origin
        answer = client.get("/v1/search?q=refund", headers={"origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        other = client.get("/v1/search?q=refund", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
    with serving(tmp_path) as client:
        assert (
            "access-control-allow-origin"
            not in client.get("/v1/search?q=a", headers={"origin": origin}).headers
        )
