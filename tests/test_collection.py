import errno
import os
from pathlib import Path
from typing import Any

import pytest

from index.answering import Fallback
from index.collection import CollectionSettings, entries_digest, list_collections, load_collection
from index.entry import Entry
from index.errors import CollectionError, SourceError
from index.judgements import Judgement, load_judgements


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "more").mkdir(parents=True)
    (folder / "b.txt").write_text("Q1. A?\nx\n")
    (folder / "more" / "a.csv").write_text("id,question,answer,related,locale\nc,C?,y,1,de\n")
    (folder / "README.md").write_text("# About\nnot a source")
    (folder / ".hidden").write_bytes(b"\0")
    (folder / "collection.yaml").write_text("title: Shop\nlocale: en\n")
    (folder / "golden.jsonl").write_text(
        '{"query": "a a", "relevant": ["1"]}\n{"query": "z", "relevant": [], "tags": ["far"]}\n'
    )
    return folder


def test_a_collection_is_its_files(shop: Path) -> None:
    collection = load_collection(shop.parent, "shop")
    assert [(e.id, e.locale, e.related, e.source) for e in collection.entries] == [
        ("1", "en", (), "shop/b.txt:1"),
        ("c", "de", ("1",), "shop/more/a.csv:2"),
    ]
    assert (collection.settings.title, collection.settings.on_invalid) == ("Shop", "stop")
    assert collection.golden == (
        Judgement(query="a a", relevant=("1",)),
        Judgement(query="z", relevant=(), tags=("far",)),
    )


@pytest.mark.parametrize("name", ["..", "a/b", "", "Shop", "-a", "a" * 65, "shop\n"])
def test_names_can_be_no_paths(shop: Path, name: str) -> None:
    with pytest.raises(CollectionError, match="no collection name"):
        load_collection(shop.parent, name)


def test_a_missing_collection_names_the_others(shop: Path) -> None:
    with pytest.raises(CollectionError, match=r"no collection 'other' in .* Found: shop"):
        load_collection(shop.parent, "other")
    assert list_collections(shop.parent) == ["shop"]
    assert list_collections(shop.parent / "none") == []


def test_one_id_in_two_files_names_both_places(shop: Path) -> None:
    (shop / "z.txt").write_text("\nQ1. B?\ny\n")
    with pytest.raises(CollectionError, match=r"shop/z\.txt:2: the id '1' is already used at shop/b\.txt:1"):
        load_collection(shop.parent, "shop")


def test_invalid_pieces_stop_the_build_or_are_skipped(shop: Path) -> None:
    (shop / "z.csv").write_text(
        "question,answer,related\n" + "".join(f"Q{i}?,,\n" for i in range(24)) + "R?,x,gone\n"
    )
    with pytest.raises(CollectionError) as caught:
        load_collection(shop.parent, "shop")
    lines = str(caught.value).split("\n")
    assert lines[1] == "shop/z.csv:2: the answer is empty"
    assert (len(lines), lines[-1]) == (22, "… and 5 more")
    (shop / "collection.yaml").write_text("on_invalid: skip")
    collection = load_collection(shop.parent, "shop")
    assert collection.entries[-1].question == "R?"
    assert collection.entries[-1].related == ()
    assert "'gone'" in collection.rejections[-1].reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "colour: red",
            r"shop/collection\.yaml:1: unknown setting 'colour'. Allowed: title, locale, on_invalid, model",
        ),
        ("on_invalid: ignore", "'stop' or 'skip'"),
        ("title: [a]", "must be text"),
        ("locale: '?'", "no language tag"),
        *(
            (f"title: x\n{name}: {value}", rf"shop/collection\.yaml:2: '{name}' must be a number from 0 to 1")
            for name in ("min_confidence", "golden_tolerance")
            for value in (
                "1.01",
                "-0.1",
                ".nan",
                "nan",
                "inf",
                "1e400",
                "0,5",
                "50%",
                "'٠.٥'",
                "[0.5]",
                "1_0",
            )
        ),
        ("fallback: Ask us", r"yaml:1: 'fallback' must be a mapping with a 'text'"),
        ("fallback:\n  url: /help", r"yaml:2: 'fallback' has no 'text'"),
        ("fallback: {text: ' '}", "'fallback' has no 'text'"),
        ("fallback: {text: }", "'fallback' has no 'text'"),
        ("fallback: {text: [a]}", "'text' must be text"),
        ("fallback:\n  text: a\n  link: b", r"yaml:3: unknown part of 'fallback' 'link'. Allowed: text, url"),
        (f"fallback: {{text: {'a' * 10_001}}}", "10,001 characters, more than the 10,000"),
        *(
            (f"fallback:\n  text: a\n  url: '{url}'", rf"yaml:3: '{url}' is no link to show.*begins with")
            for url in ("javascript:alert", "//else.example", "help", "ftp://shop.example", "a b", "https://")
        ),
    ],
)
def test_settings_are_checked(shop: Path, text: str, message: str) -> None:
    (shop / "collection.yaml").write_text(text)
    with pytest.raises(CollectionError, match=message):
        load_collection(shop.parent, "shop")


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("min_confidence: 0", CollectionSettings(min_confidence=0.0)),
        ("min_confidence: 1", CollectionSettings(min_confidence=1.0)),
        ("min_confidence: '.5'", CollectionSettings(min_confidence=0.5)),
        ("min_confidence:", CollectionSettings()),
        ("golden_tolerance: 0.000", CollectionSettings(golden_tolerance=0.0)),
        ("fallback:", CollectionSettings()),
        ("fallback: {text: ' Ask *us*.\u200b '}", CollectionSettings(fallback=Fallback(text=" Ask *us*."))),
        *(
            (f"fallback: {{text: a, url: '{url}'}}", CollectionSettings(fallback=Fallback(text="a", url=url)))
            for url in ("/", "/help?a=b#c", "http://a", "https://a/b", "mailto:a@b.example")
        ),
        ("fallback: {text: a, url: ''}", CollectionSettings(fallback=Fallback(text="a"))),
    ],
)
def test_settings_of_answers(shop: Path, text: str, settings: CollectionSettings) -> None:
    (shop / "collection.yaml").write_text(text, "utf-8")
    assert load_collection(shop.parent, "shop").settings == settings


def test_links_can_not_leave_the_folder(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Q: A?\nA: b")
    (shop / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(CollectionError, match=r"shop/link\.txt is a link that leaves"):
        load_collection(shop.parent, "shop")


def test_a_folder_that_can_not_be_listed_is_not_passed_over(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def guarded(path: str | Path) -> Any:
        if Path(path).name == "more":  # root may list whatever its mode
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    with pytest.raises(CollectionError, match=r"more can't be read: Permission denied"):
        load_collection(shop.parent, "shop")


def test_files_that_are_no_source_are_refused(shop: Path) -> None:
    (shop / "logo.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(SourceError, match=r"shop/logo\.png: this is an image"):
        load_collection(shop.parent, "shop")


def test_an_empty_collection_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CollectionError, match="has no entries"):
        load_collection(tmp_path, "empty")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            '{"query": "b", "relevant": ["no"]}',
            "'no' is no entry.*removed or renamed, name the entries that answer now",
        ),
        ('{"query": " ", "relevant": []}', "empty"),
        ('{"query": "A A", "relevant": []}', "already stands in line 1"),
        ('{"query": "b", "relevant": "1"}', "list of ids"),
        ('{"query": null, "relevant": []}', "must be a text that is not empty"),
        ('{"relevant": []}', r"'query' is missing, the text that a visitor types\.$"),
        (
            '{"question": "b", "note\\u001b": 1, "relevant": []}',
            r"'query' is missing.*; there is 'question', 'note', which is not read\.$",
        ),
        ('{"query": "b", "tags": []}', r"'relevant' is missing, the ids of .* where none does\.$"),
        ('{"query": "b", "ids": ["1"]}', r"'relevant' is missing.*; there is 'ids', which is not read\.$"),
        ('{"query": "b", "relevant": [1, "a"]}', r'list of ids.*Put ids in quotes: \["1", "a"\]\.$'),
        ('{"query": "b", "relevant": 13}', r'Put ids in quotes: \["13"\]'),
        ('{"query": "b", "relevant": [null]}', r"where no entry answers the query\.$"),
        ("[", r'this is not JSON: Expecting.*Each line is one object, such as \{"query": "where is'),
        ('{"query": "b",', r'this is not JSON: .*Each line is one object, such as \{"query": "where is'),
        ("[]", r'expected one object a line, such as \{"query"'),
    ],
)
def test_judgements_are_checked(shop: Path, line: str, message: str) -> None:
    path = shop / "golden.jsonl"
    path.write_text('{"query": "a a", "relevant": ["1"]}\n' + line)
    with pytest.raises(SourceError, match=message) as caught:
        load_judgements(path, ids={"1"})
    assert caught.value.line == 2


def test_repeated_queries_where_the_caller_allows_them(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"query": "a", "relevant": []}\n' * 2)
    assert len(load_judgements(path, ids=(), allow_repeats=True)) == 2


def test_the_digest_tells_content_and_not_place() -> None:
    one = Entry(id="1", question="A?", answer="b", source="f:1")
    moved = Entry(id="1", question="A?", answer="b", source="g:2")
    changed = Entry(id="1", question="A?", answer="c", source="f:1")
    assert entries_digest([one]) == entries_digest([moved]) != entries_digest([changed])
