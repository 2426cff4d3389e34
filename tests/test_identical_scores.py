"""The same query on the same snapshot gives the same scores to the last bit, wherever it is asked.

`python -m tests.test_identical_scores` writes the expected ones anew, where ranking was changed on purpose.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest

from index.build import build
from index.encoders import open_passage_encoder
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.search_query import command
from search.engine import SearchEngine
from tests.conftest import SHOP, collection_of
from tests.serving import serving

EXPECTED = Path(__file__).parent / "fixtures" / "scores.json"
QUERIES = (
    "cancel my order",
    "money back to wallet?",
    "talk to a human",
    "wie lange Lieferung",
    "zebra",
    "what does the refund type mean for the balance of my card",
    "STOP",
    "ﬁne ordering",
)
BARE = tuple(Entry(id=entry.id, question=entry.question) for entry in SHOP)
COLLECTIONS = {"shop": SHOP, "bare": BARE}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ASK = """
import json, sys
from pathlib import Path
from index.snapshot import Snapshot
from search.engine import SearchEngine
engine = SearchEngine(Snapshot.open(Path(sys.argv[1])))
print(json.dumps([
    [[hit.entry.id, repr(hit.score), repr(hit.confidence)] for hit in engine.search(query).hits]
    for query in json.loads(sys.argv[2])
]))
"""

Scores = list[list[list[str]]]


def scores_of(engine: SearchEngine, queries: Sequence[str] = QUERIES) -> Scores:
    return [
        [[hit.entry.id, repr(hit.score), repr(hit.confidence)] for hit in engine.search(query).hits]
        for query in queries
    ]


def published(store: SnapshotStore, name: str) -> Path:
    build(collection_of(COLLECTIONS[name], name), store, ToyEncoder())
    return store.current(name)


def in_a_process(folder: Path, **environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(folder), json.dumps(QUERIES)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(params=list(COLLECTIONS))
def folder(request: pytest.FixtureRequest, store: SnapshotStore) -> Path:
    return published(store, request.param)


def test_many_threads_and_other_queries_before(folder: Path) -> None:
    engine = SearchEngine(Snapshot.open(folder))
    expected = scores_of(engine)
    assert scores_of(engine, QUERIES[::-1])[::-1] == expected
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(lambda _: scores_of(engine), range(24)))


def test_another_folder_and_another_process(folder: Path, tmp_path: Path) -> None:
    expected = scores_of(SearchEngine(Snapshot.open(folder)))
    copy = tmp_path / "elsewhere" / folder.name
    shutil.copytree(folder, copy)
    for number, seed in (("1", "0"), ("2", "1"), ("8", "77")):
        assert in_a_process(copy, PYTHONHASHSEED=seed, **dict.fromkeys(THREADS, number)) == expected


def test_a_later_build_of_the_same_entries(folder: Path, store: SnapshotStore) -> None:
    expected = scores_of(SearchEngine(Snapshot.open(folder)))
    name = Snapshot.open(folder).collection
    build(collection_of(COLLECTIONS[name], name), store, ToyEncoder(), force=True)
    assert store.current(name) != folder
    assert scores_of(SearchEngine(Snapshot.open(store.current(name)))) == expected


def test_the_command_line_and_the_api_say_what_the_engine_says(store: SnapshotStore) -> None:
    from click.testing import CliRunner

    engine = SearchEngine(Snapshot.open(published(store, "shop")))
    expected = [
        [[hit.entry.id, round(hit.score, 6), round(hit.confidence, 6)] for hit in engine.search(query).hits]
        for query in QUERIES
    ]

    def shown(answer: Any) -> list[list[Any]]:
        return [[hit["id"], hit["score"], hit["confidence"]] for hit in answer["hits"]]

    runner, place = CliRunner(), ["--snapshot-dir", str(store.root), "--top", "10", "--json"]
    told = [shown(orjson.loads(runner.invoke(command, [query, *place]).stdout)) for query in QUERIES]
    assert told == expected
    with serving(store.root) as client:
        alone = [shown(client.get("/v1/search", params={"q": query}).json()) for query in QUERIES]
        batch = client.post("/v1/search", json={"queries": list(QUERIES)}).json()["results"]
    assert alone == expected
    assert [shown(answer) for answer in batch] == expected


def test_today_as_on_the_day_that_they_were_written(store: SnapshotStore) -> None:
    """A change of ranking is noticed. Another processor may round the last bits otherwise."""
    expected = json.loads(EXPECTED.read_text("utf-8"))
    for name in COLLECTIONS:
        found = scores_of(SearchEngine(Snapshot.open(published(store, name))))
        assert list(flat(found)) == pytest.approx(list(flat(expected[name])), abs=1e-5)
        assert [[hit[0] for hit in hits] for hits in found] == [
            [hit[0] for hit in hits] for hits in expected[name]
        ]


def flat(scores: Scores) -> Iterator[float]:
    for hits in scores:
        for _, score, confidence in hits:
            yield from (float(score), float(confidence))


@pytest.mark.model
def test_the_real_model_in_many_processes(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    build(collection_of(SHOP), store, open_passage_encoder("all-MiniLM-L6-v2", cache=tmp_path / "exports"))
    folder = store.current("shop")
    engine = SearchEngine(Snapshot.open(folder))
    expected = scores_of(engine)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(lambda _: scores_of(engine), range(8)))
    for number, seed in (("1", "3"), ("4", "4")):
        assert in_a_process(folder, PYTHONHASHSEED=seed, **dict.fromkeys(THREADS, number)) == expected


def write_expected() -> None:
    with TemporaryDirectory() as scratch:
        store = SnapshotStore(Path(scratch))
        found = {name: scores_of(SearchEngine(Snapshot.open(published(store, name)))) for name in COLLECTIONS}
    EXPECTED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write_expected()
