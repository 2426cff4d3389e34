"""A build is calibrated and examined before it is published; whatever that ends in, the old one serves."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.answering import Answering, Fallback
from index.build import BuildReport, build
from index.collection import Collection, CollectionSettings, Judgement
from index.encoders.toy import ToyEncoder
from index.errors import FaqError
from index.examination import Calibration
from index.snapshot import Snapshot
from index.store import SnapshotStore
from tests.conftest import SHOP, collection_of

ROOT = Path(__file__).parents[1]
GOLDEN = (
    Judgement(query="stop an order", relevant=("cancel",)),
    Judgement(query="how high is the moon", relevant=()),
)
FALLBACK = Fallback(text="Ask **us**.", url="mailto:help@shop.example")


def shop(*, golden: tuple[Judgement, ...] = GOLDEN, **settings: Any) -> Collection:
    return replace(collection_of(SHOP), golden=golden, settings=CollectionSettings(**settings))


def rebuild(store: SnapshotStore, collection: Collection, **options: Any) -> BuildReport:
    return build(collection, store, ToyEncoder(), **options)


def published(store: SnapshotStore) -> Snapshot:
    return store.open_current("shop", Snapshot.open)


def leftovers(store: SnapshotStore) -> list[str]:
    return [p.name for p in (store.root / "shop").iterdir() if p.name.startswith((".stage", ".gone"))]


def calibration(version: str = "1", slope: float = 0.1) -> Calibration:
    return Calibration(version=version, make=lambda _snapshot, _collection: {"slope": slope})


def test_what_calibrates_sees_the_snapshot_and_what_examines_sees_it_calibrated(store: SnapshotStore) -> None:
    seen: list[Any] = []

    def make(snapshot: Snapshot, collection: Collection) -> Mapping[str, Any]:
        seen.append((snapshot.manifest.calibration, snapshot.entries, collection.golden))
        return {"slope": 0.1 + 0.2}

    def examine(new: Snapshot, old: Snapshot | None) -> Mapping[str, Any]:
        seen.append((new.manifest.calibration, old.version if old else None))
        return {"mrr_at_10": 0.5}

    made = {"slope": 0.1 + 0.2, "version": "7"}
    kind = Calibration(version="7", make=make)
    first = rebuild(store, shop(), calibration=kind, examine=examine)
    assert seen == [({}, SHOP, GOLDEN), (made, None)]
    assert published(store).manifest.calibration == made
    assert published(store).manifest.golden.keys() == {"digest", "mrr_at_10"}
    assert first.manifest == published(store).manifest
    assert {"calibrate", "examine"} <= first.seconds.keys()
    rebuild(store, shop(), calibration=kind, examine=examine, force=True)
    assert seen[-1] == (made, first.version)


def test_nothing_is_examined_without_judgements_or_in_a_dry_run(store: SnapshotStore) -> None:
    def never(*_: object) -> Mapping[str, Any]:
        raise AssertionError("asked")

    never_made = Calibration(version="1", make=never)
    rebuild(store, shop(), calibration=never_made, examine=never, dry_run=True)
    rebuild(store, shop(golden=()), examine=never)
    assert published(store).manifest.golden == {}


def test_a_published_snapshot_that_is_damaged_is_none_to_compare_with(store: SnapshotStore) -> None:
    rebuild(store, shop())
    victim = published(store).folder / "entries.jsonl"
    victim.chmod(0o644)
    victim.write_bytes(b"{}\n")
    compared: list[Snapshot | None] = []

    def examine(_new: Snapshot, old: Snapshot | None) -> Mapping[str, Any]:
        compared.append(old)
        return {}

    assert rebuild(store, shop(), examine=examine).damaged
    assert compared == [None]


class RefusedError(FaqError):
    """As a gate raises it."""


@pytest.mark.parametrize("step", ["calibration", "examine"])
@pytest.mark.parametrize("error", [RefusedError("worse"), ZeroDivisionError(), KeyboardInterrupt()])
def test_a_refusal_publishes_nothing_and_leaves_nothing(
    store: SnapshotStore, step: str, error: BaseException
) -> None:
    first = rebuild(store, shop())
    before = sorted((store.root / "shop").rglob("*"))

    def refuse(*_: object) -> Mapping[str, Any]:
        assert leftovers(store)  # the stage is there, and nobody looks at it
        assert published(store).version == first.version
        raise error

    option: Any = Calibration(version="1", make=refuse) if step == "calibration" else refuse
    with pytest.raises(type(error)):
        rebuild(store, shop(), force=True, **{step: option})
    assert published(store).version == first.version
    assert sorted((store.root / "shop").rglob("*")) == before
    assert rebuild(store, shop(), force=True).version


def test_a_refused_first_build_leaves_nothing_published(store: SnapshotStore) -> None:
    def refuse(*_: object) -> Mapping[str, Any]:
        raise RefusedError("worse")

    with pytest.raises(RefusedError):
        rebuild(store, shop(), examine=refuse)
    assert store.collections() == []
    assert leftovers(store) == []


KILLED = """
import sys
from pathlib import Path
from index.build import build
from index.encoders.toy import ToyEncoder
from index.store import SnapshotStore
from tests.test_build_examination import shop

def examine(new, old):
    print("examining", flush=True)
    sys.stdin.read()

build(shop(), SnapshotStore(Path(sys.argv[1])), ToyEncoder(), force=True, examine=examine)
"""


def test_a_death_while_it_is_examined_leaves_the_old_one_serving(store: SnapshotStore) -> None:
    first = rebuild(store, shop())
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(store.root)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"examining\n"
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert published(store).version == first.version
    assert store.versions("shop") == [first.version]
    second = rebuild(store, shop(), force=True)
    assert published(store).version == second.version
    assert leftovers(store) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (shop(golden=GOLDEN[:1]), "the golden set changed"),
        (shop(golden=()), "the golden set changed"),
        (shop(golden=(GOLDEN[0], replace(GOLDEN[1], relevant=("agent",)))), "the golden set changed"),
        (shop(min_confidence=0.5), "the settings of answers changed"),
        (shop(fallback=FALLBACK), "the settings of answers changed"),
    ],
)
def test_a_change_beside_the_entries_is_published_once(
    store: SnapshotStore, changed: Collection, reason: str
) -> None:
    rebuild(store, shop())
    assert rebuild(store, shop()).reasons == ()
    assert rebuild(store, changed, dry_run=True).reasons == (reason,)
    assert rebuild(store, changed).version
    assert rebuild(store, changed).reasons == ()


def test_a_first_golden_set_is_a_reason(store: SnapshotStore) -> None:
    rebuild(store, shop(golden=()))
    assert rebuild(store, shop()).reasons == ("the golden set was not asked yet",)


def test_a_calibration_that_is_lacking_or_of_another_version_is_published(store: SnapshotStore) -> None:
    rebuild(store, shop())
    assert rebuild(store, shop(), calibration=calibration()).reasons == ("not calibrated yet",)
    assert rebuild(store, shop(), calibration=calibration(slope=2.0)).reasons == ()
    assert rebuild(store, shop(), calibration=calibration(version="2")).reasons == ("calibrated otherwise",)


def test_a_snapshot_keeps_how_it_answers(store: SnapshotStore) -> None:
    rebuild(store, shop())
    assert published(store).manifest.answering == Answering()
    rebuild(store, shop(min_confidence=0.25, fallback=FALLBACK))
    assert published(store).manifest.answering == Answering(min_confidence=0.25, fallback=FALLBACK)
