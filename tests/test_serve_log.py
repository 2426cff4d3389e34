"""What a real server keeps in the query log."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from search.querylog.store import QueryLog
from tests.server_process import DEADLINE, server
from tests.serving import publish

pytestmark = pytest.mark.server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "snapshots"
    publish(root)
    return root


def test_a_killed_server_loses_at_most_the_last_second_of_the_log(root: Path) -> None:
    url = f"sqlite:///{root.parent / 'log.sqlite3'}"
    answered: list[tuple[float, str]] = []
    with server(root, FAQ_LOG_URL=url) as running, httpx2.Client(base_url=running.url) as client:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            answer = client.get("/v1/search?q=refund", timeout=DEADLINE)
            answered.append((time.monotonic(), answer.json()["query_id"]))
        killed = time.monotonic()
        running.process.kill()
        running.process.wait(DEADLINE)
    now = datetime.now(UTC)
    with QueryLog.open(url) as log:
        period = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
        logged = {query.query_id for query in log.read(collection="shop", **period)}
    expected = {query_id for at, query_id in answered if at < killed - 1}
    assert expected
    assert expected <= logged
