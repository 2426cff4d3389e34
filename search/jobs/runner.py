"""The side of a job that waits: starts `python -m search.<kind>`, bounds it, and keeps what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import uuid4

import orjson

from search.problems import ProblemError
from search.settings import Settings

log = logging.getLogger("faq.jobs")

Kind = Literal["gaps", "preview", "lint"]
State = Literal["running", "done", "failed"]
LIMITS: Final[Mapping[str, float]] = {"gaps": 900.0, "preview": 300.0, "lint": 300.0}
"""Seconds that a job of a kind may take."""
MOST_OUTPUT: Final = 32 * 1024 * 1024
"""Bytes of a result."""
_MOST_ERRORS: Final = 64 * 1024
_KEPT: Final = 8
_WITHHELD: Final = ("FAQ_ADMIN_KEY", "PROMETHEUS_MULTIPROC_DIR")
Command = Callable[[str], Sequence[str]]


@dataclass(slots=True, kw_only=True)
class Job:
    """request: what was asked for. result: of a job that is done. problem: why it failed. seconds: it took;
    None while it runs.
    """

    id: str
    kind: Kind
    collection: str
    started: datetime
    request: Mapping[str, Any] = field(default_factory=dict)
    state: State = "running"
    result: dict[str, Any] | None = None
    problem: ProblemError | None = None
    seconds: float | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


def _python(kind: str) -> Sequence[str]:
    return [sys.executable, "-m", f"search.{kind}"]


class Jobs:
    """One job of a kind and collection at a time. Used from one event loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        command: Command = _python,
        limits: Mapping[str, float] = LIMITS,
        most_output: int = MOST_OUTPUT,
    ) -> None:
        self._settings, self._command, self._limits = settings, command, limits
        self._most_output = most_output
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(
        self,
        kind: Kind,
        request: Mapping[str, Any],
        *,
        then: Callable[[dict[str, Any]], Awaitable[None]] | None = None,
    ) -> Job:
        """Begin a job. request: with its "collection". then: what is done with the result before it is told.

        Raises ProblemError `job_running` where one of this kind runs for the collection already.
        """
        collection = str(request["collection"])
        running = self.running(kind, collection)
        if running is not None:
            raise ProblemError(
                "job_running",
                f"Another job {kind!r} of {collection!r} runs since {running.started:%H:%M:%S} UTC. Wait for "
                "it.",
                extra={"job": running.id},
            )
        job = Job(
            id=uuid4().hex, kind=kind, collection=collection, started=datetime.now(UTC), request=request
        )
        self._jobs[job.id] = job
        self._forget()
        task = asyncio.get_running_loop().create_task(self._run(job, orjson.dumps(request), then))
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))
        return job

    def running(self, kind: Kind, collection: str) -> Job | None:
        """The job of a kind that runs for a collection."""
        jobs = (job for job in self._jobs.values() if job.state == "running")
        return next((job for job in jobs if (job.kind, job.collection) == (kind, collection)), None)

    def latest(self, kind: Kind, collection: str) -> Job | None:
        """The one begun last, whatever became of it."""
        jobs = [job for job in self._jobs.values() if (job.kind, job.collection) == (kind, collection)]
        return jobs[-1] if jobs else None

    def job(self, id_: str) -> Job:
        """Raises ProblemError `unknown_job`."""
        try:
            return self._jobs[id_]
        except KeyError:
            raise ProblemError(
                "unknown_job", f"There is no job {id_[:40]!a} in this process, or it is long past."
            ) from None

    async def end(self, job: Job) -> None:
        """End a job, by force; one that has ended stays as it is."""
        await self._end([self._tasks[job.id]] if job.id in self._tasks else [])

    async def close(self) -> None:
        """End every job, by force."""
        await self._end(list(self._tasks.values()))

    async def _end(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _forget(self) -> None:
        past = [job.id for job in self._jobs.values() if job.state != "running"]
        for id_ in past[: max(0, len(past) - _KEPT)]:
            del self._jobs[id_]

    async def _run(
        self, job: Job, request: bytes, then: Callable[[dict[str, Any]], Awaitable[None]] | None
    ) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._limits[job.kind]):
                result = await self._result(job, request)
            if then is not None:
                await then(result)
            job.result, job.state = result, "done"
        except TimeoutError:
            job.problem = _failed(f"It took longer than {self._limits[job.kind]:.0f} s and was ended.")
        except ProblemError as problem:
            job.problem = problem
        except asyncio.CancelledError:
            job.problem = _failed("It was ended: the server is stopping, or nobody waits for it any more.")
            raise
        except Exception:
            log.exception("job %s of %s failed", job.kind, job.collection)
            job.problem = _failed("Something went wrong; the server's log says what.")
        finally:
            if job.state == "running":
                job.state = "failed"
            job.seconds = round(time.perf_counter() - began, 2)
            job.ended.set()

    async def _result(self, job: Job, request: bytes) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *self._command(job.kind),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,  # so that its own children end with it
        )
        to, said_by, told_by = process.stdin, process.stdout, process.stderr
        try:
            if to is None or said_by is None or told_by is None:
                raise _failed("It has no pipes.")
            said, _, errors = await asyncio.gather(
                _read(said_by, self._most_output, else_=lambda: _kill(process)),
                _write(to, request),
                _read_end(told_by, _MOST_ERRORS),
            )
            code = await process.wait()
        finally:
            _kill(process)
            await asyncio.shield(_gone(process))
        if len(said) > self._most_output:
            raise _failed(f"Its result has more than {self._most_output} bytes.")
        return _understood(job, said, code, errors)

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in _WITHHELD}
        ours = self._settings.to_environment()
        return inherited | {name: value for name, value in ours.items() if name not in _WITHHELD}


def _understood(job: Job, said: bytes, code: int, errors: bytes) -> dict[str, Any]:
    """The result that was written. Raises ProblemError."""
    try:
        result = orjson.loads(said)
    except orjson.JSONDecodeError:
        result = None
    if isinstance(result, dict) and code == 0:
        return result
    if isinstance(result, dict) and code == 1 and isinstance(result.get("error"), str):
        raise ProblemError("job_refused", result["error"])
    shown = errors.decode("utf-8", "replace")
    log.error("job %s of %s ended with code %d: %a", job.kind, job.collection, code, shown[-4000:])
    raise _failed(f"It ended with code {code}; the server's log has what it said.")


def _failed(reason: str) -> ProblemError:
    return ProblemError("job_failed", f"The job failed. {reason}")


def _kill(process: asyncio.subprocess.Process) -> None:
    """End it, and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _gone(process: asyncio.subprocess.Process) -> None:
    """Until a killed process has gone. asyncio waits for its pipes as well, and does not look at one whose
    content nobody takes: so it is taken.
    """
    for stream in (process.stdout, process.stderr):
        while stream is not None and await stream.read(65536):
            pass
    await process.wait()


async def _write(stream: asyncio.StreamWriter, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(content)
        await stream.drain()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.close()
        await stream.wait_closed()


async def _read(stream: asyncio.StreamReader, most: int, *, else_: Callable[[], None]) -> bytes:
    """Everything. Where there is more than that, `else_` is called and more than that returned."""
    held = bytearray()
    while part := await stream.read(65536):
        if len(held) <= most:
            held += part
        if len(held) > most:
            else_()
    return bytes(held)


async def _read_end(stream: asyncio.StreamReader, most: int) -> bytes:
    """The last bytes."""
    held = bytearray()
    while part := await stream.read(65536):
        held += part
        del held[:-most]
    return bytes(held)
