"""A newly published snapshot takes over by itself; one that can't be opened never does."""

from __future__ import annotations

import gc
import logging
import shutil
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.entry import Entry
from index.store import SnapshotStore
from search.app import POLL_SECONDS
from search.catalog import RETRY_SECONDS, Catalog, Change, open_engine
from search.engine import SearchEngine
from tests.serving import ENTRIES, publish, serving
from tests.test_api_entries import samples

NEW = (*ENTRIES, Entry(id="new", question="Is this new?", answer="Brand new."))
DEADLINE = 30.0


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; `faq benchmark --only swap` measures how long that takes."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < DEADLINE
        time.sleep(0.02)


def damage(root: Path, version: str, name: str = "shop") -> None:
    file = root / name / version / "entries.jsonl"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-5])


def catalog_of(root: Path, **values: object) -> Catalog:
    return Catalog(SnapshotStore(root), **values)  # type: ignore[arg-type]


def versions(catalog: Catalog) -> dict[str, str]:
    return {name: engine.snapshot.version for name, engine in catalog.engines.items()}


def test_a_refresh_loads_what_is_new_once(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path)
    assert catalog.refresh() == []
    assert not catalog.ready
    first = publish(tmp_path)
    assert catalog.refresh() == [Change(kind="loaded", collection="shop", version=first)]
    assert catalog.refresh() == []
    assert catalog.ready
    second, other = publish(tmp_path, entries=NEW), publish(tmp_path, "other")
    assert len(catalog.refresh()) == 2
    assert versions(catalog) == {"shop": second, "other": other}
    assert catalog.default_collection is None


def test_a_rollback_is_followed(tmp_path: Path) -> None:
    catalog, store = catalog_of(tmp_path), SnapshotStore(tmp_path)
    first = publish(tmp_path)
    publish(tmp_path, entries=NEW)
    catalog.refresh()
    with store.lock("shop"):
        store.activate("shop", first)
    catalog.refresh()
    assert versions(catalog) == {"shop": first}


def test_the_old_engine_is_freed_when_the_last_search_lets_go_of_it(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path)
    publish(tmp_path)
    catalog.refresh()
    in_flight = catalog.engines["shop"]
    engine, snapshot = weakref.ref(in_flight), weakref.ref(in_flight.snapshot)
    publish(tmp_path, entries=NEW)
    catalog.refresh()
    assert len(in_flight.search("return an order").hits) == 4
    del in_flight
    gc.collect()
    assert engine() is None
    assert snapshot() is None


def test_a_damaged_snapshot_is_refused_once_and_the_old_one_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    catalog = catalog_of(tmp_path, clock=clock)
    first = publish(tmp_path)
    catalog.refresh()
    second = publish(tmp_path, entries=NEW)
    damage(tmp_path, second)
    with caplog.at_level(logging.ERROR):
        assert catalog.refresh() == [Change(kind="refused", collection="shop", version=second)]
        for _ in range(3):
            clock.now += RETRY_SECONDS
            assert catalog.refresh() == []
    assert caplog.text.count("refused snapshot") == 1
    assert versions(catalog) == {"shop": first}
    assert catalog.ready
    [standing] = catalog.standings()
    assert standing.refusal is not None
    assert standing.refusal.version == second
    assert "entries.jsonl" in standing.refusal.reason


def test_a_start_falls_back_to_the_newest_older_snapshot_that_opens(tmp_path: Path) -> None:
    clock, store = Clock(), SnapshotStore(tmp_path)
    oldest = publish(tmp_path)
    older = publish(tmp_path, entries=ENTRIES[:3])
    damage(tmp_path, publish(tmp_path, entries=ENTRIES[:2]))
    current = publish(tmp_path, entries=NEW)
    publish(tmp_path, entries=ENTRIES[:1])  # gone back from, so nobody wants it
    with store.lock("shop"):
        store.activate("shop", current)
    file = tmp_path / "shop" / current / "entries.jsonl"
    whole = file.read_bytes()
    damage(tmp_path, current)
    catalog = catalog_of(tmp_path, clock=clock)
    assert catalog.refresh() == [
        Change(kind="refused", collection="shop", version=current),
        Change(kind="loaded", collection="shop", version=older),
    ]
    assert versions(catalog) == {"shop": older} != {"shop": oldest}
    assert catalog.ready
    refusal = catalog.standings()[0].refusal
    assert refusal is not None
    assert refusal.version == current
    clock.now += RETRY_SECONDS
    assert catalog.refresh() == []
    file.write_bytes(whole)
    clock.now += RETRY_SECONDS
    assert catalog.refresh() == [Change(kind="loaded", collection="shop", version=current)]
    assert catalog.standings()[0].refusal is None


def test_a_new_collection_that_is_broken_takes_no_other_out_of_service(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path)
    publish(tmp_path)
    catalog.refresh()
    damage(tmp_path, publish(tmp_path, "other"), "other")
    catalog.refresh()
    assert catalog.lacking == ["other"]
    assert catalog.ready
    started_now = catalog_of(tmp_path)
    started_now.refresh()
    assert not started_now.ready


def test_a_refused_snapshot_that_is_mended_is_served(tmp_path: Path) -> None:
    clock = Clock()
    catalog = catalog_of(tmp_path, clock=clock)
    version = publish(tmp_path)
    file = tmp_path / "shop" / version / "entries.jsonl"
    whole = file.read_bytes()
    damage(tmp_path, version)
    catalog.refresh()
    assert not catalog.ready
    file.write_bytes(whole)
    assert catalog.refresh() == []
    clock.now += RETRY_SECONDS
    assert catalog.refresh() == [Change(kind="loaded", collection="shop", version=version)]
    assert catalog.standings()[0].refusal is None


def test_a_refused_snapshot_is_tried_again_after_half_a_minute(tmp_path: Path) -> None:
    clock, opened = Clock(), 0

    def opener(folder: Path) -> SearchEngine:
        nonlocal opened
        opened += 1
        return open_engine(folder)

    catalog = catalog_of(tmp_path, clock=clock, open_engine=opener)
    damage(tmp_path, publish(tmp_path))
    for clock.now, expected in ((0.0, 1), (29.9, 1), (30.0, 2), (59.9, 2), (60.0, 3)):
        catalog.refresh()
        assert (clock.now, opened) == (clock.now, expected)


def test_a_new_snapshot_is_looked_for_every_second_or_oftener() -> None:
    assert 0 < POLL_SECONDS <= 1


def test_a_collection_that_goes_takes_its_refusal_along(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path)
    publish(tmp_path)
    catalog.refresh()
    damage(tmp_path, publish(tmp_path, entries=NEW))
    catalog.refresh()
    assert [standing.refusal is None for standing in catalog.standings()] == [False]
    shutil.rmtree(tmp_path / "shop")
    catalog.refresh()
    [standing] = catalog.standings()
    assert (standing.published, standing.refusal) == (False, None)
    assert standing.engine is not None


def test_going_back_to_what_is_served_ends_the_refusal(tmp_path: Path) -> None:
    catalog, store = catalog_of(tmp_path), SnapshotStore(tmp_path)
    first = publish(tmp_path)
    catalog.refresh()
    damage(tmp_path, publish(tmp_path, entries=NEW))
    catalog.refresh()
    with store.lock("shop"):
        store.activate("shop", first)
    assert catalog.refresh() == []
    assert catalog.standings()[0].refusal is None


def test_a_pointer_that_names_nothing_is_refused(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path)
    first = publish(tmp_path)
    catalog.refresh()
    (tmp_path / "shop" / "CURRENT").write_text("../../etc\n", "utf-8")
    assert [change.kind for change in catalog.refresh()] == ["refused"]
    (tmp_path / "shop" / "CURRENT").write_text("20990101T000000Z-0123456789ab\n", "utf-8")
    assert [change.kind for change in catalog.refresh()] == ["refused"]
    assert versions(catalog) == {"shop": first}


def test_a_snapshot_of_another_collection_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    catalog = catalog_of(tmp_path)
    catalog.refresh()
    assert list(catalog.engines) == ["one"]
    assert not catalog.ready
    refusal = catalog.standings()[1].refusal
    assert refusal is not None
    assert "'one'" in refusal.reason


def test_whatever_opening_raises_the_old_one_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = False

    def opener(folder: Path) -> SearchEngine:
        if broken:
            raise RuntimeError("a bug")
        return open_engine(folder)

    catalog = catalog_of(tmp_path, open_engine=opener)
    first = publish(tmp_path)
    catalog.refresh()
    broken = True
    publish(tmp_path, entries=NEW)
    assert [change.kind for change in catalog.refresh()] == ["refused"]
    assert versions(catalog) == {"shop": first}
    assert "RuntimeError: a bug" in caplog.text


def test_a_collection_that_goes_stays_in_service(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path)
    first = publish(tmp_path)
    catalog.refresh()
    shutil.rmtree(tmp_path / "shop")
    assert catalog.refresh() == []
    assert versions(catalog) == {"shop": first}
    assert len(catalog.engines["shop"].search("return").hits) == 4
    assert [standing.published for standing in catalog.standings()] == [False]
    assert catalog.ready


def test_the_server_swaps_by_itself_and_reports_a_refusal(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "snapshots", tmp_path / "elsewhere"
    with serving(root) as client:
        assert client.get("/readyz").status_code == 503
        first = publish(root)
        eventually(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/v1/search?q=new").json()["snapshot"] == first
        second = publish(root, entries=NEW)
        eventually(lambda: bool(client.get("/v1/search?q=new").json()["snapshot"] == second))
        damaged = publish(elsewhere, entries=ENTRIES[:1])
        damage(elsewhere, damaged)
        shutil.copytree(elsewhere / "shop" / damaged, root / "shop" / damaged)
        shutil.copy(elsewhere / "shop" / "CURRENT", root / "shop" / "CURRENT")
        eventually(lambda: client.get("/readyz").json()["collections"][0]["refused"] is not None)
        ready = client.get("/readyz")
        assert ready.status_code == 200
        [shop] = ready.json()["collections"]
        assert (shop["snapshot"], shop["refused"]["version"]) == (second, damaged)
        assert "entries.jsonl" in shop["refused"]["reason"]
        assert client.get("/v1/search?q=new").json()["snapshot"] == second
        found = samples(client)
        assert found["faq_snapshot_refused_total", "shop"] == 1
        assert found["faq_snapshot_loads_total", "shop"] == 2


def test_a_store_that_can_not_be_looked_at_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("search.app.POLL_SECONDS", 0.01)
    looks = 0

    class Watched(SnapshotStore):
        def collections(self) -> list[str]:
            nonlocal looks
            looks += 1
            return super().collections()

    publish(tmp_path / "root")
    with serving(tmp_path / "root", catalog=Catalog(Watched(tmp_path / "root"))) as client:
        (tmp_path / "root").rename(tmp_path / "away")
        (tmp_path / "root").symlink_to("root")  # a loop, which not even root can follow
        before = looks
        eventually(lambda: looks > before + 5)
        assert client.get("/v1/search?q=return").status_code == 200
        assert caplog.text.count("can't be looked at") == 1
        assert "Traceback" not in caplog.text
        (tmp_path / "root").unlink()
        (tmp_path / "away").rename(tmp_path / "root")
        version = publish(tmp_path / "root", entries=NEW)
        eventually(lambda: bool(client.get("/v1/search?q=new").json()["snapshot"] == version))


def test_no_search_fails_while_snapshots_are_swapped(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path) as client:
        stop = threading.Event()
        callers = [Caller(client, stop) for _ in range(4)]
        for caller in callers:
            caller.start()
        for number in range(6):
            version = publish(tmp_path, entries=NEW if number % 2 else ENTRIES)
            eventually(lambda version=version: any(version in caller.seen for caller in callers))  # type: ignore[misc]
        stop.set()
        for caller in callers:
            caller.join(DEADLINE)
    assert [caller.failures for caller in callers] == [[]] * 4
    assert sum(caller.answered for caller in callers) > 50
    assert len(set().union(*(caller.seen for caller in callers))) == 7


class Caller(threading.Thread):
    """Searches without a pause; what an answer holds must fit the snapshot that it names."""

    def __init__(self, client: TestClient, stop: threading.Event) -> None:
        super().__init__()
        self.client, self.stop = client, stop
        self.failures: list[str] = []
        self.seen: dict[str, int] = {}
        self.answered = 0

    def run(self) -> None:
        while not self.stop.is_set():
            response = self.client.get("/v1/search?q=is+this+new&top=50")
            if response.status_code != 200:
                self.failures.append(response.text)
                continue
            answer = response.json()
            hits = len(answer["hits"])
            if self.seen.setdefault(answer["snapshot"], hits) != hits:
                self.failures.append(f"{answer['snapshot']} answered with {hits} hits")
            self.answered += 1
