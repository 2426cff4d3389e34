"""Building: what is used again, what is published, and when nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.build import BuildReport, build
from index.encoders import EncoderInfo, Progress, Vectors
from index.encoders.agreement import Samples
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.errors import BuildBusy, ModelError, SnapshotError
from index.snapshot import Snapshot
from index.store import SnapshotStore
from tests.conftest import SHOP, collection_of


class CountingEncoder(ToyEncoder):
    """A toy encoder that remembers what it was asked, and can stand for another model or a failing one."""

    def __init__(self, *, dimension: int = 256, failing: bool = False) -> None:
        super().__init__(dimension=dimension)
        self.asked: list[str] = []
        self.failing = failing

    def encode_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None, known: bool = False
    ) -> Vectors:
        if self.failing:
            raise ModelError("the model is broken")
        self.asked += texts
        return super().encode_passages(texts, progress=progress, known=known)


def rebuild(
    store: SnapshotStore,
    entries: Sequence[Entry],
    encoder: ToyEncoder | None = None,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> BuildReport:
    encoder = encoder or CountingEncoder()
    return build(collection_of(entries), store, encoder, force=force, dry_run=dry_run)


def test_the_first_build_publishes_everything(store: SnapshotStore) -> None:
    report = rebuild(store, SHOP)
    assert report.changes.added == tuple(entry.id for entry in SHOP)
    assert report.embedded == report.texts
    snapshot = Snapshot.open(store.current("shop"))
    assert snapshot.version == report.version
    assert snapshot.entries == SHOP
    assert snapshot.manifest == report.manifest
    assert snapshot.manifest.vectors["recall_at_10"] == 1.0
    assert snapshot.manifest.title == "The shop"


def test_only_changed_texts_are_embedded_again(store: SnapshotStore) -> None:
    rebuild(store, SHOP)
    edited = (replace(SHOP[0], answer="No, never."), *SHOP[1:])
    encoder = CountingEncoder()
    report = rebuild(store, edited, encoder)
    assert report.changes.changed == ("cancel",)
    assert report.changes.unchanged == len(SHOP) - 1
    assert sorted(encoder.asked) == ["Can I cancel an order after paying for it?\nNo, never.", "No, never."]


def test_a_text_that_stands_twice_is_embedded_once(store: SnapshotStore) -> None:
    encoder = CountingEncoder()
    twin = replace(SHOP[2], id="twin", question="Is there a person to talk to?", variants=SHOP[2].variants)
    report = rebuild(store, (*SHOP, twin), encoder)
    assert len(encoder.asked) == len(set(encoder.asked)) == report.texts == report.embedded


def test_where_an_entry_was_read_is_no_change_of_it(store: SnapshotStore) -> None:
    rebuild(store, SHOP)
    moved = tuple(replace(entry, source="faq.md:7") for entry in SHOP)
    report = rebuild(store, moved)
    assert (report.changes.changed, report.changes.unchanged) == ((), len(SHOP))
    assert report.embedded == 0


def test_vectors_used_again_are_those_that_a_fresh_build_makes(store: SnapshotStore, tmp_path: Path) -> None:
    rebuild(store, SHOP)
    new = Entry(id="new", question="A new one?", answer="Indeed.")
    mixed = (new, replace(SHOP[2], variants=("call someone",)), SHOP[0])
    rebuild(store, mixed)
    fresh = SnapshotStore(tmp_path / "fresh")
    rebuild(fresh, mixed)
    one, other = Snapshot.open(store.current("shop")), Snapshot.open(fresh.current("shop"))
    assert np.array_equal(one.vectors.vectors, other.vectors.vectors)
    assert one.passages == other.passages
    assert one.manifest.files == other.manifest.files


def test_nothing_is_published_where_nothing_changed(store: SnapshotStore) -> None:
    first = rebuild(store, SHOP)
    moved = tuple(replace(entry, source="elsewhere.md:1") for entry in SHOP)
    encoder = CountingEncoder()
    assert rebuild(store, moved, encoder).version is None
    assert encoder.asked == []
    assert store.versions("shop") == [first.version]
    forced = rebuild(store, SHOP, encoder, force=True)
    assert forced.version is not None
    assert encoder.asked == []
    assert store.current_version("shop") == forced.version


def test_old_snapshots_are_removed_beyond_those_to_keep(store: SnapshotStore) -> None:
    versions = [
        build(collection_of(SHOP), store, CountingEncoder(), force=True, keep=3).version for _ in range(5)
    ]
    assert store.versions("shop") == versions[-3:]


@pytest.mark.parametrize(
    "edit",
    [
        lambda entries: entries[1:],
        lambda entries: (entries[1], entries[0], *entries[2:]),
        lambda entries: (replace(entries[0], tags=("other",)), *entries[1:]),
        lambda entries: (replace(entries[0], url=None), *entries[1:]),
        lambda entries: (replace(entries[0], related=()), *entries[1:]),
    ],
)
def test_every_kind_of_edit_is_published(store: SnapshotStore, edit: object) -> None:
    rebuild(store, SHOP)
    entries = edit(SHOP)  # type: ignore[operator]
    assert rebuild(store, entries).version is not None
    assert Snapshot.open(store.current("shop")).entries == entries


def test_a_new_title_is_published(store: SnapshotStore) -> None:
    rebuild(store, SHOP)
    report = build(collection_of(SHOP, title="Renamed"), store, CountingEncoder())
    assert report.version is not None
    assert Snapshot.open(store.current("shop")).manifest.title == "Renamed"


def test_a_snapshot_of_another_release_is_built_anew(
    store: SnapshotStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(store, SHOP)
    monkeypatch.setattr("index.build._generator", lambda: "faq-search 99")
    assert rebuild(store, SHOP).version is not None


def test_another_model_embeds_everything_anew(store: SnapshotStore) -> None:
    rebuild(store, SHOP)
    encoder = CountingEncoder(dimension=64)
    report = rebuild(store, SHOP, encoder)
    assert report.embedded == report.texts == len(encoder.asked)
    assert Snapshot.open(store.current("shop")).manifest.encoder.dimension == 64


def test_a_dry_run_tells_and_does_nothing(store: SnapshotStore) -> None:
    rebuild(store, SHOP)
    before = store.versions("shop")
    encoder = CountingEncoder(failing=True)
    report = rebuild(
        store, (*SHOP[1:], Entry(id="new", question="New?", answer="Yes.")), encoder, dry_run=True
    )
    assert (report.version, report.changes.added, report.changes.removed) == (None, ("new",), ("cancel",))
    assert report.embedded == 3  # question, question and answer, answer
    assert store.versions("shop") == before
    assert not (store.root / "other").exists()


def test_a_dry_run_of_a_first_build_leaves_no_trace(store: SnapshotStore) -> None:
    assert rebuild(store, SHOP, dry_run=True).embedded > 0
    assert not store.root.exists()


def test_a_failing_model_leaves_the_old_snapshot_serving(store: SnapshotStore) -> None:
    first = rebuild(store, SHOP)
    with pytest.raises(ModelError):
        rebuild(store, (replace(SHOP[0], answer="Changed."),), CountingEncoder(failing=True))
    assert store.current_version("shop") == first.version
    assert [
        path.name for path in store.current("shop").parent.iterdir() if path.name.startswith(".stage")
    ] == []
    assert rebuild(store, SHOP[:1]).version is not None  # the lock is free again


def test_a_damaged_snapshot_is_mended_by_building_everything(store: SnapshotStore) -> None:
    rebuild(store, SHOP)
    victim = store.current("shop") / "passages.jsonl"
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes()[:-5])
    report = rebuild(store, SHOP)
    assert report.damaged is not None
    assert "passages.jsonl" in report.damaged
    assert report.embedded == report.texts
    assert Snapshot.open(store.current("shop")).entries == SHOP


def test_a_second_builder_is_sent_away(store: SnapshotStore) -> None:
    with store.lock("shop"), pytest.raises(BuildBusy):
        rebuild(store, SHOP)


@pytest.mark.parametrize("note", ["\x1b[2Jgone", "process 1 on a\x1b[31mb since 2026", "", "x" * 5_000])
def test_what_the_note_of_a_builder_holds_reaches_no_terminal(store: SnapshotStore, note: str) -> None:
    with store.lock("shop"):
        (store.root / "shop" / ".lock.holder").write_text(note, "utf-8")
        with pytest.raises(BuildBusy, match="'shop' is being changed by another process") as caught:
            rebuild(store, SHOP)
    assert str(caught.value).isprintable()
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("entries.jsonl", b"weekdays", b"weekends"),
        ("passages.jsonl", b"weekdays", b"weekends"),
        ("vectors.faiss", None, b"\x7f"),
    ],
)
def test_what_is_read_back_otherwise_is_not_published(
    store: SnapshotStore, name: str, old: bytes | None, new: bytes
) -> None:
    class Altering(CountingEncoder):
        def export_query_encoder(self, folder: Path, *, samples: Samples) -> EncoderInfo:
            file = folder.parent / name  # before the sums are made, so that these fit
            content = file.read_bytes()
            file.write_bytes(content[:-1] + new if old is None else content.replace(old, new))
            assert file.read_bytes() != content
            return super().export_query_encoder(folder, samples=samples)

    with pytest.raises(SnapshotError, match="not what was written"):
        rebuild(store, SHOP, Altering())
    assert store.versions("shop") == []


def test_an_encoder_that_no_longer_agrees_is_exported_again(store: SnapshotStore) -> None:
    class Drifting(CountingEncoder):
        exports = 0

        @property
        def info(self) -> EncoderInfo:
            return replace(super().info, symmetric=False, precision="int8")

        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            return -super().encode_queries(texts)  # as if the exported encoder had it all wrong

        def export_query_encoder(self, folder: Path, *, samples: Samples) -> EncoderInfo:
            type(self).exports += 1
            assert list(folder.iterdir()) == []
            return super().export_query_encoder(folder, samples=samples)

    rebuild(store, SHOP, Drifting())
    report = rebuild(store, SHOP[:2], Drifting())
    assert Drifting.exports == 2
    assert report.manifest is not None
    assert report.manifest.agreement["cosine_mean"] < 0


def test_progress_is_told(store: SnapshotStore) -> None:
    from collections.abc import Iterator
    from contextlib import contextmanager

    class Heard:
        def __init__(self) -> None:
            self.steps: list[str] = []
            self.done = 0
            self.total = 0

        def step(self, text: str) -> None:
            self.steps.append(text)

        @contextmanager
        def bar(self, what: str, total: int) -> Iterator[Progress]:
            self.steps.append(what)
            self.total = total
            yield self._advance

        def _advance(self, count: int) -> None:
            self.done += count

    heard = Heard()
    report = build(collection_of(SHOP), store, CountingEncoder(), reporter=heard)
    assert heard.done == heard.total == report.embedded
    assert "embedding" in heard.steps
