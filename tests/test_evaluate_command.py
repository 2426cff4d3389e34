"""`faq evaluate`, as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scripts.cli import cli

ENTRIES: list[dict[str, Any]] = [
    {"id": "cancel", "question": "Can I cancel my order?", "answer": "Yes, until we send it."},
    {
        "id": "invoice",
        "question": "Where is my invoice?",
        "answer": "In your account.",
        "variants": ["my bill"],
    },
    {"id": "return", "question": "How do I send something back?"},
]
QUERIES: list[dict[str, Any]] = [
    {"query": "cancel order", "relevant": ["cancel"], "tags": ["keyword"], "split": "test"},
    {"query": "the bill please", "relevant": ["invoice", "return"], "tags": "keyword", "noisy": False},
    {"query": "cancel order", "relevant": ["cancel"]},
    {"query": "do you sell bicycles", "relevant": [], "tags": ["off-topic"]},
    {"query": "send " * 200, "relevant": ["return"]},
]


NOTHING = {"decision": "no_answer", "confidence": 0.0, "hits": []}


def write(file: Path, records: list[dict[str, Any]]) -> Path:
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return file


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with E.jsonl and Q.jsonl and temporary files of its own, which are gone in the end."""
    write(tmp_path / "E.jsonl", ENTRIES)
    write(tmp_path / "Q.jsonl", QUERIES)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAQ_MODEL", "toy")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    assert list(temporary.iterdir()) == []


def faq(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def evaluate(*arguments: str) -> Result:
    return faq("evaluate", "--entries", "E.jsonl", "--queries", "Q.jsonl", "--resamples", "100", *arguments)


def publish_shop(workplace: Path, *, golden: bool = True) -> None:
    folder = workplace / "faq_data" / "shop"
    folder.mkdir(parents=True)
    write(folder / "faq.jsonl", [{**entry, "answer": "So it is."} for entry in ENTRIES])
    if golden:
        write(folder / "golden.jsonl", [QUERIES[0], QUERIES[3]])
    assert faq("rebuild", "shop").exit_code == 0


def test_a_file_of_entries_is_evaluated(workplace: Path) -> None:
    ran = evaluate("--run", "run.jsonl")
    assert ran.exit_code == 0
    assert "entries: E.jsonl\n" in ran.stdout
    assert "\n  queries " in ran.stdout
    assert "\n  MRR@10 " in ran.stdout
    assert "\n  keyword " in ran.stdout
    assert "could not be asked, and count as not found: 1\n" in ran.stdout
    assert "has 999 characters" in ran.stdout
    assert "answering" in ran.stderr
    assert " queries/s" in ran.stderr
    lines = [json.loads(line) for line in (workplace / "run.jsonl").read_text().splitlines()]
    assert [line["query"] for line in lines] == [q["query"].strip() for q in QUERIES]
    for line, judgement in zip(lines, QUERIES, strict=True):
        assert set(line) == {"query", "relevant", "decision", "confidence", "hits"}
        assert line["relevant"] == judgement["relevant"]
    assert lines[0]["hits"][0]["id"] == "cancel"
    assert all(set(hit) == {"id", "score", "confidence"} for line in lines for hit in line["hits"])
    assert len(lines[0]["hits"]) == len(ENTRIES)
    assert lines[4]["hits"] == []
    assert sorted(path.name for path in workplace.iterdir()) == ["E.jsonl", "Q.jsonl", "run.jsonl", "tmp"]


def test_ten_hits_are_kept(workplace: Path) -> None:
    more = [{"id": f"e{n}", "question": f"Can I order number {n}?"} for n in range(15)]
    write(workplace / "E.jsonl", [*ENTRIES, *more])
    assert evaluate("--run", "run.jsonl").exit_code == 0
    first = json.loads((workplace / "run.jsonl").read_text().splitlines()[0])
    assert len(first["hits"]) == 10


@pytest.mark.usefixtures("workplace")
def test_json_is_all_there_is_on_stdout() -> None:
    document = json.loads(evaluate("--json", "--baselines").stdout)
    assert set(document["systems"]) == {"faq", "dense", "bm25", "rrf"}
    overall = document["systems"]["faq"]["overall"]
    assert (overall["queries"], overall["answerable"]) == (5, 4)
    assert overall["figures"]["r@1"]["value"] == 0.75  # the query that could not be asked found nothing
    assert document["systems"]["dense"]["overall"]["figures"]["ece"] is None
    assert set(document["systems"]["rrf"]["slices"]) == {"keyword", "off-topic"}
    assert document["systems"]["faq"]["slices"]["keyword"]["queries"] == 2
    assert document["about"]["model"] == "toy"
    assert document["about"]["entry_count"] == 3
    assert [one["query"][:9] for one in document["not_asked"]] == ["send send"]


@pytest.mark.usefixtures("workplace")
def test_the_same_run_gives_the_same_figures_and_another_seed_other_intervals() -> None:
    first, again, other = (
        json.loads(evaluate("--json", "--seed", seed).stdout)["systems"] for seed in ("1", "1", "2")
    )
    assert first == again
    assert first != other


def test_reports_and_a_comparison(workplace: Path) -> None:
    evaluate("--run", "old.jsonl")
    ran = evaluate("--compare", "old.jsonl", "--report", "r.md", "--report", "r.json")
    assert ran.exit_code == 0
    assert "0 better and 0 worse of 5 queries" in ran.stdout
    assert (workplace / "r-reliability.svg").exists()
    assert "## Reliability" in (workplace / "r.md").read_text()
    found = json.loads((workplace / "r.json").read_text())["comparison"]
    assert (found["with"], found["better"], found["worse"]) == ("old.jsonl", [], [])
    old = [json.loads(line) for line in (workplace / "old.jsonl").read_text().splitlines()]
    old[0]["hits"].reverse()
    write(workplace / "old.jsonl", old)
    ran = evaluate("--compare", "old.jsonl", "--run", "new.jsonl")
    assert "Better: 1 of 5 queries" in ran.stdout
    assert "1 better and 0 worse of 5 queries" in ran.stdout
    assert "  wrote new.jsonl\n" in ran.stderr
    renewed = json.loads((workplace / "new.jsonl").read_text().splitlines()[0])
    assert renewed["hits"][0]["id"] == "cancel"
    baseline = (workplace / "old.jsonl").read_bytes()
    ran = evaluate("--compare", "old.jsonl", "--run", "./old.jsonl")
    assert ran.exit_code == 2
    assert "'old.jsonl' would overwrite another file of this command" in ran.stderr
    assert (workplace / "old.jsonl").read_bytes() == baseline


def test_a_run_is_compared_also_after_a_judgement_was_added(workplace: Path) -> None:
    evaluate("--run", "old.jsonl")
    write(workplace / "Q.jsonl", [{"query": "send back", "relevant": ["return"]}, *QUERIES[1:]])
    ran = evaluate("--compare", "old.jsonl", "--report", "r.json")
    assert "these ids: 1 query of the other run, 1 of this one." in ran.stdout
    assert "0 better and 0 worse of 4 queries" in ran.stdout
    found = json.loads((workplace / "r.json").read_text())["comparison"]
    assert (found["queries"], found["left_out"]) == (4, {"old": 1, "new": 1})


def test_a_golden_set_that_holds_the_queries_is_told(workplace: Path) -> None:
    write(workplace / "G.jsonl", [QUERIES[0], {"query": "what does it cost", "relevant": []}])
    ran = evaluate("--golden", "G.jsonl", "--json")
    assert ran.exit_code == 0
    assert "2 queries stand in G.jsonl as well" in ran.stderr
    assert json.loads(ran.stdout)["about"]["golden_repeated"] == 2


def test_a_published_snapshot_is_evaluated_by_its_golden_set(workplace: Path) -> None:
    publish_shop(workplace)
    document = json.loads(faq("evaluate", "shop", "--json", "--run", "run.jsonl").stdout)
    assert document["about"]["collection"] == "shop"
    assert document["about"]["snapshot"] == (workplace / "snapshots/shop/CURRENT").read_text().strip()
    assert document["systems"]["faq"]["overall"]["queries"] == 2
    assert len((workplace / "run.jsonl").read_text().splitlines()) == 2
    other = json.loads(faq("evaluate", "shop", "--json", "--queries", "Q.jsonl").stdout)
    assert other["systems"]["faq"]["overall"]["queries"] == 5


def test_other_folders_of_collections_and_snapshots(workplace: Path) -> None:
    publish_shop(workplace)
    (workplace / "snapshots").rename(workplace / "elsewhere")
    (workplace / "faq_data").rename(workplace / "texts")
    ran = faq("evaluate", "shop", "--data-dir", "texts", "--snapshot-dir", "elsewhere")
    assert ran.exit_code == 0
    assert "queries: texts/shop/golden.jsonl\n" in ran.stdout


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name a COLLECTION, or both --entries and --queries."),
        (["--entries", "E.jsonl"], "Name a COLLECTION, or both --entries and --queries."),
        (["--queries", "Q.jsonl"], "Name a COLLECTION, or both --entries and --queries."),
        (["shop", "--entries", "E.jsonl"], "Name a COLLECTION or --entries, not both."),
        (["shop", "--model", "toy"], "--model goes with --entries"),
        (["shop", "--golden", "Q.jsonl"], "--golden goes with --entries"),
        (["shop", "--report", "r.html"], "'r.html' ends with neither of .md, .json."),
        (["shop", "--run", "gone/run.jsonl"], "There is no folder 'gone' to write 'run.jsonl' into."),
        (
            ["--entries", "E.jsonl", "--queries", "Q.jsonl", "--run", "./Q.jsonl"],
            "'Q.jsonl' would overwrite another file of this command.",
        ),
        (["shop", "--run", "a.json", "--report", "a.json"], "'a.json' would overwrite another file"),
        (["shop", "--resamples", "5"], "100<=x<=100000"),
        (["shop", "--seed", "-1"], "0<=x<="),
        (["shop", "--seed", str(10**20)], "0<=x<="),
        (["shop", "--run", "a-reliability.svg", "--report", "a.md"], "'a-reliability.svg' would overwrite"),
    ],
)
def test_wrong_options_are_told(arguments: list[str], message: str) -> None:
    ran = faq("evaluate", *arguments)
    assert ran.exit_code == 2
    assert message in ran.stderr


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"E.jsonl": None}, "E.jsonl: there is no such file."),
        ({"E.jsonl": '{"id": "a"}\n'}, "E.jsonl: there are no entries in it. Write lines such as"),
        ({"Q.jsonl": None}, "Q.jsonl: there is no such file."),
        ({"Q.jsonl": "\n"}, "Q.jsonl: there are no judgements in it."),
        ({"Q.jsonl": '{"query": "q", "relevant": ["nosuch"]}'}, "Q.jsonl:1: the id 'nosuch' is no entry."),
        ({"Q.jsonl": '\n{"query": "q"}'}, "Q.jsonl:2: 'relevant' is missing"),
        ({"G.jsonl": "{"}, "G.jsonl:1: "),
        ({"G.jsonl": ""}, "G.jsonl: there are no judgements in it."),
        (
            {"old.jsonl": '{"query": "q", "relevant": []}'},
            "old.jsonl:1: this is no line of a run: 'decision'",
        ),
        (
            {"old.jsonl": json.dumps({"query": "q", "relevant": [], **NOTHING})},
            "is among the 5 here. It may be a run of another collection.",
        ),
    ],
)
def test_files_with_mistakes_are_told(workplace: Path, files: dict[str, str | None], message: str) -> None:
    arguments = ["evaluate", "--entries", "E.jsonl", "--queries", "Q.jsonl"]
    for name, text in files.items():
        if text is None:
            (workplace / name).unlink()
        else:
            (workplace / name).write_text(text)
        option = {"G.jsonl": "--golden", "old.jsonl": "--compare"}.get(name)
        arguments += [option, name] if option else []
    ran = run_program(workplace, *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def run_program(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from scripts.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ,
    )


def test_a_collection_without_a_golden_set_is_told_how_to_write_one(workplace: Path) -> None:
    publish_shop(workplace, golden=False)
    ran = run_program(workplace, "evaluate", "shop")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "'shop' has no golden set to be evaluated by. Write faq_data/shop/golden.jsonl" in ran.stderr
    assert '{"query": "where is my parcel", "relevant": ["tracking"]}' in ran.stderr


def test_what_is_not_published_can_not_be_evaluated(workplace: Path) -> None:
    for name, code in (("shop", 2), ("../shop", 2)):
        ran = run_program(workplace, "evaluate", name)
        assert ran.returncode == code
        assert name in ran.stderr
        assert "Traceback" not in ran.stderr


def test_pieces_of_the_file_that_are_no_entries_are_told(workplace: Path) -> None:
    with (workplace / "E.jsonl").open("a") as stream:
        stream.write('{"id": "lost"}\n')
    ran = evaluate()
    assert ran.exit_code == 0
    assert "E.jsonl:4: " in ran.stderr


def test_as_a_program_it_prints_json_only(workplace: Path) -> None:
    arguments = (
        "--entries",
        "E.jsonl",
        "--queries",
        "Q.jsonl",
        "--resamples",
        "100",
        "--json",
        "--baselines",
    )
    ran = run_program(workplace, "evaluate", *arguments)
    assert ran.returncode == 0, ran.stderr
    assert set(json.loads(ran.stdout)["systems"]) == {"faq", "dense", "bm25", "rrf"}


def test_told_to_end_it_leaves_nothing_behind(workplace: Path) -> None:
    write(workplace / "Q.jsonl", [QUERIES[0]] * 30_000)
    arguments = ("--entries", "E.jsonl", "--queries", "Q.jsonl", "--run", "run.jsonl")
    with subprocess.Popen(
        [sys.executable, "-c", "from scripts.cli import main; main()", "evaluate", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        cwd=workplace,
        env=os.environ,
    ) as process:
        assert process.stderr is not None
        while "publishing" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
    assert process.returncode == 128 + signal.SIGTERM
    assert not (workplace / "run.jsonl").exists()


def test_a_collections_own_golden_set_is_not_written_over(workplace: Path) -> None:
    publish_shop(workplace)
    own = workplace / "faq_data" / "shop" / "golden.jsonl"
    before = own.read_bytes()
    ran = faq("evaluate", "shop", "--run", str(own))
    assert ran.exit_code == 2
    assert "golden.jsonl' would overwrite another file of this command" in ran.stderr
    assert own.read_bytes() == before
