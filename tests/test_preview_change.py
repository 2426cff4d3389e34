"""What a change may be, and which entries it leaves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.added_variants import VARIANTS_FILE, variant_line
from index.build import build
from index.collection import load_collection
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.errors import CollectionError, SourceError
from index.snapshot import Snapshot
from index.sources.drafts import MAX_QUESTION, MAX_VARIANTS
from index.store import SnapshotStore
from search.preview.change import (
    Change,
    ChangeError,
    EditedFile,
    ProposedVariant,
    changed_entries,
    read_entries,
)
from search.preview.request import PreviewRequest, period_of
from search.preview.sources import apply_change, apply_sources
from tests.conftest import SHOP


def variant(entry: str, text: str) -> ProposedVariant:
    return ProposedVariant(entry=entry, variant=text)


NEW = Entry(id="parcel", question="Where is my parcel?", answer="On its way.")


def test_changed_entries_keep_their_place_and_new_ones_come_last() -> None:
    changed = replace(SHOP[1], answer="Another.")
    left = changed_entries(
        Change(
            entries=(NEW, changed),
            removed=("agent",),
            variants=(
                variant("cancel", " undo\u200b "),
                variant("parcel", "tracking"),
                variant("cancel", "b"),
            ),
        ),
        SHOP,
    )
    assert [entry.id for entry in left] == ["cancel", "refund-type", "lieferung", "parcel"]
    assert left[0] == replace(SHOP[0], variants=(*SHOP[0].variants, "undo", "b"))
    assert left[1] == changed
    assert left[3] == replace(NEW, variants=("tracking",))


def test_an_empty_change_changes_nothing() -> None:
    assert Change().empty
    assert changed_entries(Change(), SHOP) == SHOP


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Change(removed=("gone",)), "No entry has the id 'gone', so it can't be removed"),
        (Change(removed=("agent", "agent")), "'agent' stands twice"),
        (Change(entries=(NEW, NEW)), "'parcel' stands twice"),
        (Change(entries=(SHOP[0],), removed=("cancel",)), "'cancel' stands twice"),
        (Change(variants=(variant("gone", "x"),)), "No entry has the id 'gone', so it can't be given"),
        (Change(removed=("agent",), variants=(variant("agent", "x"),)), "No entry has the id 'agent'"),
        (Change(variants=(variant("agent", " \u200b"),)), "the variant is empty"),
        (Change(variants=(variant("agent", "\ud800"),)), "surrogate"),
        (Change(variants=(variant("agent", "x" * (MAX_QUESTION + 1)),)), "more than the 1,000"),
        (
            Change(variants=(variant("agent", "TALK to a human"),)),
            "the wording 'TALK to a human' already",
        ),
        (Change(variants=(variant("agent", "how can I contact a person?"),)), "already"),
        (Change(variants=(variant("agent", "x"), variant("agent", "X"))), "'X' already"),
        (Change(removed=tuple(entry.id for entry in SHOP)), "Nothing would be left"),
        (Change(variants=tuple(variant("agent", f"w{n}") for n in range(MAX_VARIANTS))), "no more"),
    ],
)
def test_what_can_not_be_made_is_refused(change: Change, message: str) -> None:
    with pytest.raises(ChangeError, match=message):
        changed_entries(change, SHOP)


@given(st.sets(st.sampled_from([entry.id for entry in SHOP]), max_size=3), st.booleans())
def test_a_change_and_its_inverse_leave_the_same_entries(removed: set[str], new: bool) -> None:
    there = changed_entries(Change(entries=(NEW,) if new else (), removed=tuple(removed)), SHOP)
    back = changed_entries(
        Change(
            entries=tuple(entry for entry in SHOP if entry.id in removed), removed=("parcel",) if new else ()
        ),
        there,
    )
    assert sorted(back, key=lambda entry: entry.id) == sorted(SHOP, key=lambda entry: entry.id)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([{"question": "", "answer": "a"}], "entry:1: the question is empty"),
        ([{"question": "A?", "answer": "a"}, {"question": "B?"}], "entry:2: the answer is empty"),
        ([{"id": "a/b", "question": "A?", "answer": "a"}], "is not usable"),
        ([{"id": "a", "question": "A?", "answer": "a"}] * 2, "the id 'a' is already used"),
        ([{"id": "a", "question": ["A?"], "answer": "a"}], "'question' must be text"),
        (["a"], "entry:1: expected an object"),
        ([{"question": "\ud800", "answer": "a"}], "entry:1: this can't be written as JSON"),
        ([{"question": "A?", "answer": "a", "tags": {1, 2}}], "can't be written as JSON"),
    ],
)
def test_entries_are_checked_as_those_of_files(records: list[Any], message: str) -> None:
    with pytest.raises(ChangeError, match=message):
        read_entries(records)


def test_an_entry_is_read_back_as_it_is_shown() -> None:
    shown = [replace(entry, related=()) for entry in SHOP]
    read, dropped = read_entries([entry.to_dict() for entry in shown])
    assert [replace(entry, source="") for entry in read] == shown
    assert dropped == ()
    _, dropped = read_entries([{"question": "A?", "answer": "a", "colour": "red"}])
    assert "'colour' is not used" in dropped[0].reason


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({}, "'collection' must be"),
        ({"collection": "a", "entries": {}}, "'entries' must be a list"),
        ({"collection": "a", "removed": [1]}, "'removed' must hold texts"),
        ({"collection": "a", "variants": ["a"]}, "'variants' must hold objects"),
        ({"collection": "a", "variants": [{"entry": "a"}]}, "'variants' must hold texts"),
        ({"collection": "a", "file": "x"}, "'file' must be an object"),
        ({"collection": "a", "file": {"name": "x"}}, "'file' must hold texts"),
        ({"collection": "a", "since": "yesterday"}, "'since' is no date or time: 'yesterday'"),
        ({"collection": "a", "since": "2026-02-01", "until": "2026-01-01"}, "before it begins"),
        ({"collection": "a", "until": 3}, "'until' must hold texts"),
    ],
)
def test_requests_are_checked(record: dict[str, Any], message: str) -> None:
    with pytest.raises(ChangeError, match=message):
        PreviewRequest.from_dict(record)


def test_a_request_without_a_change_is_about_the_folder() -> None:
    request = PreviewRequest.from_dict(
        {"collection": "a", "entries": [], "file": None, "since": "2026-01-31"}
    )
    assert request.change is None
    assert request.period.since.isoformat() == "2026-01-31T00:00:00+00:00"
    assert period_of(None, None, days=10**9).since == datetime.min.replace(tzinfo=UTC)
    week = period_of(None, "2026-01-31", days=7)
    assert week.since.isoformat() == "2026-01-24T00:00:00+00:00"
    assert period_of(None, "2026-01-31T12:00", days=7).since == week.since + timedelta(days=1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of collections, with one that is published as it is."""
    folder = tmp_path / "data" / "shop"
    (folder / "more").mkdir(parents=True)
    (folder / "a.md").write_text("## Where is my parcel? {#parcel}\n\nOn its way.\n", "utf-8")
    (folder / "more" / "b.jsonl").write_text(
        '{"id": "13", "q": "Refund?", "a": "To your wallet.", "related": ["parcel"]}\n'
        '{"id": "14", "q": "Voucher?", "a": "In the basket."}\n'
    )
    (folder / VARIANTS_FILE).write_text(variant_line("13", "money back") + "\n")
    (folder / "collection.yaml").write_text("locale: en\n")
    (folder / "golden.jsonl").write_text('{"query": "parcel", "relevant": ["parcel"]}\n')
    return tmp_path / "data"


@pytest.fixture
def published(data: Path, store: SnapshotStore) -> Snapshot:
    build(load_collection(data, "shop"), store, ToyEncoder())
    return Snapshot.open(store.current("shop"))


def file(name: str, text: str) -> Change:
    return Change(file=EditedFile(name=name, content=text.encode()))


def saved(data: Path, name: str, text: str) -> Sequence[Entry]:
    """What a rebuild reads once the file is saved."""
    (data / "shop" / name).write_text(text, "utf-8")
    return load_collection(data, "shop").entries


EDITS = {
    "an answer": ("a.md", "## Where is my parcel? {#parcel}\n\nAlmost there.\n"),
    "an entry more": ("more/b.jsonl", '{"id":"13","q":"Refund?","a":"x"}\n{"id":"15","q":"New?","a":"y"}\n'),
    "other ids": ("a.md", "## A? {#a}\n\nx\n\n## B? {#parcel}\n\ny\n"),
    "a new file in between": ("c.csv", "id,question,answer\nc,C?,x\n"),
    "a new file at the end": ("z.txt", "Q1. Z?\nz\n"),
    "the wording of variants.jsonl as its own": (
        "more/b.jsonl",
        '{"id": "13", "q": "Refund?", "a": "x", "variants": ["Money back"]}',
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_file_leaves_what_a_rebuild_would_read(
    data: Path, published: Snapshot, edit: tuple[str, str]
) -> None:
    name, text = edit
    tried = apply_change(file(name, text), published, data_dir=data)
    expected = saved(data, name, text)
    assert tried.entries == expected
    assert apply_sources(published, data_dir=data).changes == tried.changes


def test_other_edits_of_the_folder_are_not_taken_for_effects(data: Path, published: Snapshot) -> None:
    saved(data, "more/b.jsonl", '{"id":"13","q":"Refund?","a":"Edited by someone else."}')
    (data / "shop" / VARIANTS_FILE).write_text(
        "\n".join(variant_line("13", text) for text in ("money back", "accepted since")) + "\n"
    )
    tried = apply_change(file(*EDITS["an answer"]), published, data_dir=data)
    assert (tried.changes.changed, tried.changes.unchanged) == (("parcel",), 2)
    tried = apply_change(file("more/b.jsonl", '{"id":"13","q":"Refund?","a":"x"}'), published, data_dir=data)
    assert [entry.variants for entry in tried.entries] == [(), ("money back",)]


def test_a_whole_workbook_can_be_tried(data: Path, published: Snapshot) -> None:
    book = openpyxl.Workbook()
    for title, row in (("One", ("x1", "X?", "x")), ("Two", ("x2", "Y?", "y"))):
        sheet = book.create_sheet(title)
        sheet.append(("id", "question", "answer"))
        sheet.append(row)
    del book["Sheet"]
    book.save(data / "shop" / "x.xlsx")
    stream = io.BytesIO()
    book["One"]["C2"] = "edited"
    book.save(stream)
    store = SnapshotStore(published.folder.parents[1])
    build(load_collection(data, "shop"), store, ToyEncoder())
    both = Snapshot.open(store.current("shop"))
    tried = apply_change(
        Change(file=EditedFile(name="x.xlsx", content=stream.getvalue())), both, data_dir=data
    )
    assert (tried.changes.changed, tried.changes.removed) == (("x1",), ())


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../other/a.md", "a/../../b.md", "collection.yaml", "golden.jsonl", "variants.jsonl",
     ".hidden/a.md", "README.md", "a\nb.md", "a\\b.md", "\x1b[2Ja.md"],
)  # fmt: skip
def test_a_file_is_one_of_the_collection(data: Path, published: Snapshot, name: str) -> None:
    with pytest.raises(ChangeError, match=r"no path within|no FAQ file"):
        apply_change(file(name, "## A?\n\nx\n"), published, data_dir=data)


def test_a_broken_file_says_where(data: Path, published: Snapshot) -> None:
    with pytest.raises(ChangeError, match=r"(?s)1 invalid piece.*shop/a\.md:1: the answer is empty"):
        apply_change(file("a.md", "## Where?\n"), published, data_dir=data)
    with pytest.raises(SourceError, match=r"shop/a\.md"):
        apply_change(
            Change(file=EditedFile(name="a.md", content=b"\x89PNG\r\n\x1a\n\0")), published, data_dir=data
        )
    with pytest.raises(ChangeError, match=r"the id '13' is already used"):
        apply_change(file("a.md", "## Twice? {#13}\n\nx\n"), published, data_dir=data)
    (data / "shop" / "collection.yaml").write_text("on_invalid: skip\n")
    tried = apply_change(file("a.md", "## Where?\n\n## Here? {#here}\n\nx\n"), published, data_dir=data)
    assert tried.changes.added == ("here",)


def test_a_person_is_told_what_a_rebuild_stops_at(data: Path, published: Snapshot) -> None:
    tried = apply_change(Change(removed=("parcel",)), published, data_dir=data)
    assert tried.golden is not None
    assert len(tried.golden) == 1
    related, judged = tried.warnings
    assert "more/b.jsonl:1: the related id 'parcel' is no entry" in related
    assert "A rebuild stops at that" in related
    assert "\"parcel\" names 'parcel', which would be removed. A rebuild stops at that" in judged
    assert tried.entries[0].related == ()
    with pytest.raises((CollectionError, SourceError)):
        saved(data, "a.md", "## Other? {#other}\n\nx\n")


def test_without_the_folder_only_the_golden_set_is_missing(published: Snapshot, tmp_path: Path) -> None:
    tried = apply_change(Change(removed=("14",)), published, data_dir=tmp_path / "nowhere")
    assert tried.golden is None
    assert "is not here" in tried.warnings[0]
    with pytest.raises(CollectionError, match="no collection 'shop'"):
        apply_sources(published, data_dir=tmp_path / "nowhere")


def test_the_folder_as_it_was_built_changes_nothing(data: Path, published: Snapshot) -> None:
    tried = apply_sources(published, data_dir=data)
    assert tried.entries == published.entries
    assert (tried.changes.added, tried.changes.changed, tried.changes.removed) == ((), (), ())
    assert apply_change(Change(), published, data_dir=data).entries == published.entries
