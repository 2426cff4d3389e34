"""`faq serve` as a real process: it starts, answers, survives and ends well."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from scripts import serve_api
from scripts.cli import run as run_program
from tests.server_process import COMMAND, DEADLINE, environment, eventually, read_until, server
from tests.serving import publish

pytestmark = pytest.mark.server

FORBIDDEN = ("torch", "transformers", "sentence_transformers", "onnx", "bs4", "openpyxl", "yaml")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "snapshots"
    publish(root)
    return root


def test_it_says_where_it_is_and_its_example_works(root: Path) -> None:
    with server(root) as running:
        assert "Collections: shop" in running.said
        example = re.search(r"curl '([^']+)'", running.said)
        assert example
        answer = httpx2.get(example[1], timeout=DEADLINE)
        assert answer.status_code == 200
        assert answer.json()["collection"] == "shop"
        assert "server" not in answer.headers
        assert running.stop() == 0
    [*_, line] = (root.parent / "access.log").read_text().splitlines()
    assert json.loads(line)["route"] == "/v1/search"


def connect(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=DEADLINE)


def half_sent(url: str) -> tuple[socket.socket, bytes]:
    """A request whose server waits for its body."""
    body = b'{"q": "return an order"}'
    connection = connect(url)
    connection.sendall(
        b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    assert connection.recv(100).startswith(b"HTTP/1.1 100")  # the route has begun to read
    return connection, body


def refuses(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) != 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stopping_server_answers_what_it_began(root: Path, workers: str) -> None:
    with server(root, "--workers", workers) as running:
        connection, rest = half_sent(running.url)
        with connection:
            running.process.send_signal(signal.SIGTERM)
            eventually(lambda: refuses(running.url))
            connection.sendall(rest)
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"hits"' in answer
        assert running.process.wait(DEADLINE) == 0


def test_what_is_not_done_when_stopping_has_to_end_is_told_so(root: Path) -> None:
    with server(root, FAQ_SHUTDOWN_SECONDS="1") as running:
        connection, _ = half_sent(running.url)
        with connection:
            running.process.send_signal(signal.SIGTERM)
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 503")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "not_ready"
        assert running.process.wait(DEADLINE) == 0
        assert running.process.stderr is not None
        assert "Traceback" not in running.process.stderr.read()


def test_workers_end_when_their_supervisor_is_killed(root: Path) -> None:
    with server(root, "--workers", "2") as running:
        eventually(lambda: len(running.workers()) == 2)
        workers = running.workers()
        running.process.kill()
        running.process.wait(DEADLINE)
        psutil.wait_procs(workers, timeout=DEADLINE)
        assert refuses(running.url)


def test_a_connection_is_kept_after_head(root: Path) -> None:
    with server(root) as running:
        with httpx2.Client(base_url=running.url, timeout=DEADLINE) as client:
            for path in ("/healthz", "/v1/search?q=refund", "/docs", "/nope"):
                head, whole = client.head(path), client.get(path)
                assert (head.status_code, head.content) == (whole.status_code, b"")
                assert head.headers["content-type"] == whole.headers["content-type"]
        assert running.stop() == 0
        assert running.process.stderr is not None
        assert "Traceback" not in running.process.stderr.read()


def test_neither_headers_nor_a_body_can_be_of_any_size(root: Path) -> None:
    line = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    with server(root) as running:
        for endless in (b"X: " + b"a" * 2**20, b"X: a\r\n" * 2**18):
            with connect(running.url) as connection:
                with suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(line + endless)
                with suppress(ConnectionResetError):  # where it was closed with bytes unread
                    answer = connection.recv(1000)
                    assert answer.startswith(b"HTTP/1.1 431")
        with connect(running.url) as connection:
            connection.sendall(line + b"X: " + b"a" * 30_000 + b"\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        with connect(running.url) as connection:
            connection.sendall(
                b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 99999999999\r\n\r\n{}"
            )
            assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_signal_while_it_starts_ends_it_well(root: Path) -> None:
    process = subprocess.Popen(
        COMMAND,
        cwd=root.parent,
        env=environment(root),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr:
        read_until(process.stderr, "Pages:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(("told", "code"), [(True, 0), (False, 70)])
def test_a_library_that_fails_on_the_way_out_is_no_fault(
    root: Path, monkeypatch: pytest.MonkeyPatch, *, told: bool, code: int
) -> None:
    """Loading a model, some libraries turn the end of the program into an error of their own."""

    def fail(*_arguments: object) -> None:
        with suppress(SystemExit):
            if told:
                signal.raise_signal(signal.SIGTERM)
        raise RuntimeError("the model can't be loaded")

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr("scripts.serve_api._serve", fail)
    monkeypatch.setattr("scripts.serve_api._told_to_end", threading.Event())
    monkeypatch.setattr("sys.argv", ["faq", "--port", "0"])
    for name, value in environment(root).items():
        monkeypatch.setenv(name, value)
    try:
        with pytest.raises(SystemExit) as ended:
            run_program(serve_api.command)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert ended.value.code == code


def test_workers_share_metrics_and_a_crashed_one_is_replaced(root: Path) -> None:
    def searches() -> int:
        [value] = re.findall(
            r'^faq_requests_total\{[^}]*"/v1/search"[^}]*\} (\S+)', running.get("/metrics").text, re.M
        )
        return int(float(value))

    with server(root, "--workers", "2") as running:
        eventually(lambda: len(running.workers()) == 2)
        for _ in range(20):
            assert running.get("/v1/search?q=refund").status_code == 200
        assert searches() == 20
        first, second = running.workers()
        folder = Path(second.environ()["PROMETHEUS_MULTIPROC_DIR"])
        assert folder.is_dir()
        first.kill()
        eventually(
            lambda: (
                {first.pid, second.pid} != {w.pid for w in running.workers()} and len(running.workers()) == 2
            )
        )
        assert running.get("/v1/search?q=refund").status_code == 200
        assert searches() == 21
        workers = running.workers()
        assert running.stop() == 0
        assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
        assert not folder.exists()


def run(root: Path, *options: str, **variables: str) -> tuple[int, str]:
    """A server that is expected to end by itself: its exit code, and what it said."""
    ended = subprocess.run(
        [*COMMAND, *options],
        cwd=root.parent,
        env={**environment(root), **variables},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    return ended.returncode, ended.stderr


def test_a_port_in_use_is_named(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = run(root, "--port", port)
    assert code == 1
    assert (
        said
        == f"Error: 127.0.0.1, port {port} is in use by another program. Choose another port with --port.\n"
    )


def test_a_wrong_setting_is_one_line(root: Path) -> None:
    code, said = run(root, FAQ_WORKERS="many")
    assert (code, said) == (2, "Error: FAQ_WORKERS is 'many'. Allowed: a whole number from 1 to 64.\n")
    code, said = run(root, "--host", "no-such-host.invalid")
    assert code == 1
    assert said.startswith("Error: Can't listen on no-such-host.invalid")


WIRE = (
    b"\x00\xff\xfe garbage\r\n\r\n",
    b"GET /v1/entries/\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/search?q=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/search?q=a HTTP/1.1\r\nHost: \xff\r\nUser-Agent: \x80\r\nX-Request-ID: \xff\r\n\r\n",
    b"GET /docs HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"POST /v1/search HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/search HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
    b"POST /v1/search HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET http://elsewhere.example/v1/search?q=a HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
)


def test_no_bytes_on_the_wire_stop_it(root: Path) -> None:
    with server(root) as running:
        for sent in WIRE:
            with connect(running.url) as connection:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.makefile("rb").read()
            assert b" 500 " not in answer.partition(b"\r\n")[0], sent
        assert running.get("/v1/search?q=refund").status_code == 200
        assert running.stop() == 0
        assert running.process.stderr is not None
        assert "Traceback" not in running.process.stderr.read()


PROBE = """
import json, sys
from starlette.testclient import TestClient
import index.encoders.onnx  # what opens a snapshot of a real model
from search.app import create_app
from search.settings import load_settings
with TestClient(create_app(load_settings())) as client:
    answers = [client.get(path) for path in ("/v1/search?q=refund", "/?q=refund", "/docs", "/metrics")]
print(json.dumps({"status": [answer.status_code for answer in answers], "modules": sorted(sys.modules)}))
"""


def test_a_serving_process_imports_nothing_that_building_needs(root: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        cwd=root.parent,
        env=environment(root),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    assert found["status"] == [200] * 4
    assert {"search.engine", "onnxruntime", "tokenizers"} <= set(found["modules"])
    imported = {name for name in found["modules"] if name.partition(".")[0] in FORBIDDEN}
    assert imported == set()
