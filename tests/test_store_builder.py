"""Real builds of the toy encoder in the store: killed from outside, and damaged afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.build import build
from index.collection import load_collection
from index.encoders.toy import ToyEncoder
from index.errors import BuildBusy, SnapshotDamaged, SnapshotError
from index.manifest import MANIFEST_FILE, Manifest
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.manage_snapshots import command
from tests.payload import contents, leftovers

SHOP = "shop"
OLD = "# Shop\n\n## How do I pay?\n\nBy card.\n\n## Where is my parcel?\n\nAsk the carrier.\n"
NEW = OLD + "\n## May I send it back?\n\nWithin 30 days.\n"

# The real `faq rebuild`, stopped where it is about to do what is named: an audit hook says so, and then waits
# for its standard input to end.
STOPPED_REBUILD = """
import os, sys

_, awaited, named = sys.argv

def hook(event, args):
    if event == awaited and any(named in str(arg) for arg in args):
        os.write(1, b"reached\\n")
        os.read(0, 1)

from scripts.cli import main
sys.addaudithook(hook)
sys.argv = ["faq", "rebuild", "shop", "--model", "toy"]
main()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "faq_data" / SHOP).mkdir(parents=True)
    (tmp_path / "faq_data" / SHOP / "help.md").write_text(OLD)
    return tmp_path / "faq_data"


@pytest.fixture
def store(tmp_path: Path, data_dir: Path) -> SnapshotStore:
    """A store that serves OLD."""
    store = SnapshotStore(tmp_path / "snapshots")
    build(load_collection(data_dir, SHOP), store, ToyEncoder())
    return store


def questions(store: SnapshotStore) -> int:
    return len(Snapshot.open(store.current(SHOP)).entries)


@pytest.mark.parametrize(
    ("event", "argument"),
    [
        ("os.mkdir", ".stage-"),
        ("open", f"/{MANIFEST_FILE}"),
        ("os.chmod", ".stage-"),
        ("os.rename", ".stage-"),
        ("os.rename", "CURRENT.tmp"),
    ],
)
def test_a_builder_killed_from_outside(
    store: SnapshotStore, data_dir: Path, event: str, argument: str
) -> None:
    old = store.current(SHOP)
    before = contents(old)
    (data_dir / SHOP / "help.md").write_text(NEW)
    environment = {**os.environ, "FAQ_DATA_DIR": str(data_dir), "FAQ_SNAPSHOT_DIR": str(store.root)}
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED_REBUILD, event, argument],
        env=environment,
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as builder:
        assert builder.stdout
        said = iter(builder.stdout.readline, b"")
        assert any(line == b"reached\n" for line in said), "the builder ended before it could be killed"
        with pytest.raises(BuildBusy, match=f"process {builder.pid} "):
            build(load_collection(data_dir, SHOP), store, ToyEncoder())
        builder.kill()
        assert builder.wait() == -signal.SIGKILL
    assert store.current(SHOP) == old
    assert contents(old) == before
    assert questions(store) == 2
    report = build(load_collection(data_dir, SHOP), store, ToyEncoder())
    assert report.version == store.current_version(SHOP)
    assert questions(store) == 3
    assert leftovers(store, SHOP) == []


def flip_first(file: Path) -> None:
    rewrite(file, lambda content: bytes([content[0] ^ 1]) + content[1:])


def flip_middle(file: Path) -> None:
    def flipped(content: bytes) -> bytes:
        half = len(content) // 2
        return content[:half] + bytes([content[half] ^ 0x80]) + content[half + 1 :]

    rewrite(file, flipped)


def truncate(file: Path) -> None:
    rewrite(file, lambda content: content[:-1])


def empty(file: Path) -> None:
    rewrite(file, lambda _: b"")


def lengthen(file: Path) -> None:
    rewrite(file, lambda content: content + b"\n ")


def delete(file: Path) -> None:
    file.unlink()


def make_it_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def rewrite(file: Path, change: Callable[[bytes], bytes]) -> None:
    content = file.read_bytes()
    file.unlink()  # it is read-only
    file.write_bytes(change(content))


DAMAGES = [flip_first, flip_middle, truncate, empty, lengthen, delete, make_it_a_folder]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_to_any_file_is_named(
    store: SnapshotStore, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    version = store.current(SHOP)
    intact = tmp_path / "intact"
    shutil.copytree(version, intact)
    names = sorted(contents(version))
    assert MANIFEST_FILE in names
    assert set(names) == {MANIFEST_FILE, *Manifest.read(version).files}
    for name in names:
        if damage is lengthen and name == MANIFEST_FILE:
            continue  # space behind its JSON changes nothing that it says
        assert (version / name).stat().st_size, "every file can be damaged"
        damage(version / name)
        with pytest.raises(SnapshotDamaged) as caught:
            Snapshot.open(version)
        assert caught.value.file == str(version / name)
        assert caught.value.expected != caught.value.found
        assert "faq snapshots rollback" in str(caught.value)
        done = CliRunner().invoke(command, ["verify", SHOP, "--snapshot-dir", str(store.root)])
        assert done.exit_code == 1
        assert f"{SHOP} {version.name}: {version / name}: expected" in done.stdout
        shutil.rmtree(version)
        shutil.copytree(intact, version)
        assert Snapshot.open(version).version == version.name


def test_no_bit_of_a_manifest_goes_unnoticed(store: SnapshotStore, tmp_path: Path) -> None:
    content = (store.current(SHOP) / MANIFEST_FILE).read_bytes()
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1 << position % 8
        (tmp_path / MANIFEST_FILE).write_bytes(changed)
        with pytest.raises(SnapshotError, match=MANIFEST_FILE):
            Manifest.read(tmp_path)


def test_a_damaged_snapshot_is_mended_by_a_rebuild(store: SnapshotStore, data_dir: Path) -> None:
    damaged = store.current(SHOP)
    truncate(damaged / "entries.jsonl")
    report = build(load_collection(data_dir, SHOP), store, ToyEncoder())
    assert report.damaged is not None
    assert "entries.jsonl" in report.damaged
    assert store.current(SHOP) != damaged
    assert questions(store) == 2
