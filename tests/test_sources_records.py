"""Tables, JSON, YAML: what shares the field names."""

import csv
import io
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry
from index.errors import SourceError
from index.sources import parse_bytes, read_file
from index.text import clean_line, clean_markdown

FIXTURES = Path(__file__).parent / "fixtures/sources"


def read(text: str, name: str, *, require_answer: bool = True) -> list[tuple[str, str, str]]:
    parsed = parse_bytes(text.encode(), name, require_answer=require_answer)
    return [(e.id, e.question, e.answer) for e in parsed.entries]


def reasons(text: str, name: str) -> list[tuple[int, str]]:
    parsed = parse_bytes(text.encode(), name)
    return [(r.line, r.reason) for r in parsed.rejections if r.severity == "invalid"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised(delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(
        [["Question", "ANSWER"], ["What, so?", "a;b|c\td\n\nnext"]]
    )
    assert read(out.getvalue(), "f.csv") == [("what-so", "What, so?", clean_markdown("a;b|c\td\n\nnext"))]


def test_variants_in_one_cell_or_in_columns() -> None:
    text = 'id,q,a,variants,variant_1,variant_2\n7,A?,b,c|d|A?,e,E\n8,F?,g,"h\ni|j",,\n'
    entries = parse_bytes(text.encode(), "f.csv").entries
    assert [entry.variants for entry in entries] == [("c", "d", "e"), ("h", "i|j")]
    assert [entry.source for entry in entries] == ["f.csv:2", "f.csv:3"]


def test_columns_of_one_name_add_up_where_they_are_lists() -> None:
    parsed = parse_bytes(b"q,a,tags,tags,variants,variants\nA?,b,x,y,c,d\n", "f.csv")
    assert [(entry.variants, entry.tags) for entry in parsed.entries] == [(("c", "d"), ("x", "y"))]
    assert not parsed.rejections


def test_blank_rows_are_skipped_and_counted() -> None:
    parsed = parse_bytes(b"\n,\nq,a\n,\n\nA?,b\n", "f.csv")
    assert [entry.source for entry in parsed.entries] == ["f.csv:6"]
    assert not parsed.rejections


def test_lines_are_counted_from_the_hint_that_excel_writes() -> None:
    assert parse_bytes(b"sep=;\nq;a\nA?;b\n", "f.csv").entries[0].source == "f.csv:3"
    with pytest.raises(SourceError, match=r"f\.csv:3: the row that begins here"):
        read('sep=;\nq;a\nA?;"b\n', "f.csv")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(
        SourceError, match=r"f\.csv:1: the columns 'question' and 'answer' .* found 'Question', 'Text'"
    ):
        read("Question,Text\na,b\n", "f.csv")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('question,answer\na,"b\nc\n', 2),
        ('question,answer\na,b\nc,"d"e\n', 3),
        ("question,answer\na," + "b" * 200_000, 2),
    ],
)
def test_broken_tables_are_refused_with_the_line(text: str, line: int) -> None:
    with pytest.raises(SourceError) as caught:
        read(text, "f.csv")
    assert caught.value.line == line


def test_rows_that_do_not_fit_are_invalid() -> None:
    assert [line for line, _ in reasons("question,answer\na,b,c\n,d\ne,\n\nf,g\n", "f.csv")] == [2, 3, 4]


def test_an_export_of_qna_maker() -> None:
    first, second = read_file(FIXTURES / "qna_maker.tsv").entries
    assert (first.id, first.question, first.answer) == ("1", "How do I pay?", "By card.\n\nOr by invoice.")
    assert first.variants == ("Ways to pay", "Which cards?")
    assert first.tags == ("area:pay", "vip:no")
    assert first.related == ("2",)
    assert first.url == "https://shop.example/pay"
    assert second.tags == ("context-only",)
    [rejection] = read_file(FIXTURES / "qna_maker.tsv").rejections
    assert (rejection.line, rejection.severity) == (4, "boilerplate")


RECORD = {"q": "A?", "response": "b", "alternate_questions": ["c"], "category": "x", "lang": "en"}
ENTRY = Entry(id="a", question="A?", answer="b", variants=("c",), tags=("x",), locale="en", source="f:1")


@pytest.mark.parametrize(
    "document",
    [
        [RECORD],
        {"faqs": [RECORD]},
        RECORD,
        {"A?": {"answer": "b", "variants": "c", "tags": ["x"], "locale": "en"}},
        {"qnaDocuments": [{"questions": ["A?", "c"], "answer": "b", "tags": "x", "locale": "en"}]},
    ],
)
def test_shapes_of_json_and_yaml(document: object) -> None:
    text = json.dumps(document)
    for name in ("f.json", "f.yaml"):
        entries = parse_bytes(text.encode(), name).entries
        assert [entry.to_dict() | {"source": "f:1"} for entry in entries] == [ENTRY.to_dict()]


def test_lines_of_entries() -> None:
    text = '{"faqs": [\n {"q": "A?", "a": "b"},\n\n {"q": "C?",\n "a": "d"}]}'
    assert [e.source for e in parse_bytes(text.encode(), "f.json").entries] == ["f.json:2", "f.json:4"]
    text = "- q: A?\n  a: b\n# note\n- q: no\n  a: on\n"
    assert [(e.question, e.source) for e in parse_bytes(text.encode(), "f.yml").entries] == [
        ("A?", "f.yml:1"),
        ("no", "f.yml:4"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("f.json", '[{"q": "a", "q": "b"}]', "twice"),
        ("f.json", '\n{"a": "b", "a": "c"}', r"f\.json:2: .*twice"),
        ("f.json", "[" * 5_000_000, "nested deeper"),
        ("f.json", '[{"q": "a"', "not JSON"),
        ("f.json", '[{"q": NaN}]', "NaN"),
        ("f.json", "[1" + "0" * 5000 + "]", "not JSON"),
        ("f.json", "3", "no list of entries"),
        ("f.json", "[" + "1,\n" * 200_000 + "1]", r"f\.json:200001: more than the 200,000 entries"),
        ("f.json", "", "empty"),
        ("f.yaml", "", "empty"),
        ("f.yaml", "a: &x [b]\nc: *x", r"f\.yaml:1: anchors"),
        ("f.yaml", "- q: a\n  a: !!python/object:os.system b", r"f\.yaml:2: the tag"),
        ("f.yaml", "q: a\nq: b", r"f\.yaml:2: the key 'q' stands twice"),
        ("f.yaml", "[" * 5_000_000, "nested deeper"),
        ("f.yaml", "- " * 1_000_000, "nested deeper"),
        ("f.yaml", "? [a]\n: b", "a key must be text"),
        ("f.yaml", "q: 'open", "not YAML"),
    ],
)
def test_hostile_and_broken_documents_are_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse_bytes(text.encode(), name)


def test_single_records_that_fail_leave_the_others() -> None:
    lines = ['{"q": "A?", "a": "b"}', "{", '{"q": 3, "a": "b"}', '{"q": "\\ud800?", "a": "b"}', "[]"]
    lines += [
        '{"q": "a", "a": "c"}',
        '{"q": "B?", "a": ""}',
        '{"q": "C?", "a": "d", "id": "x/y"}',
        '{"q":"?","a":"b"}',
    ]
    found = reasons("\n".join(lines), "f.jsonl")
    expected = [
        "not JSON",
        "must be text",
        "surrogate",
        "expected an object",
        "f.jsonl:1",
        "empty",
        "'x/y'",
        "no letter",
    ]
    assert [line for line, _ in found] == list(range(2, 10))
    assert all(part in reason for part, (_, reason) in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"variants": [{"name": "c", "value": "d"}]}, "the field 'variants' must be text, found an object"),
        ({"id": True}, "the field 'id' must be text or a whole number, found true or false"),
    ],
)
def test_fields_of_another_type_are_not_read_as_text(field: dict[str, object], message: str) -> None:
    assert reasons(json.dumps({"q": "A?", "a": "b", **field}), "f.jsonl") == [(1, message)]


def test_one_record_is_no_list_of_its_questions() -> None:
    document = {"question": "A?", "questions": ["A?"], "answer": "b"}
    assert read(json.dumps(document), "f.json") == [("a", "A?", "b")]


def test_limits() -> None:
    rows: list[dict[str, object]] = [{"q": "a" * 1001, "a": "b"}, {"q": "b", "a": "c" * 100_001}]
    rows.append({"q": "d", "a": "e", "variants": [str(i) for i in range(1001)]})
    assert [line for line, _ in reasons("\n".join(map(json.dumps, rows)), "f.jsonl")] == [1, 2, 3]


def test_bad_fields_are_dropped_and_reported() -> None:
    row = {"q": "a", "a": "b", "url": "javascript:alert(1)", "locale": "?", "colour": "red"}
    parsed = parse_bytes(json.dumps(row).encode(), "f.jsonl")
    assert (parsed.entries[0].url, parsed.entries[0].locale) == (None, None)
    assert len(parsed.rejections) == 3


def test_answers_may_be_missing_where_the_caller_says_so() -> None:
    assert read('{"q": "a", "id": "1"}', "f.jsonl", require_answer=False) == [("1", "a", "")]
    assert read("question\na\n", "f.csv", require_answer=False) == [("a", "a", "")]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
LINE = TEXT.map(clean_line).filter(bool)
ENTRIES = st.lists(
    st.builds(
        Entry,
        id=st.from_regex(r"[a-z][a-z0-9_.:-]{0,20}", fullmatch=True),
        question=LINE,
        answer=st.lists(TEXT, min_size=1, max_size=4).map("\n".join).map(clean_markdown).filter(str.strip),
        variants=st.lists(LINE, max_size=3, unique_by=str.casefold).map(tuple),
        tags=st.lists(st.sampled_from(["a", "b c", "ü"]), unique=True).map(tuple),
        locale=st.sampled_from([None, "en", "de-AT"]),
    ).filter(lambda e: e.question.casefold() not in map(str.casefold, e.variants)),
    min_size=1,
    max_size=4,
    unique_by=lambda entry: entry.id,
)


def same(entries: list[Entry], text: str, name: str) -> None:
    parsed = parse_bytes(text.encode(), name)
    assert not parsed.rejections
    assert [e.to_dict() | {"source": ""} for e in parsed.entries] == [e.to_dict() for e in entries]


@given(ENTRIES)
def test_json_and_yaml_are_read_back(entries: list[Entry]) -> None:
    records = [{k: v for k, v in e.to_dict().items() if k != "source"} for e in entries]
    same(entries, "\n".join(json.dumps(record) for record in records), "f.jsonl")
    same(entries, json.dumps({"faqs": records}, ensure_ascii=False), "f.json")
    same(entries, yaml.safe_dump(records), "f.yaml")


@given(ENTRIES)
def test_csv_is_read_back(entries: list[Entry]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "question", "answer", "variant1", "variant2", "variant3", "tags", "locale"])
    for e in entries:
        cells = [*e.variants, "", "", ""][:3]
        writer.writerow([e.id, e.question, e.answer, *cells, ";".join(e.tags), e.locale or ""])
    parsed = parse_bytes(out.getvalue().encode(), "f.csv")
    expected = [(e.id, e.question, e.answer, e.tags, e.locale) for e in entries]
    assert [(e.id, e.question, e.answer, e.tags, e.locale) for e in parsed.entries] == expected
