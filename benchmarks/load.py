"""The load generator, a program of its own: so many connections, each asking as soon as it is answered.

A job comes as JSON on stdin, what was measured goes as JSON to stdout. Plain sockets, httptools and uvloop:
it must never be what is measured; `faq benchmark` states its ceiling.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import cycle, takewhile
from typing import Any, Final

import httptools
import uvloop

_HOST: Final = "127.0.0.1"
_SHOWN: Final = 5


class _Run:
    """What the connections share. paths: what is left to ask for."""

    def __init__(self, paths: Iterator[str]) -> None:
        self.paths = paths
        self.latencies: list[float] = []
        self.bytes = 0
        self.failures: list[str] = []


class _Connection(asyncio.Protocol):
    """Asks, waits for the whole answer, asks again, until nothing is left to ask for."""

    def __init__(self, run: _Run, done: asyncio.Future[None]) -> None:
        self._run, self._done = run, done
        self._transport: Any = None
        self._parser: Any = None
        self._path = ""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._run.failures.append(f"{self._path}: {error}")
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._path:
            self._run.failures.append(f"{self._path}: the connection was lost ({exc})")
        if not self._done.done():
            self._done.set_result(None)

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._run.bytes += len(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._run.latencies.append(time.perf_counter() - self._began)
        status = self._parser.get_status_code()
        if status != 200:
            self._run.failures.append(f"{self._path}: status {status}")
        self._ask()

    def _ask(self) -> None:
        self._path = next(self._run.paths, "")
        if not self._path:
            self._transport.close()
            return
        self._parser = httptools.HttpResponseParser(self)
        self._began = time.perf_counter()
        self._transport.write(f"GET {self._path} HTTP/1.1\r\nHost: {_HOST}\r\n\r\n".encode("ascii"))


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """job: port; paths, percent-encoded; concurrency; limit_s, after which it gives up (TimeoutError);
    seconds, where the paths are asked for over and over for so long, and not each once.

    Returns seconds, latencies_ms of all requests, bytes of the bodies, cpu_s of this process, failures (their
    count) and examples of them.
    """
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in range(job["concurrency"])]
    began, cpu = time.perf_counter(), time.process_time()
    paths = iter(job["paths"])
    if job.get("seconds") is not None:
        paths = takewhile(lambda _: time.perf_counter() < began + job["seconds"], cycle(job["paths"]))
    state = _Run(paths)
    async with asyncio.timeout(job["limit_s"]):
        for end in ends:
            await loop.create_connection(partial(_Connection, state, end), _HOST, job["port"])
        await asyncio.gather(*ends)
    return {
        "seconds": time.perf_counter() - began,
        "latencies_ms": [latency * 1000 for latency in state.latencies],
        "bytes": state.bytes,
        "cpu_s": time.process_time() - cpu,
        "failures": len(state.failures),
        "examples": state.failures[:_SHOWN],
    }


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(runner.run(run(json.load(sys.stdin))), sys.stdout)
