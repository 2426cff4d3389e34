"""Accepting variants: what is written is what was shown, once, whole, and only then."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.added_variants import VARIANTS_FILE, parse_added_variants, variant_line
from index.errors import CollectionError, SourceError
from index.text import clean_line
from search.preview import accept as module
from search.preview.accept import AcceptError, WriteError, accept, propose
from search.preview.change import ChangeError, ProposedVariant
from tests.conftest import SHOP


def variants(*pairs: tuple[str, str]) -> list[ProposedVariant]:
    return [ProposedVariant(entry=entry, variant=text) for entry, text in pairs]


WANTED = variants(("agent", "reach someone"), ("cancel", "undo – bitte"))
LINES = "".join(f"{variant_line(one.entry, one.variant)}\n" for one in WANTED)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "shop"
    folder.mkdir(parents=True)
    return folder


def accepted(shop: Path, wanted: list[ProposedVariant]) -> tuple[int, ...]:
    proposal = propose(shop.parent, "shop", wanted, entries=SHOP)
    return accept(shop.parent, "shop", wanted, entries=SHOP, digest=proposal.digest).lines


def test_what_is_written_is_what_was_shown(shop: Path) -> None:
    proposal = propose(shop.parent, "shop", WANTED, entries=SHOP)
    assert not (shop / VARIANTS_FILE).exists()
    assert proposal.diff.splitlines() == [
        "--- /dev/null",
        "+++ b/shop/variants.jsonl",
        "@@ -0,0 +1,2 @@",
        *(f"+{line}" for line in LINES.splitlines()),
    ]
    done = accept(shop.parent, "shop", WANTED, entries=SHOP, digest=proposal.digest)
    assert (done.file, done.lines) == ("shop/variants.jsonl", (1, 2))
    assert "commit the change, then run 'faq rebuild shop'" in done.advice
    assert (shop / VARIANTS_FILE).read_text("utf-8") == LINES
    assert [path.name for path in shop.iterdir()] == [VARIANTS_FILE]


@pytest.mark.parametrize(
    ("before", "head", "line"),
    [
        ("", "", 1),
        (variant_line("agent", "b") + "\n", variant_line("agent", "b") + "\n", 2),
        (variant_line("agent", "b"), variant_line("agent", "b") + "\n", 2),
        (variant_line("agent", "b") + "\r\n", variant_line("agent", "b") + "\r\n", 2),
        ("\n\nno line of it\n", "\n\nno line of it\n", 4),
        ("\ufeff" + variant_line("agent", "b") + "\r\n", "\ufeff" + variant_line("agent", "b") + "\r\n", 2),
    ],
)
def test_what_was_there_stays_and_new_ones_come_last(shop: Path, before: str, head: str, line: int) -> None:
    (shop / VARIANTS_FILE).write_bytes(before.encode())
    assert accepted(shop, variants(("agent", "a"))) == (line,)
    end = "\r\n" if "\r" in before else "\n"
    assert (shop / VARIANTS_FILE).read_bytes() == (head + variant_line("agent", "a") + end).encode()


def test_a_file_of_another_encoding_is_not_written_anew(shop: Path) -> None:
    content = (variant_line("agent", "b") + "\n").encode("utf-16")
    (shop / VARIANTS_FILE).write_bytes(content)
    with pytest.raises(ChangeError, match="UTF-8"):
        accepted(shop, variants(("agent", "a")))
    assert (shop / VARIANTS_FILE).read_bytes() == content


@pytest.mark.parametrize(
    "before",
    [
        None,
        variant_line("agent", "b") + "\n",
        variant_line("agent", "b"),
        "\ufeff" + variant_line("agent", "b") + "\n",
    ],
)
def test_the_diff_can_be_applied_elsewhere(shop: Path, before: str | None) -> None:
    if before is not None:
        (shop / VARIANTS_FILE).write_text(before)
    proposal = propose(shop.parent, "shop", WANTED, entries=SHOP)
    subprocess.run(
        ["git", "apply", "-"],
        input=proposal.diff.encode(),
        cwd=shop.parent,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(shop.parents[1])},
        check=True,
    )
    elsewhere = (shop / VARIANTS_FILE).read_bytes()
    (shop / VARIANTS_FILE).unlink()
    if before is not None:
        (shop / VARIANTS_FILE).write_text(before)
    accepted(shop, WANTED)
    assert (shop / VARIANTS_FILE).read_bytes() == elsewhere


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([], "no variant to accept"),
        (variants(("gone", "x")), "No entry has the id 'gone'"),
        (variants(("agent", "Talk to a human")), "already"),
        (variants(("agent", "In the File")), "already"),
        (variants(("agent", " ")), "empty"),
    ],
)
def test_what_can_be_no_variant_is_refused(shop: Path, wanted: list[ProposedVariant], message: str) -> None:
    (shop / VARIANTS_FILE).write_text(variant_line("agent", "in the file") + "\n")
    with pytest.raises(ChangeError, match=message):
        propose(shop.parent, "shop", wanted, entries=SHOP)


def test_a_file_that_changed_since_it_was_shown_is_left_alone(shop: Path) -> None:
    proposal = propose(shop.parent, "shop", WANTED, entries=SHOP)
    for other in ("", variant_line("agent", "b") + "\n"):
        (shop / VARIANTS_FILE).write_text(other)
        with pytest.raises(AcceptError, match="has changed since it was shown"):
            accept(shop.parent, "shop", WANTED, entries=SHOP, digest=proposal.digest)
        assert (shop / VARIANTS_FILE).read_text() == other


def test_of_many_who_accept_the_same_proposal_one_writes(shop: Path) -> None:
    proposal = propose(shop.parent, "shop", WANTED, entries=SHOP)

    def job(_number: int) -> bool:
        try:
            accept(shop.parent, "shop", WANTED, entries=SHOP, digest=proposal.digest)
        except (AcceptError, ChangeError):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(job, range(16))) == 1
    assert (shop / VARIANTS_FILE).read_text("utf-8") == LINES


def test_nobody_s_variant_is_lost(shop: Path) -> None:
    def job(number: int) -> None:
        while True:
            try:
                accepted(shop, variants(("agent", f"wording {number}")))
            except AcceptError:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(job, range(12)))
    text = (shop / VARIANTS_FILE).read_text()
    assert sorted(one.variant for one in parse_added_variants(text, "v").variants) == sorted(
        f"wording {n}" for n in range(12)
    )


@pytest.mark.parametrize("name", ["replace_text", "_locked"])
def test_a_folder_that_can_not_be_written_is_told_and_unharmed(
    shop: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted(shop, variants(("agent", "b")))
    before = (shop / VARIANTS_FILE).read_bytes()

    def refuse(*_arguments: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module, name, refuse)
    with pytest.raises(WriteError, match=r"Permission denied\. Nothing was changed\. Let this user write"):
        accepted(shop, WANTED)
    assert (shop / VARIANTS_FILE).read_bytes() == before


def test_a_crash_while_writing_leaves_the_old_file(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted(shop, variants(("agent", "b")))
    before = (shop / VARIANTS_FILE).read_bytes()
    monkeypatch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(WriteError, match="No space left"):
        accepted(shop, WANTED)
    assert [path.name for path in shop.iterdir()] == [VARIANTS_FILE]
    assert (shop / VARIANTS_FILE).read_bytes() == before


def test_a_file_that_is_none_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (shop / VARIANTS_FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ChangeError, match="is a link"):
        propose(shop.parent, "shop", WANTED, entries=SHOP)
    (shop / VARIANTS_FILE).unlink()
    (shop / VARIANTS_FILE).mkdir()
    with pytest.raises(SourceError, match="this is a folder"):
        propose(shop.parent, "shop", WANTED, entries=SHOP)


@pytest.mark.parametrize("name", ["..", "a/b", "", "nowhere"])
def test_only_the_folder_of_a_collection_is_written_to(shop: Path, name: str) -> None:
    with pytest.raises(CollectionError):
        propose(shop.parent, name, WANTED, entries=SHOP)


@given(st.text(min_size=1, max_size=80).filter(lambda text: bool(clean_line(text))))
def test_hostile_text_stays_one_line_of_data(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("data") / "shop"
    folder.mkdir()
    wanted = [*variants(("agent", text)), *variants(("cancel", "the next one"))]
    accepted(folder, wanted)
    content = (folder / VARIANTS_FILE).read_text("utf-8")
    found = parse_added_variants(content, "v")
    assert [(one.line, one.variant) for one in found.variants] == [(1, clean_line(text)), (2, "the next one")]
    assert found.rejections == ()
