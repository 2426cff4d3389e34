"""Further wordings of entries in variants.jsonl: what they add, what is refused, who knows of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from index.added_variants import VARIANTS_FILE, AddedVariants, parse_added_variants, variant_line
from index.collection import load_collection
from index.entry import Entry
from index.errors import CollectionError, SourceError
from index.sources.drafts import MAX_QUESTION, MAX_VARIANTS
from index.text import clean_line
from scripts.parse_file import command
from tests.conftest import SHOP


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.md").write_text("## Where is my parcel? {#parcel}\n\nOn its way.\n", "utf-8")
    (folder / "b.jsonl").write_text('{"id": "13", "q": "Refund?", "a": "Yes.", "variants": ["money back"]}\n')
    return folder


def write(shop: Path, *lines: str) -> None:
    (shop / VARIANTS_FILE).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def test_wordings_are_added_behind_the_own_ones(shop: Path) -> None:
    write(shop, variant_line("13", "to my  wallet?"), "", variant_line("parcel", "tracking – wo?"))
    collection = load_collection(shop.parent, "shop")
    assert [(e.id, e.variants, e.source) for e in collection.entries] == [
        ("parcel", ("tracking – wo?",), "shop/a.md:1"),
        ("13", ("money back", "to my wallet?"), "shop/b.jsonl:1"),
    ]
    assert collection.rejections == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "99", "variant": "x"}', "the id '99' is no entry of this collection"),
        ('{"id": 13, "variant": "x"}', "must be texts in quotes"),
        ('{"id": "13", "variant": ["x"]}', "must be texts in quotes"),
        ('{"id": "13"}', "expected one object a line with 'id' and 'variant'"),
        ('{"id": "13", "variant": "x", "locale": "en"}', "expected one object a line"),
        ('["13", "x"]', "expected one object a line"),
        ("13: x", "this is not JSON"),
        ('{"id": "13", "id": "13", "variant": "x"}', "this is not JSON: the key 'id' stands twice"),
        ('{"id": "13", "variant": " \\u200b "}', "the variant is empty"),
        ('{"id": "13", "variant": "\\ud800"}', "surrogate"),
        (variant_line("13", "x" * (MAX_QUESTION + 1)), "more than the 1,000 allowed"),
    ],
)
def test_what_can_be_no_variant_stops_the_build_with_its_line(shop: Path, line: str, reason: str) -> None:
    write(shop, variant_line("13", "a new one"), line)
    with pytest.raises(CollectionError) as caught:
        load_collection(shop.parent, "shop")
    told = next(one for one in str(caught.value).splitlines() if one.startswith("shop/variants.jsonl:2: "))
    assert reason in told
    (shop / "collection.yaml").write_text("on_invalid: skip\n")
    assert load_collection(shop.parent, "shop").entries[1].variants == ("money back", "a new one")


@pytest.mark.parametrize("again", ["Refund?", "MONEY back", "new one"])
def test_a_wording_that_is_there_is_dropped_and_told(shop: Path, again: str) -> None:
    write(shop, variant_line("13", "New one"), variant_line("13", again))
    collection = load_collection(shop.parent, "shop")
    assert collection.entries[1].variants == ("money back", "New one")
    (told,) = collection.rejections
    assert (told.file, told.line, told.severity) == ("shop/variants.jsonl", 2, "boilerplate")


def test_no_entry_gets_more_variants_than_are_allowed() -> None:
    entry = replace(SHOP[0], variants=tuple(f"wording {n}" for n in range(MAX_VARIANTS - 1)))
    added = parse_added_variants(f"{variant_line('cancel', 'a')}\n{variant_line('cancel', 'b')}", "v")
    (grown,), rejections = added.add_to([entry])
    assert (len(grown.variants), grown.variants[-1]) == (MAX_VARIANTS, "a")
    assert [(one.line, one.severity) for one in rejections] == [(2, "invalid")]


def test_a_file_that_is_no_text_can_not_be_read(shop: Path) -> None:
    (shop / VARIANTS_FILE).write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    with pytest.raises(SourceError, match=r"shop/variants\.jsonl"):
        load_collection(shop.parent, "shop")


def test_what_a_crash_left_of_it_is_no_source(shop: Path) -> None:
    (shop / f"{VARIANTS_FILE}.tmp").write_text('{"id": "13", "va')
    assert len(load_collection(shop.parent, "shop").entries) == 2


def test_the_same_name_in_a_sub_folder_is_a_source(shop: Path) -> None:
    (shop / "more").mkdir()
    (shop / "more" / VARIANTS_FILE).write_text('{"id": "c", "q": "C?", "a": "x"}\n')
    assert [e.id for e in load_collection(shop.parent, "shop").entries] == ["parcel", "13", "c"]


_TEXTS = st.text(max_size=60).filter(lambda text: bool(clean_line(text)))


@given(st.lists(st.tuples(st.sampled_from([e.id for e in SHOP]), _TEXTS), max_size=8))
def test_every_text_comes_back_as_it_was_written_and_nothing_is_lost(pairs: list[tuple[str, str]]) -> None:
    lines = "\n".join(variant_line(id_, text) for id_, text in pairs)
    added = parse_added_variants(lines, "v")
    assert [(one.id, one.variant) for one in added.variants] == [(i, clean_line(t)) for i, t in pairs]
    grown, rejections = added.add_to(SHOP)
    before = sum(len(entry.variants) for entry in SHOP)
    assert sum(len(entry.variants) for entry in grown) - before + len(rejections) == len(pairs)
    assert parse_added_variants(lines, "v").add_to(grown)[0] == grown  # a second time adds nothing


def test_nothing_adds_nothing() -> None:
    assert AddedVariants(name="v").add_to(SHOP) == (list(SHOP), [])


def parse(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, [str(one) for one in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_parse_shows_what_is_added_to_a_folder(shop: Path) -> None:
    write(shop, variant_line("13", "new"), variant_line("13", "money back"))
    code, out, _ = parse(shop)
    assert code == 0
    assert f"{shop}/variants.jsonl: 1 variant added to entries" in out
    assert "variants.jsonl:2: boilerplate: the entry '13' has this wording already" in out
    write(shop, variant_line("gone", "new"))
    code, out, _ = parse(shop)
    assert (code, "variants.jsonl:1: invalid: the id 'gone' is no entry" in out) == (2, True)
    code, out, err = parse(shop, "--json")
    assert (code, "invalid: the id 'gone'" in err) == (2, True)
    assert [orjson.loads(line)["id"] for line in out.splitlines()] == ["parcel", "13"]


def test_parse_tells_what_the_file_is(shop: Path) -> None:
    write(shop, variant_line("13", "new"))
    assert "is no FAQ file: it holds further wordings" in parse(shop / VARIANTS_FILE)[2]


def test_an_entry_is_as_if_it_had_the_wordings_itself(shop: Path) -> None:
    write(shop, variant_line("13", "new"))
    beside = load_collection(shop.parent, "shop").entries
    (shop / VARIANTS_FILE).unlink()
    (shop / "b.jsonl").write_text(
        '{"id": "13", "q": "Refund?", "a": "Yes.", "variants": ["money back", "new"]}\n'
    )
    assert load_collection(shop.parent, "shop").entries == beside
    assert isinstance(beside[1], Entry)
