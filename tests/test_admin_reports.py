"""What admin pages show of the log and its reports: of the period that is chosen, or why there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from search.querylog.records import Report
from search.querylog.store import QueryLog
from tests.serving import assert_problem, publish, serving
from tests.test_admin import HEADERS, KEY, client, sign_in

__all__ = ["client"]


def test_without_a_log_pages_say_what_to_do(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path, admin_key=SecretStr(KEY), log_url="off") as client:
        assert_problem(client.get("/v1/admin/overview", headers=HEADERS), 409, "log_off")
        page = client.get("/admin", headers=HEADERS).text
        assert "FAQ_LOG_URL" in page
        assert "faq demo-traffic" not in page  # which needs the log, too
        for path in ("/admin", "/admin/gaps"):
            assert "Find the gaps" not in client.get(path, headers=HEADERS).text


def test_an_unreadable_log_keeps_its_password(tmp_path: Path) -> None:
    publish(tmp_path)
    (tmp_path / "secret").write_bytes(b"no database at all" * 100)
    url = f"sqlite:///{tmp_path / 'secret'}"
    with serving(tmp_path, admin_key=SecretStr(KEY), log_url=url) as client:
        body = assert_problem(client.get("/v1/admin/overview", headers=HEADERS), 503, "log_unreadable")
        assert "secret" not in body["detail"]


def keep(url: str, *, days: int, name: str, ago: int) -> None:
    gap = {"kind": "missing", "name": name, "suggestion": name, "count": 3, "sessions": 3, "share": 0.1}
    gap |= {
        "before": None,
        "answered_by_fix": 0.5,
        "confidence": 0.1,
        "clicks": 0,
        "votes_down": 0,
        "reasons": {},
    }
    gap |= {
        "representatives": [name],
        "queries": [name],
        "nearest": [],
        "entries": [],
        "variants": [],
        "words": [],
    }
    body = {"gaps": [gap | {"rivals": [], "id": f"gap-{days}"}], "singletons": [], "hidden": 0, "asked": 9}
    body |= {"since": "2026-03-01T00:00", "until": "2026-03-08T00:00", "badly_served": 3, "days": days}
    at = datetime.now(UTC) - timedelta(minutes=ago)
    with QueryLog.open(url) as log:
        log.keep_report(Report(collection="shop", kind="gaps", at=at, body=orjson.dumps(body)))


def test_gaps_are_those_of_the_chosen_period(client: TestClient, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    keep(url, days=28, name="tents", ago=1)
    keep(url, days=7, name="kayaks", ago=2)
    for path in ("/admin/gaps", "/admin"):
        shown = {days: client.get(f"{path}?days={days}", headers=HEADERS).text for days in (7, 28, 90)}
        assert "kayaks" in shown[7]
        assert "tents" not in shown[7]
        assert "tents" in shown[28]
        assert "tents" in shown[90]  # the newest there is, and so it says
        assert ["chosen above" in text for text in shown.values()] == [False, False, True]
    export = "/v1/admin/exports?table=gaps&format=csv&days=7"
    assert "kayaks" in client.get(export, headers=HEADERS).text


@pytest.mark.parametrize("path", ["/admin/nope", "/admin/gaps/1"])
def test_what_is_not_there_is_told_on_a_page_to_who_is_signed_in(client: TestClient, path: str) -> None:
    assert_problem(client.get(path), 404, "not_found")
    sign_in(client)
    page = client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_reload_after_accepting_leads_to_the_editor(client: TestClient) -> None:
    sign_in(client)
    assert (
        client.get("/admin/accept?days=7", follow_redirects=False)
        .headers["location"]
        .startswith("/admin/try?")
    )
