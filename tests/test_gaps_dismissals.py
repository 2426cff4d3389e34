"""Gaps that the content team wants to see no more, at the command line, over HTTP and on the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search.gaps.job import gaps_of_log
from search.querylog.store import QueryLog
from search.settings import Settings
from tests.querylog import DATABASES, database
from tests.serving import assert_problem
from tests.test_admin import FORM, HEADERS, OURS, client, sign_in
from tests.test_admin_reports import keep
from tests.test_gaps_command import faq, settings

__all__ = ["client", "settings"]
UNTIL = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.fixture(params=DATABASES)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QueryLog]:
    with database(request.param, tmp_path) as url, QueryLog.open(url) as opened:
        yield opened


def test_the_log_remembers_by_collection(log: QueryLog) -> None:
    log.dismiss("shop", "gap-1")
    log.dismiss("shop", "gap-1")
    log.dismiss("shop", "gap-2")
    log.dismiss("club", "gap-3")
    log.restore("shop", "gap-2")
    log.restore("shop", "gap-3")
    assert log.dismissed("shop") == {"gap-1"}
    assert log.dismissed("club") == {"gap-3"}


def test_several_may_dismiss_the_same_at_once(log: QueryLog) -> None:
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: log.dismiss("shop", "gap-1"), range(12)))
    assert log.dismissed("shop") == {"gap-1"}


def test_it_stays_dismissed_in_reports_to_come(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    first, *others = gaps_of_log(settings, collection="shop", until=UNTIL).gaps
    told = faq("gaps", "shop", "--dismiss", first.id)
    assert told.exit_code == 0, told.output
    assert f"--restore {first.id}" in told.stdout
    asked = ("gaps", "shop", "--since", "2026-03-02", "--until", "2026-03-09")
    shown = faq(*asked).stdout
    assert first.id not in shown
    assert all(gap.id in shown for gap in others)
    assert "Dismissed, and so not shown: 1 gap." in shown
    report = json.loads(faq(*asked, "--json").stdout)
    assert {gap["id"] for gap in report["gaps"] if gap["dismissed"]} == {first.id}
    assert faq("gaps", "shop", "--restore", first.id).stdout == f"{first.id} is seen again.\n"
    assert first.id in faq(*asked).stdout


def test_an_unknown_gap_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    for option in ("--dismiss", "--restore"):
        refused = faq("gaps", "shop", option, "gap-none")
        assert "No gap of shop has the id 'gap-none'" in str(refused.exception)


@pytest.mark.parametrize("arguments", [("--dismiss", "a"), ("shop", "--dismiss", "a", "--restore", "b")])
def test_one_of_a_collection_is_dismissed_at_a_time(arguments: tuple[str, ...]) -> None:
    assert faq("gaps", *arguments).exit_code == 2


def test_over_http_of_all_reports_of_late(client: TestClient, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    keep(url, days=28, name="tents", ago=2)
    keep(url, days=7, name="kayaks", ago=1)
    path = "/v1/admin/gaps/dismiss"
    for gap in ("gap-28", "gap-28"):  # of a report that is not the newest, and twice
        answer = client.post(path, json={"gap": gap}, headers=HEADERS)
        assert answer.json() == {"collection": "shop", "gap": gap, "dismissed": True}
    assert [gap["dismissed"] for gap in client.get("/v1/admin/gaps", headers=HEADERS).json()["gaps"]] == [
        False
    ]
    client.post(path, json={"gap": "gap-7"}, headers=HEADERS)
    assert [gap["dismissed"] for gap in client.get("/v1/admin/gaps", headers=HEADERS).json()["gaps"]] == [
        True
    ]
    assert client.post(path, json={"gap": "gap-7", "dismissed": False}, headers=HEADERS).status_code == 200
    assert [gap["dismissed"] for gap in client.get("/v1/admin/gaps", headers=HEADERS).json()["gaps"]] == [
        False
    ]
    assert_problem(client.post(path, json={"gap": "gap-1"}, headers=HEADERS), 404, "unknown_gap")
    assert_problem(client.post(path, json={}, headers=HEADERS), 400, "missing_parameter")
    csv = client.get("/v1/admin/exports?table=gaps&format=csv&days=28", headers=HEADERS).text
    assert csv.splitlines()[1].endswith("True")


def test_the_page_hides_it_and_brings_it_back(client: TestClient, tmp_path: Path) -> None:
    keep(f"sqlite:///{tmp_path / 'log.sqlite3'}", days=7, name="kayaks", ago=1)
    sign_in(client)

    def press(form: str) -> str:
        headers = {**FORM, **OURS}
        pressed = client.post("/admin/gaps/dismiss", content=form, headers=headers, follow_redirects=False)
        assert pressed.status_code == 303, pressed.text
        return pressed.headers["location"]

    assert press("gap=gap-7&next=dismissed").endswith("days=7#dismissed")
    page = client.get("/admin/gaps").text
    assert "Dismissed (1)" in page
    assert "Every gap that was found is dismissed." in page
    assert "Every gap that was found is dismissed." in client.get("/admin").text
    assert "kayaks" not in client.get("/admin").text
    assert "#" not in press('gap=gap-7&restore=yes&next="><script>')
    assert "kayaks" in client.get("/admin").text
    assert "Dismissed (" not in client.get("/admin/gaps").text
    unknown = client.post("/admin/gaps/dismiss", content="gap=x", headers={**FORM, **OURS})
    assert unknown.status_code == 404
    assert "No gap of shop has the id" in unknown.text
