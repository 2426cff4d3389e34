"""The programs that the benchmark starts, and how it ends them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from starlette.testclient import TestClient

from benchmarks import load, plain_service, ranking, report
from benchmarks.figures import Figure, Section
from benchmarks.processes import Service, call, python, running, timed
from benchmarks.service import CONCURRENCIES, Plan, compare
from benchmarks.swap import compare as compare_swaps
from benchmarks.wide_texts import wide_queries
from benchmarks.workplace import Workplace, our_service, trivial_service
from index.encoders.toy import ToyEncoder
from index.errors import RunError
from index.store import SnapshotStore
from scripts import benchmark_service
from tests.conftest import SHOP
from tests.serving import publish


class ToyModel:
    """The toy encoder in the shape of a SentenceTransformer."""

    def encode(self, sentences: Any, *, normalize_embeddings: bool) -> NDArray[np.float32]:
        assert normalize_embeddings
        encoder = ToyEncoder()
        return (
            encoder.encode_query(sentences)
            if isinstance(sentences, str)
            else encoder.encode_passages(sentences)
        )


def test_the_plain_service_finds_each_entry_by_any_of_its_wordings(tmp_path: Path) -> None:
    plain_service.build([entry.to_dict() for entry in SHOP], ToyModel(), tmp_path)
    client = TestClient(plain_service.create_app(ToyModel(), tmp_path))
    assert client.get("/readyz").status_code == 200
    for entry in SHOP:
        for wording in (entry.question, *entry.variants):
            hits = client.get("/search", params={"q": wording}).json()["hits"]
            assert hits[0]["question"] == entry.question
            assert hits[0]["answer"] == entry.answer
            assert hits[0]["score"] == pytest.approx(1.0)
            assert len({hit["question"] for hit in hits}) == len(hits) == len(SHOP)
            scores = [hit["score"] for hit in hits]
            assert scores == sorted(scores, reverse=True)


@pytest.mark.server
def test_both_services_are_measured_under_the_same_load(tmp_path: Path) -> None:
    publish(tmp_path / "snapshots")
    plan = Plan(rounds=1, requests=40, warm_up=5)
    queries = [f"how do I return order {number}?" for number in range(plan.queries)]
    told: list[str] = []
    ours = our_service(tmp_path / "snapshots", "shop")
    figures, client = compare(ours, trivial_service(), queries, plan, tmp_path, told.append)
    assert len(figures) == len(CONCURRENCIES) * 4 + 1
    assert sum(figure.target is not None for figure in figures) == 5
    assert client > 0
    assert any("requests/s at 32" in line for line in told)


@pytest.mark.server
def test_a_request_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    publish(tmp_path / "snapshots")
    plan = Plan(rounds=1, requests=2, warm_up=2)
    queries = ["fine", "\x00", "fine too", "good", "better", "best"]
    ours = our_service(tmp_path / "snapshots", "shop")
    with pytest.raises(RunError, match=r"1 requests to the faq serve failed.*\n.*%00: status 4"):
        compare(ours, trivial_service(), queries, plan, tmp_path, lambda _line: None)


@pytest.mark.server
def test_every_swap_is_seen_to_arrive_under_load(tmp_path: Path) -> None:
    root = tmp_path / "snapshots"
    versions = [publish(root), publish(root)]
    told: list[str] = []
    swaps = compare_swaps(
        our_service(root, "shop"),
        SnapshotStore(root),
        versions,
        ["how do I return an order?"],
        2,
        tmp_path,
        told.append,
        stretch_s=1.0,
    )
    assert len(swaps.seconds) == len(swaps.swapping) == len(swaps.steady) == len(told) == 2
    assert min(swaps.seconds) > 0
    assert [figure.name.split()[0] for figure in swaps.latencies()] == ["p50", "p95", "p99", "slowest"]
    assert SnapshotStore(root).current_version("shop") == versions[1]


@pytest.mark.server
def test_a_service_is_ended_whatever_happens(tmp_path: Path) -> None:
    seen: list[psutil.Process] = []

    def interrupted() -> None:
        with running(trivial_service(), tmp_path) as server:
            assert server.ready_s > 0
            assert server.resident_mib() > 1
            seen.append(psutil.Process(server.pid))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not seen[0].is_running()


def test_a_service_that_cannot_start_is_reported_with_its_log(tmp_path: Path) -> None:
    command = python("-c", "raise SystemExit('no model here')")
    broken = Service(name="broken", command=command, search="/", environment={})
    with pytest.raises(RunError, match=r"ended by itself.*\nno model here"), running(broken, tmp_path):
        pass


def test_a_program_that_fails_or_hangs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="exit code 3"):
        timed(python("-c", "raise SystemExit(3)"), tmp_path, limit_s=60)
    with pytest.raises(RunError, match="within 0 s"):
        timed(python("-c", "import time; time.sleep(60)"), tmp_path, limit_s=0.3)


def test_measured_programs_do_not_see_the_settings_of_who_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQ_WORKERS", "7")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    source = "import os; print(sorted({'FAQ_WORKERS', 'OMP_NUM_THREADS'} & os.environ.keys()))"
    output, seconds = timed(python("-c", source), tmp_path, limit_s=60)
    assert output == "[]\n"
    assert seconds > 0


def test_the_load_generator_reports_what_failed() -> None:
    async def serve_and_load() -> dict[str, Any]:
        answers = iter((b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 500 Oh\r\n", b"HTTP/1.1 200 OK\r\n"))

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.readline() and (await reader.readuntil(b"\r\n\r\n")):
                # In two pieces, as networks do.
                writer.write(next(answers) + b"content-length: 4\r\n\r\nte")
                await writer.drain()
                writer.write(b"xt")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        job = {"port": port, "paths": ["/a", "/b", "/c"], "concurrency": 1, "limit_s": 20}
        async with server:
            return await load.run(job)

    result = asyncio.run(serve_and_load())
    assert len(result["latencies_ms"]) == 3
    assert result["bytes"] == 12
    assert result["failures"] == 1
    assert result["examples"] == ["/b: status 500"]


def test_results_of_one_revision_are_kept_together(tmp_path: Path) -> None:
    def section(value: float) -> Section:
        return Section(
            title="t",
            against="b",
            figures=(Figure(name="f", unit="s", ours=(value,), baseline=(1.0,)),),
        )

    around = report.circumstances()
    report.write({"encode": section(0.5), "embed": section(0.6)}, around, tmp_path)
    paths = report.write({"embed": section(0.75)}, around, tmp_path)
    assert [path.name for path in paths] == [f"{around.revision}.json", f"{around.revision}.md"]
    page = paths[1].read_text(encoding="utf-8")
    assert "0.500 s" in page
    assert "0.750 s" in page
    assert "0.600 s" not in page
    assert str(tmp_path) not in page


def test_ranking_is_measured_beside_a_plain_search(tmp_path: Path) -> None:
    place = Workplace(tmp_path, quick=True, tell=lambda _line: None)
    entries = 30
    passages = ranking.publish(place, SnapshotStore(tmp_path), "wide", entries)
    assert passages >= entries * 7 * 0.9
    queries = wide_queries(place.collections, 10, entries=entries)
    job = {"snapshots": str(tmp_path), "collection": "wide", "queries": queries, "rounds": 2}
    taken = ranking.run(job)
    assert {what: len(rounds) for what, rounds in taken.items()} == {"ours": 2, "plain": 2, "added": 2}
    for ours, plain, added in zip(*taken.values(), strict=True):
        assert 0 < plain[50] < ours[50]
        assert 0 < added[95] < ours[99]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "speed"], "choose from service, log, ready"),
        (["--only", ","], "choose from service, log, ready"),
        (["--quick", "--write"], "not worth keeping"),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(benchmark_service.command, arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_missing_extra_names_its_install_line() -> None:
    hidden = (
        "import sys; sys.modules['sentence_transformers'] = None\n"
        "from scripts.cli import main; sys.argv = ['faq', 'benchmark']; main()"
    )
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "pip install 'faq-search[build]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_programs_are_called_with_json(tmp_path: Path) -> None:
    job = {"port": 1, "paths": [], "concurrency": 0, "limit_s": 5}
    assert call("load", job, tmp_path, limit_s=60)["failures"] == 0
