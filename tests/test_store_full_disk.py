"""A disk that is really full, at every size of what is left: the old snapshot serves, and it is said why."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# A tmpfs that only the process and its children see, and that ends with them.
MOUNT = 'mount -t tmpfs -o size=1m,nr_inodes=120 tmpfs "$0" && exec "$@"'
REFUSALS = {
    "pages": "No space left on device",
    "inodes": "No space left on device",
    "limit": "File too large",
}


def _private_mount(folder: Path) -> list[str] | None:
    """What, before a command, makes `folder` a small file system to it; None where that is not permitted."""
    if shutil.which("unshare") is None:
        return None
    for options in (["--mount"], ["--mount", "--map-root-user"]):
        command = ["unshare", *options, "sh", "-c", MOUNT, str(folder)]
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return None


def fill(folder: Path, what: str, builder: str, *, before: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.full_disk", str(folder), what, builder],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_refused_until_there_was_room(outcomes: list[dict[str, Any]], what: str) -> None:
    *refused, last = outcomes
    assert last["message"] is None
    assert len(refused) > 2
    for outcome in refused:
        assert REFUSALS[what] in outcome["message"]
        assert "'shop'" in outcome["message"]
        assert "FAQ_SNAPSHOT_DIR" in outcome["message"]


@pytest.mark.parametrize("builder", ["payload", "toy"])
@pytest.mark.parametrize("what", ["pages", "inodes"])
def test_a_small_disk(tmp_path: Path, what: str, builder: str) -> None:
    before = _private_mount(tmp_path)
    if before is None:
        # Never skipped: where no mount is permitted, the limit on files stands in for the small disk.
        before, what = [], "limit"
    assert_refused_until_there_was_room(fill(tmp_path, what, builder, before=before), what)


@pytest.mark.parametrize("builder", ["payload", "toy"])
def test_a_limit_on_the_size_of_files(tmp_path: Path, builder: str) -> None:
    assert_refused_until_there_was_room(fill(tmp_path, "limit", builder, before=[]), "limit")
