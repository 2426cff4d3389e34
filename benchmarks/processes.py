"""Programs that are measured: started with a clean environment, always ended, always waited for."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from index.errors import RunError
from index.extras import require

ROOT: Final = Path(__file__).resolve().parent.parent
_HOST: Final = "127.0.0.1"
_START_LIMIT: Final = 180.0
_STOP_LIMIT: Final = 20.0
_POLL_SECONDS: Final = 0.005
_SHOWN_LINES: Final = 20
# Settings of whoever runs the benchmark that would change what is measured.
_CLEARED: Final = ("FAQ_", "OMP_", "MKL_", "OPENBLAS_", "TOKENIZERS_", "PYTHON", "PROMETHEUS_", "TQDM_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that can be started. command: "{port}" in it becomes the port. search: the path of a search,
    "{q}" in it becomes the percent-encoded query.
    """

    name: str
    command: Sequence[str]
    search: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service that answers. ready_s: from the start of its process to the first 200 of /readyz."""

    port: int
    pid: int
    ready_s: float

    def resident_mib(self) -> float:
        """Resident memory of the process and all its children."""
        psutil = require("psutil", extra="dev")
        process = psutil.Process(self.pid)
        family = [process, *process.children(recursive=True)]
        return float(sum(member.memory_info().rss for member in family)) / 2**20

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of one request on a connection of its own."""
        return _get(self.port, path, limit_s=_START_LIMIT)


def python(*arguments: str) -> list[str]:
    """A command that runs this Python."""
    return [sys.executable, *arguments]


def faq(*arguments: str) -> list[str]:
    """A command that runs the `faq` of this checkout."""
    return python("-c", "from scripts.cli import main; main()", *arguments)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What every measured program sees: this checkout's modules, no model hub, defaults everywhere else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CLEARED)}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        **(extra or {}),
    }


@contextmanager
def running(service: Service, folder: Path) -> Iterator[Running]:
    """Start a service in a folder and wait until it is ready; end it afterwards, whatever happens.

    Raises RunError, with the end of its log, where it ends by itself or is not ready in time.
    """
    port = _free_port()
    log = folder / f"{service.name.replace(' ', '-')}.log"
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [part.replace("{port}", str(port)) for part in service.command],
            cwd=folder,
            env=environment(service.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C reaches this program, which then ends the service
        )
        try:
            _wait_until_ready(service, process, port, deadline=began + _START_LIMIT, log=log)
            yield Running(port=port, pid=process.pid, ready_s=time.perf_counter() - began)
        finally:
            _end(process)


def call(module: str, job: Mapping[str, Any], folder: Path, *, limit_s: float) -> dict[str, Any]:
    """Run a module of benchmarks/ as a program: a job as JSON on its stdin, its result as JSON on its stdout.

    Raises RunError where it fails or takes longer than limit_s.
    """
    command = python("-m", f"benchmarks.{module}")
    output, _ = timed(command, folder, limit_s=limit_s, stdin=json.dumps(job).encode())
    result: dict[str, Any] = json.loads(output)
    return result


def timed(
    command: Sequence[str],
    folder: Path,
    *,
    limit_s: float,
    stdin: bytes = b"",
) -> tuple[str, float]:
    """Run a program to its end: what it wrote to stdout, and its seconds from start to end.

    Its stderr is shown, since progress is told there. Raises RunError as `call`.
    """
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(stdin, timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise RunError(f"{_shown(command)} did not end within {limit_s:.0f} s.") from None
        finally:
            _end(process)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RunError(
            f"{_shown(command)} failed with exit code {process.returncode}; see its message above."
        )
    return output.decode(), seconds


def _wait_until_ready(
    service: Service, process: subprocess.Popen[bytes], port: int, *, deadline: float, log: Path
) -> None:
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RunError(f"The {service.name} ended by itself ({process.returncode}):\n{_tail(log)}")
        try:
            status, _ = _get(port, "/readyz", limit_s=max(0.1, deadline - time.perf_counter()))
        except OSError:  # nothing listens yet
            status = 0
        if status == 200:
            return
        time.sleep(_POLL_SECONDS)
    raise RunError(f"The {service.name} was not ready within {_START_LIMIT:.0f} s:\n{_tail(log)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the session that was started for it, and nothing else
            process.wait()


def _get(port: int, path: str, *, limit_s: float) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(_HOST, port, timeout=limit_s)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:])


def _shown(command: Sequence[str]) -> str:
    return "faq " + " ".join(command[3:]) if command[1] == "-c" else " ".join(command[1:])
