"""Past queries as suggestions: which are, and that nobody can plant one in front of others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from index.snapshot import Snapshot
from index.store import SnapshotStore
from search.engine import SearchEngine
from search.querylog.database import connect
from search.querylog.popular import MOST, popular_queries
from search.querylog.records import LoggedQuery
from search.querylog.store import QueryLog
from search.suggest.popular import Popular
from search.suggest.suggesting import suggestions
from tests.logged import logged
from tests.querylog import DATABASES, database
from tests.serving import publish, serving, settings_for

ASKED = "send my order back"  # words of the FAQ, but none of its wordings


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def engine(tmp_path: Path) -> SearchEngine:
    root = tmp_path / "snapshots"
    publish(root)
    return SearchEngine(Snapshot.open(SnapshotStore(root).current("shop")))


def asked(text: str = ASKED, *said: dict[str, Any], sessions: int = 3, **values: Any) -> list[LoggedQuery]:
    values = {"top_ids": ("returns",), **values}
    return [logged(text, *said, session=f"s{n}", **values) for n in range(sessions)]


def suggested(
    url: str, engine: SearchEngine, queries: list[LoggedQuery], typed: str = "send my"
) -> list[str]:
    with QueryLog.open(url) as log:
        log.add(queries, [said for query in queries for said in query.feedback])
    popular = Popular(settings_for(Path("unused"), log_url=url, log_min_sessions=3))
    popular.refresh({"shop": engine})
    found = suggestions(typed, engine=engine, popular=popular.of(engine), top=5)["suggestions"]
    return [one["text"] for one in found if one["kind"] == "query"]


def test_what_enough_people_asked_and_got_answered_is_suggested(url: str, engine: SearchEngine) -> None:
    assert suggested(url, engine, asked()) == [ASKED]


@pytest.mark.parametrize(
    "queries",
    [
        asked(sessions=2),
        [logged(ASKED, session="s", top_ids=("returns",)) for _ in range(5)],
        [logged(ASKED, top_ids=("returns",)) for _ in range(5)],
        asked(decision="no_answer"),
        asked(decision="clarify"),
        asked(top_ids=("gone",)),
        asked(top_ids=()),
        asked(collection="other"),
        asked(at=datetime.now(UTC) - timedelta(days=31)),
        asked("send my order to jane doe"),
        asked("send my order back [email]"),
        asked("send my damn order back"),
        asked("Send something back"),
        asked(ASKED, {"kind": "helpful", "helpful": False}),
    ],
    ids=["two sessions", "one session", "no sessions", "no answer", "clarify", "an entry that is gone",
         "nothing found", "another collection", "long ago", "a name", "personal data", "a word of nobody's",
         "a variant", "voted down"],
)  # fmt: skip
def test_anything_else_is_not(queries: list[LoggedQuery], tmp_path: Path, engine: SearchEngine) -> None:
    assert suggested(f"sqlite:///{tmp_path / 'log.sqlite3'}", engine, queries, "send") == []


def test_votes_for_it_outweigh_votes_against_it(url: str, engine: SearchEngine) -> None:
    liked = asked(ASKED, {"kind": "helpful", "helpful": True})
    disliked = asked(ASKED, {"kind": "helpful", "helpful": False}, sessions=2)
    assert suggested(url, engine, liked + disliked) == [ASKED]


def test_the_most_asked_come_first_and_are_bounded(url: str) -> None:
    with QueryLog.open(url) as log:
        log.add(asked("often asked", sessions=5) + asked("seldom asked", sessions=3))
    database = connect(url)
    found = popular_queries(database, "shop", least=3, now=datetime.now(UTC))
    database.dispose()
    assert [(one.text, one.sessions, one.entry_id) for one in found] == [
        ("often asked", 5, "returns"),
        ("seldom asked", 3, "returns"),
    ]
    assert MOST >= 100


def test_of_another_snapshot_nothing_is_known(tmp_path: Path, engine: SearchEngine) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    with QueryLog.open(url) as log:
        log.add(asked())
    popular = Popular(settings_for(tmp_path, log_url=url, log_min_sessions=3))
    popular.refresh({"shop": engine})
    assert popular.of(engine) is not None
    assert popular.of(SearchEngine(engine.snapshot)) is None


@pytest.mark.parametrize("url", ["off", "sqlite:///missing.sqlite3"])
def test_a_log_that_is_off_or_not_there_is_none_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: SearchEngine, url: str
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    popular = Popular(settings_for(tmp_path, log_url=url))
    popular.refresh({"shop": engine})
    assert popular.of(engine) is None
    assert list(folder.iterdir()) == []


def test_a_log_that_breaks_is_told_of_once_and_what_was_known_stays(
    tmp_path: Path, engine: SearchEngine, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "log.sqlite3"
    with QueryLog.open(f"sqlite:///{file}") as log:
        log.add(asked())
    popular = Popular(settings_for(tmp_path, log_url=f"sqlite:///{file}", log_min_sessions=3))
    popular.refresh({"shop": engine})
    for rest in tmp_path.glob("log.sqlite3*"):
        rest.unlink()
    file.write_bytes(b"no database" * 100)
    with caplog.at_level(logging.WARNING, "faq.suggest"):
        popular.refresh({"shop": engine})
        popular.refresh({"shop": engine})
    assert popular.of(engine) is not None
    assert len(caplog.records) == 1


def test_a_running_server_suggests_what_was_asked_before_it_started(tmp_path: Path) -> None:
    publish(tmp_path / "snapshots")
    url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    with QueryLog.open(url) as log:
        log.add(asked())
    with serving(tmp_path / "snapshots", log_url=url, log_min_sessions=3) as client:
        popular = client.app.state.services.popular
        engines = client.app.state.services.catalog.engines
        popular.refresh(engines)
        found = client.get("/v1/suggest", params={"q": "send my"}).json()["suggestions"]
    assert {"kind": "query", "text": ASKED, "id": "returns"}.items() <= found[0].items()
