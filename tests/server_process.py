"""A real `faq serve` for tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2
import psutil

DEADLINE = 60.0
COMMAND = [sys.executable, "-m", "scripts.serve_api"]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server. said: what it printed to stderr before it listened. folder: where it runs."""

    process: subprocess.Popen[str]
    url: str
    said: str
    folder: Path

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(f"{self.url}{path}", timeout=DEADLINE)

    def workers(self) -> list[psutil.Process]:
        """The worker processes; Python's resource tracker is a child, too, and none of them."""
        return [child for child in psutil.Process(self.process.pid).children() if _is_worker(child)]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


def environment(root: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FAQ_", "PROMETHEUS_"))}
    return {**kept, "FAQ_SNAPSHOT_DIR": str(root), "FAQ_PORT": "0", "FAQ_THREADS": "1"}


@contextmanager
def server(root: Path, *options: str, **variables: str) -> Iterator[Server]:
    """A server that is ready, on a free port; killed at the end if it still runs."""
    log = root.parent / "access.log"
    with log.open("w") as stdout:
        process = subprocess.Popen(
            [*COMMAND, *options],
            cwd=root.parent,
            env={**environment(root), **variables},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        try:
            said = read_until(process.stderr, "Pages:")
            found = re.search(r"Listening on (\S+)", said)
            assert found, said
            running = Server(process=process, url=found[1], said=said, folder=root.parent)
            eventually(lambda: running.get("/readyz").status_code == 200)
            yield running
        finally:
            for child in (
                psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            ):
                child.kill()
            process.kill()
            process.wait(DEADLINE)
            process.stderr.close()


def read_until(stream: IO[str], word: str) -> str:
    lines = []
    for line in stream:
        lines.append(line)
        if word in line:
            break
    return "".join(lines)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
