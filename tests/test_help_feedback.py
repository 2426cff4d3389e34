"""Votes from a plain form: they reach the query log with the question that they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search.querylog.records import LoggedQuery
from search.querylog.store import QueryLog
from tests.serving import publish, serving


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'log.sqlite3'}"


@pytest.fixture
def client(tmp_path: Path, url: str) -> Iterator[TestClient]:
    publish(tmp_path / "snapshots")
    with serving(tmp_path / "snapshots", log_url=url, log_days=90) as client:
        yield client


def logged(client: TestClient, url: str) -> list[LoggedQuery]:
    """What is in the log once the app has stopped, which writes all of it."""
    client.app.state.services.log.close()  # type: ignore[attr-defined]
    now = datetime.now(UTC)
    with QueryLog.open(url) as log:
        return log.read(collection="shop", since=now - timedelta(hours=1), until=now + timedelta(hours=1))


def test_a_vote_belongs_to_the_search_that_led_there(client: TestClient, url: str) -> None:
    results = client.get("/help/shop/search?q=return+an+order").text
    path = re.search(r'href="(/help/shop/returns\?from=[^"]+)"', results)
    assert path
    page = client.get(path[1]).text
    origin = re.search(r'name="from" value="([^"]+)"', page)
    assert origin
    form = {"from": origin[1], "helpful": "no", "reason": "It says nothing of boots.\u202e"}
    response = client.post("/help/shop/returns/feedback", data=form, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == f"/help/shop/returns?from={origin[1]}&thanks=1#feedback"
    assert "Thank you." in client.get(response.headers["location"]).text
    [query] = logged(client, url)
    assert (query.query_id, query.asked, query.source) == (origin[1], "return an order", "page")
    [said] = query.feedback
    assert (said.kind, said.entry_id, said.helpful) == ("helpful", "returns", False)
    assert said.reason == "It says nothing of boots."


def test_to_open_a_question_from_the_list_is_to_ask_it(client: TestClient, url: str) -> None:
    assert 'name="from"' not in client.get("/help/shop/refund").text
    response = client.post("/help/shop/refund/feedback", data={"helpful": "yes"}, follow_redirects=False)
    assert response.headers["location"] == "/help/shop/refund?thanks=1#feedback"
    [query] = logged(client, url)
    assert (query.asked, query.source, query.decision) == ("When do I get my refund?", "help", "answer")
    assert query.top_ids == ("refund",)
    [said] = query.feedback
    assert (said.helpful, said.reason) == (True, None)


def test_reading_a_page_writes_nothing(client: TestClient, url: str) -> None:
    client.get("/help/shop")
    client.get("/help/shop/refund")
    assert logged(client, url) == []


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/help/shop/nope/feedback", {"helpful": "yes"}, 404),
        ("/help/nope/refund/feedback", {"helpful": "yes"}, 404),
        ("/help/shop/refund/feedback", {"helpful": "maybe"}, 400),
        ("/help/shop/refund/feedback", {}, 415),
        ("/help/shop/refund/feedback", {"helpful": "no", "reason": "x" * 9000}, 413),
    ],
)
def test_what_is_wrong_is_told_on_a_page_and_not_logged(
    client: TestClient, url: str, path: str, form: dict[str, str], status: int
) -> None:
    response = client.post(path, data=form)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert logged(client, url) == []


def test_a_form_that_is_no_text_is_refused(client: TestClient, url: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = client.post("/help/shop/refund/feedback", content=b"helpful=%FF", headers=headers)
    assert response.status_code == 400
    assert logged(client, url) == []


def test_a_made_up_origin_is_none(client: TestClient, url: str) -> None:
    client.post("/help/shop/refund/feedback", data={"helpful": "yes", "from": "<script>"})
    [query] = logged(client, url)
    assert query.source == "help"


def test_a_page_of_another_site_votes_for_nobody(client: TestClient, url: str) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    response = client.post("/help/shop/refund/feedback", data={"helpful": "no"}, headers=headers)
    assert response.status_code == 403
    assert logged(client, url) == []


def test_without_a_log_there_is_no_form(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path) as client:
        assert "<textarea" not in client.get("/help/shop/refund").text
        assert client.post("/help/shop/refund/feedback", data={"helpful": "yes"}).status_code == 409
