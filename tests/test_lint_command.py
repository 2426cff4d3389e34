"""`faq lint`, the setting that suppresses its findings, and the page's job, as they are run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index.errors import CollectionError
from index.lint_codes import LINT_CODES
from index.settings_file import load_settings
from scripts.cli import EXIT_FINDINGS, cli
from search.querylog.records import LoggedQuery
from search.querylog.store import QueryLog

ROOT = Path(__file__).parents[1]
HELP = """# Help

## Orders

### Can I cancel my paid order? {#cancel}
<!-- variants: stop an order -->

Yes, within 3 days.

### My paid order: can I cancel? {#cancel-too}
<!-- variants: call it off -->

Yes, within 5 days.

### Where is my invoice? {#invoice}

Dear {{name}}, in your account.
"""


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "faq_data" / "shop"
    folder.mkdir(parents=True)
    (folder / "help.md").write_text(HELP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAQ_MODEL", "toy")
    return tmp_path


def faq(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.mark.usefixtures("workplace")
def test_text_is_grouped_by_file_in_the_order_of_lines() -> None:
    result = faq("lint", "shop", "--severity", "advice")
    assert result.exit_code == EXIT_FINDINGS
    lines = result.stdout.splitlines()
    assert lines[0] == "shop/help.md"
    places = [line.split(":")[0].strip() for line in lines if line.startswith("  ") and line[2].isdigit()]
    assert places == ["5", "5", "15", "15"]
    assert "  15: error leftover:" in result.stdout
    assert "3 entries: 1 error, 2 warnings, 1 piece of advice" in result.stdout
    assert "faq rebuild shop" in result.stdout
    assert "no query log" in result.stdout


@pytest.mark.usefixtures("workplace")
def test_json_tells_everything() -> None:
    faq("rebuild", "shop")
    report = json.loads(faq("lint", "shop", "--json", "--severity", "advice").stdout)
    assert report["counts"] == {"error": 1, "warning": 2, "advice": 1}
    assert [finding["code"] for finding in report["findings"]] == [
        *("contradiction", "near-duplicate", "leftover", "no-variants")
    ]
    first = report["findings"][0]
    assert (first["file"], first["line"], first["entries"]) == ("shop/help.md", 5, ["cancel", "cancel-too"])
    assert "3 days" in first["reason"]
    assert len(report["unchecked"]) == 1  # the log


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["shop"], 4),
        (["shop", "--fail-on", "never"], 0),
        (["shop", "--severity", "error"], 4),
        (["nosuch"], 2),
        (["../shop"], 2),
        ([], 2),
        (["--entries", "nosuch.jsonl"], 2),
        (["shop", "--fail-on", "advice"], 2),
    ],
)
@pytest.mark.usefixtures("workplace")
def test_exit_codes(arguments: list[str], code: int) -> None:
    command = "import sys; from scripts.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "lint", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_warnings_fail_only_where_they_are_to(workplace: Path) -> None:
    help_ = workplace / "faq_data" / "shop" / "help.md"
    help_.write_text(HELP.replace("{{name}}", "you"))
    assert faq("lint", "shop").exit_code == 0
    assert faq("lint", "shop", "--fail-on", "warning").exit_code == EXIT_FINDINGS


def test_a_file_of_entries(workplace: Path) -> None:
    lines = [{"id": "a", "question": "Can I pay later?", "answer": "TODO"}, {"id": "b", "question": "Why?"}]
    (workplace / "e.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    result = faq("lint", "--entries", "e.jsonl", "--json")
    assert result.exit_code == EXIT_FINDINGS
    report = json.loads(result.stdout)
    assert [(finding["code"], finding["place"]) for finding in report["findings"]] == [
        ("leftover", "e.jsonl:1"),
        ("unusable", "e.jsonl:2"),
    ]
    assert "Nothing is embedded" in report["unchecked"][0]
    assert not (workplace / "snapshots").exists()
    faq("rebuild", "shop")
    assert json.loads(faq("lint", "shop", "--entries", "e.jsonl", "--json").stdout)["unchecked"] == []


def test_what_stops_a_build_is_a_finding(workplace: Path) -> None:
    more = "# H\n\n## S\n\n### Empty? {#empty}\n\n### Can I cancel it? {#cancel}\n\nYes.\n"
    (workplace / "faq_data" / "shop" / "more.md").write_text(more)
    report = json.loads(faq("lint", "shop", "--json").stdout)
    assert {"unusable", "doubled-id"} <= {finding["code"] for finding in report["findings"]}


def test_suppressions_are_read_and_checked(workplace: Path) -> None:
    settings = workplace / "faq_data" / "shop" / "collection.yaml"
    settings.write_text("lint_ignore: [leftover:invoice, near-duplicate, contradiction]\n")
    result = faq("lint", "shop")
    assert result.exit_code == 0
    assert "0 errors, 0 warnings, 1 piece of advice, 3 suppressed" in result.stdout
    for wrong, told in [
        ("lint_ignore: [nosuch]", "no code 'nosuch'"),
        ("lint_ignore: leftover", "must be a list"),
        ("lint_ignore: ['leftover:']", "without the id"),
    ]:
        settings.write_text(wrong)
        with pytest.raises(CollectionError, match=told):
            load_settings(settings, "shop/collection.yaml")


def test_the_log_is_read_where_there_is_one(workplace: Path) -> None:
    faq("rebuild", "shop")
    now = datetime.now(UTC)
    queries = [
        LoggedQuery(
            query_id=f"q{n}", at=now - timedelta(minutes=n + 1), session=None, collection="shop",
            snapshot="v", source="api", locale=None,
            asked="x", normalised="x", decision="answer", confidence=0.5,
            top_ids=("cancel", "cancel-too"), milliseconds=1.0,
        )
        for n in range(250)
    ]  # fmt: skip
    with QueryLog.open(f"sqlite:///{workplace / 'query-log.sqlite3'}") as log:
        log.add(queries)
    report = json.loads(faq("lint", "shop", "--json", "--severity", "advice").stdout)
    shown = [finding["entries"] for finding in report["findings"] if finding["code"] == "never-shown"]
    assert shown == [["invoice"]]
    assert report["unchecked"] == []


def test_the_pages_job_gives_the_same(workplace: Path) -> None:
    def work(request: object) -> tuple[int, dict[str, object]]:
        done = subprocess.run(
            [sys.executable, "-m", "search.lint"], input=json.dumps(request), cwd=workplace,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout)

    code, report = work({"collection": "shop"})
    assert code == 0
    assert report == json.loads(faq("lint", "shop", "--json", "--severity", "advice").stdout)
    assert work({"collection": "nosuch"})[0] == 1
    assert "error" in work({})[1]


def test_every_code_is_documented_once_in_its_table() -> None:
    text = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    rules = text.partition("\n## Rules\n")[2].partition("\n## ")[0]
    told = [line.split("`")[1] for line in rules.splitlines() if line.startswith("| `")]
    assert told == list(LINT_CODES)


@pytest.mark.usefixtures("workplace")
def test_a_file_with_two_entries_of_one_id_and_one_without_an_answer() -> None:
    records = [
        {"id": "a", "question": "How do I pay?", "answer": "By card."},
        {
            "id": "a",
            "question": "Where is it?",
            "answer": "See question 12: mailto: {{x}}",
            "related": ["gone"],
        },
        {"question": "No answer here?"},
    ]
    Path("faq.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    report = json.loads(faq("lint", "--entries", "faq.jsonl", "--json").stdout)
    assert [(found["line"], found["code"]) for found in report["findings"]] == [
        (2, "dead-reference"),
        (2, "dead-reference"),
        (2, "doubled-id"),
        (2, "leftover"),
        (2, "malformed-link"),
        (3, "unusable"),
    ]
    assert report["entries"] == 2
    Path("faq.jsonl").write_text("".join(json.dumps({"question": f"{w}?"}) + "\n" for w in ("Why", "Who")))
    assert json.loads(faq("lint", "--entries", "faq.jsonl", "--json").stdout)["findings"] == []


@pytest.mark.usefixtures("workplace")
def test_two_entries_of_one_id_in_a_collection() -> None:
    help_ = Path("faq_data/shop/help.md")
    help_.write_text(HELP.replace("{#cancel-too}", "{#cancel}"))
    report = json.loads(faq("lint", "shop", "--json").stdout)
    found = [(one["code"], one["line"], one["entries"]) for one in report["findings"]]
    assert ("doubled-id", 10, ["cancel"]) in found
    assert not any(code == "unusable" for code, *_ in found)
