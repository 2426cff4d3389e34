"""What surrounds every request, around apps that fail in their own way."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.store import SnapshotStore
from search.accesslog import AccessLog
from search.catalog import Catalog
from search.metrics import Metrics
from search.middleware import LastResort, Surroundings


class Around:
    """The middlewares around an app, with what one request leaves: messages, log and metrics."""

    def __init__(self, app: ASGIApp, root: Path) -> None:
        self.messages: list[Message] = []
        self._log = io.StringIO()
        self._metrics = Metrics(Catalog(SnapshotStore(root)))
        self._app = Surroundings(app, access_log=AccessLog(self._log), metrics=self._metrics)

    def ask(self) -> None:
        """GET /; raises what the middlewares let through."""
        scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "headers": []}
        asyncio.run(self._app(scope, self._receive, self._send))

    @property
    def logged(self) -> list[int]:
        """The statuses of the access log's lines."""
        return [json.loads(line)["status"] for line in self._log.getvalue().splitlines()]

    def counted(self, status: int) -> bool:
        """Whether one request was counted, and under this status."""
        text = self._metrics.exposition().decode()
        requests = [line for line in text.splitlines() if line.startswith("faq_requests_total{")]
        return requests == [f'faq_requests_total{{method="GET",route="unmatched",status="{status}"}} 1.0']

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        self.messages.append(message)


async def fail_halfway(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("halfway")


async def be_cancelled(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise asyncio.CancelledError


def test_a_failure_within_an_answer_cuts_it_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    around = Around(LastResort(fail_halfway), tmp_path)
    with pytest.raises(RuntimeError, match="halfway"):
        around.ask()
    assert [message["type"] for message in around.messages] == ["http.response.start", "http.response.body"]
    assert "RuntimeError: halfway" in caplog.text
    assert around.logged == [200]
    assert around.counted(200)


def test_a_request_that_is_cancelled_before_its_answer_is_told_so(tmp_path: Path) -> None:
    around = Around(LastResort(be_cancelled), tmp_path)
    around.ask()
    assert around.messages[0]["status"] == 503
    assert around.counted(503)


def test_a_request_without_an_answer_counts_as_a_failure(tmp_path: Path) -> None:
    around = Around(be_cancelled, tmp_path)
    with pytest.raises(asyncio.CancelledError):
        around.ask()
    assert around.messages == []
    assert around.logged == [500]
    assert around.counted(500)
