"""Jobs: bounded in time and words, and ended with whoever waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from search.jobs.runner import Job, Jobs
from search.problems import ProblemError
from tests.serving import settings_for

KEY = "a-key-of-the-admins"


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def soon(what: Callable[[], bool]) -> bool:
    """Whether it becomes true within half a minute."""
    until = time.monotonic() + 30
    while not what() and time.monotonic() < until:
        time.sleep(0.05)
    return what()


def jobs(program: str, tmp_path: Path, **values: Any) -> Jobs:
    def command(_kind: str) -> Sequence[str]:
        return [sys.executable, "-c", f"import json, os, sys, time\n{program}"]

    return Jobs(settings_for(tmp_path), command=command, **values)


def outcome(program: str, tmp_path: Path, **values: Any) -> Job:
    async def run() -> Job:
        held = jobs(program, tmp_path, **values)
        job = held.start("lint", {"collection": "shop"})
        async with asyncio.timeout(60):
            await job.ended.wait()
        await held.close()
        return job

    return asyncio.run(run())


def test_the_request_goes_in_and_the_result_comes_out(tmp_path: Path) -> None:
    job = outcome("print(json.dumps({'got': json.load(sys.stdin)}))", tmp_path)
    assert (job.state, job.result) == ("done", {"got": {"collection": "shop"}})
    assert job.problem is None


def test_the_key_is_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_ADMIN_KEY", KEY)
    job = outcome("print(json.dumps(dict(os.environ)))", tmp_path)
    assert job.result is not None
    assert KEY not in str(job.result)
    assert job.result["FAQ_SNAPSHOT_DIR"] == str(tmp_path)


def refused(job: Job, code: str) -> str:
    assert job.state == "failed"
    assert job.problem is not None
    assert job.problem.code == code
    return str(job.problem)


def test_what_a_person_can_act_on_is_told(tmp_path: Path) -> None:
    program = "print(json.dumps({'error': 'No such collection.'})); sys.exit(1)"
    assert refused(outcome(program, tmp_path), "job_refused") == "No such collection."


@pytest.mark.parametrize(
    "program", ["raise SystemExit(3)", "print('no json')", "print('[]')", "os.kill(os.getpid(), 9)"]
)
def test_a_fault_is_no_result(tmp_path: Path, program: str) -> None:
    assert "ended with code" in refused(outcome(program, tmp_path), "job_failed")


def test_a_fault_leaves_its_trace_in_the_log_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = refused(outcome("raise ValueError('what broke')", tmp_path), "job_failed")
    assert "what broke" not in told
    assert "what broke" in caplog.text


def test_too_long_a_result_is_cut_off(tmp_path: Path) -> None:
    program = "while True: print('x' * 65536)"
    assert "more than 100000 bytes" in refused(outcome(program, tmp_path, most_output=100_000), "job_failed")


def test_a_job_that_never_stops_talking_is_ended_in_time(tmp_path: Path) -> None:
    program = "while True: print('x' * 65536)"
    for _ in range(5):  # where it is cut off is chance
        told = refused(outcome(program, tmp_path, limits={"lint": 0.5}, most_output=10**12), "job_failed")
        assert "longer than" in told


def test_much_on_stderr_is_no_harm(tmp_path: Path) -> None:
    job = outcome("sys.stderr.write('x' * 3_000_000); print('{}')", tmp_path)
    assert job.state == "done"


def test_a_hanging_job_is_ended_with_its_children(tmp_path: Path) -> None:
    program = (
        "import subprocess; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']); "
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child.pid)); time.sleep(600)"
    )
    told = refused(outcome(program, tmp_path, limits={"lint": 3.0}), "job_failed")
    assert "longer than 3 s" in told
    child = int((tmp_path / "child").read_text())
    assert soon(lambda: has_ended(child))  # it was told to; the kernel takes its time


def test_one_at_a_time_and_ended_with_the_server(tmp_path: Path) -> None:
    async def run() -> None:
        held = jobs("time.sleep(600)", tmp_path)
        first = held.start("lint", {"collection": "shop"})
        with pytest.raises(ProblemError) as problem:
            held.start("lint", {"collection": "shop"})
        assert problem.value.code == "job_running"
        assert problem.value.extra == {"job": first.id}
        other = held.start("lint", {"collection": "other"})
        await asyncio.sleep(0)
        await held.close()
        assert (first.state, other.state) == ("failed", "failed")
        with pytest.raises(ProblemError):
            held.job("unknown")

    asyncio.run(run())


def test_past_jobs_are_forgotten(tmp_path: Path) -> None:
    async def run() -> None:
        held = jobs("print('{}')", tmp_path)
        first = held.start("lint", {"collection": "c0"})
        await first.ended.wait()
        for number in range(1, 11):
            await held.start("lint", {"collection": f"c{number}"}).ended.wait()
        with pytest.raises(ProblemError) as problem:
            held.job(first.id)
        assert problem.value.code == "unknown_job"

    asyncio.run(run())


WORKS_ON = """
import os, subprocess, sys, time
from pathlib import Path
from search.jobs.child import main

def work(_settings, request):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    told = Path(request["told"])
    told.with_suffix(".part").write_text(f"{os.getpid()} {child.pid}")
    told.with_suffix(".part").rename(told)
    time.sleep(600)

main(work)
"""
SERVER = """
import asyncio, sys
from pathlib import Path
from search.jobs.runner import Jobs
from tests.serving import settings_for

async def run(works_on, folder, told):
    jobs = Jobs(settings_for(Path(folder)), command=lambda kind: [sys.executable, "-c", works_on])
    await jobs.start("lint", {"collection": "shop", "told": told}).ended.wait()

asyncio.run(run(*sys.argv[1:]))
"""


def test_a_job_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "told"
    server = subprocess.Popen([sys.executable, "-c", SERVER, WORKS_ON, str(tmp_path), str(told)])
    try:
        assert soon(told.exists)
    finally:
        server.kill()
        server.wait()
    held = [int(pid) for pid in told.read_text().split()]
    try:
        assert soon(lambda: all(has_ended(pid) for pid in held))
    finally:
        for pid in held:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
