"""`faq gaps` and the job behind the admin pages."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from index.errors import FaqError
from scripts.cli import cli
from scripts.find_gaps import _gap
from search.gaps.__main__ import work
from search.gaps.job import KIND, LogOff, RequestWrong, gaps_of_log, moment
from search.gaps.report import Nearest
from search.querylog.records import Report
from search.querylog.store import QueryLog
from search.settings import Settings, load_settings
from tests.conftest import Publish
from tests.test_gaps import EVERY, TOPICS, asked, gaps_of

ENTRY = {
    "id": "cancel",
    "question": "Can I cancel an order?",
    "answer": "Yes.",
    "variants": ["stop my order"],
}


def lines(file: Path, records: list[Any]) -> Path:
    file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return file


def faq(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    return lines(tmp_path / "queries.jsonl", [{"query": text, "relevant": []} for text in EVERY])


@pytest.fixture
def settings(tmp_path: Path, publish: Publish) -> Settings:
    """Of a published collection "shop" whose log has two days on which the same was asked in vain."""
    publish()
    url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    with QueryLog.open(url) as log:
        log.add([asked(text, number=n) for n, text in enumerate(EVERY * 2)])
    return load_settings(
        {"log_url": url, "snapshot_dir": tmp_path / "snapshots", "log_min_sessions": 2, "threads": 1}
    )


def test_files_in_json(tmp_path: Path, queries: Path) -> None:
    entries = lines(tmp_path / "entries.jsonl", [ENTRY])
    result = faq("gaps", "--model", "toy", "--entries", entries, "--queries", queries, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["gaps"]
    for gap in report["gaps"]:
        assert {"id", "kind", "name", "queries", "count", "entries"} <= gap.keys()
        assert set(gap["queries"]) <= set(EVERY)
        assert gap["entries"] == ["cancel"]


def test_without_an_entry_everything_is_missing(tmp_path: Path, queries: Path) -> None:
    entries = lines(tmp_path / "entries.jsonl", [])
    result = faq("gaps", "--model", "toy", "--entries", entries, "--queries", queries, "--json")
    report = json.loads(result.stdout)
    placed = [text for gap in report["gaps"] for text in gap["queries"]] + report["singletons"]
    assert sorted(placed) == sorted(EVERY)
    assert {gap["kind"] for gap in report["gaps"]} == {"missing"}


def test_text_for_people(tmp_path: Path, queries: Path) -> None:
    entries = lines(tmp_path / "entries.jsonl", [])
    result = faq("gaps", "--model", "toy", "--entries", entries, "--queries", queries, "--top", 1)
    assert "1 shown" in result.stdout
    assert "suggested question" in result.stdout


def test_each_kind_says_what_to_do() -> None:
    near = Nearest(id="refund", question="How do I get a refund?", confidence=0.8, first=1.0)
    gap = gaps_of(EVERY).gaps[0]
    gap = replace(gap, nearest=(near,), entries=("refund",), clicks=1, votes_down=4)
    rejected = "\n".join(_gap(1, replace(gap, kind="rejected")))
    assert "opened 1 time, voted down 4 times: write another answer to [refund]" in rejected
    assert "suggested" not in rejected
    wording = "\n".join(_gap(1, replace(gap, kind="wording", variants=("money back",), words=("money",))))
    assert "add to [refund], which lacks money, the variants\n      + money back" in wording
    assert "would answer" not in "\n".join(_gap(1, replace(gap, answered_by_fix=0.0)))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("{", "no JSON"), ('{"q": "a"}', "'query'"), ("[]", "'query'")],
)
def test_wrong_queries_are_named_with_file_and_line(tmp_path: Path, line: str, complaint: str) -> None:
    entries, queries = lines(tmp_path / "e.jsonl", [ENTRY]), tmp_path / "q.jsonl"
    queries.write_text(f'{{"query": "a"}}\n{line}\n', "utf-8")
    result = faq("gaps", "--model", "toy", "--entries", entries, "--queries", queries)
    assert isinstance(result.exception, FaqError)
    assert f"{queries}:2" in str(result.exception)
    assert complaint in str(result.exception)


def test_an_empty_query_is_left_out_and_counted(tmp_path: Path) -> None:
    entries, queries = lines(tmp_path / "e.jsonl", [ENTRY]), tmp_path / "q.jsonl"
    files = ("gaps", "--model", "toy", "--entries", entries, "--queries", queries, "--json")
    lines(queries, [{"query": "a"}, {"query": " "}, {"query": "b"}])
    result = faq(*files)
    assert result.exit_code == 0, result.output
    assert "1 empty query was left out (line 2)." in result.stderr
    assert {"asked": 2, "left_out": 1}.items() <= json.loads(result.stdout).items()
    lines(queries, [{"query": ""}, {"query": "\u200b"}, {"query": "b"}])
    assert "2 empty queries were left out (lines 1, 2)." in faq(*files).stderr
    lines(queries, [{"query": ""}])
    assert "there are no queries in it" in str(faq(*files).exception)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("shop", "--entries", "e.jsonl"),
        ("--entries", "e.jsonl"),
        ("shop", "--model", "toy"),
        ("--entries", "e.jsonl", "--queries", "q.jsonl", "--days", "3"),
        ("../shop",),
        ("shop", "--since", "2026-01-01", "--days", "3"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[str, ...]) -> None:
    assert faq("gaps", *arguments).exit_code == 2


def test_of_the_log_and_kept_in_it(settings: Settings) -> None:
    until = datetime(2026, 3, 9, tzinfo=UTC)
    report = gaps_of_log(settings, collection="shop", until=until)
    assert report.asked == 2 * len(EVERY)
    assert any(set(gap.queries) & set(TOPICS["parking"]) for gap in report.gaps)
    assert {gap.before for gap in report.gaps} == {None}  # nothing was asked before
    with QueryLog.open(settings.log_url) as log:
        (kept,) = log.reports(collection="shop", kind=KIND)
    assert json.loads(kept.body)["gaps"] == json.loads(json.dumps(report.to_dict()["gaps"]))
    again = gaps_of_log(settings, collection="shop", until=until)
    assert [gap.id for gap in again.gaps] == [gap.id for gap in report.gaps]
    later = gaps_of_log(settings, collection="shop", since=until - timedelta(days=1), until=until, keep=False)
    assert later.asked == 0
    with QueryLog.open(settings.log_url) as log:
        assert [
            json.loads(one.body)["days"] for one in log.reports(collection="shop", kind=KIND, most=9)
        ] == [7, 7]


def test_what_was_answered_before_counts_for_the_trend(settings: Settings) -> None:
    """More than the log tells what is served badly now, so the log alone can't tell what was before."""
    with QueryLog.open(settings.log_url) as log:
        before = [asked(text, number=-n, decision="answer") for n, text in enumerate(EVERY * 3, start=1)]
        log.add([*before, asked("is there a sauna", number=-99, decision="answer")])
    report = gaps_of_log(settings, collection="shop", until=datetime(2026, 3, 9, tzinfo=UTC))
    assert report.gaps
    assert [gap.before for gap in report.gaps] == [gap.count / 2 * 3 for gap in report.gaps]


def test_a_gap_keeps_its_id_through_a_week_without_it(settings: Settings) -> None:
    until = datetime(2026, 3, 9, tzinfo=UTC)
    texts = TOPICS["parking"]
    known = {"id": "gap-of-old", "name": "Parking", "queries": texts, "representatives": texts}
    with QueryLog.open(settings.log_url) as log:
        for weeks, gaps in ((2, [known]), (1, [])):
            body = json.dumps({"gaps": gaps}).encode()
            at = until - timedelta(weeks=weeks)
            log.keep_report(Report(collection="shop", kind=KIND, at=at, body=body))
    found = {gap.id: gap for gap in gaps_of_log(settings, collection="shop", until=until).gaps}
    assert found["gap-of-old"].name == "Parking"
    assert set(found["gap-of-old"].queries) & set(texts)


def test_the_job_answers_as_the_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    request = {"collection": "shop", "since": "2026-03-01", "until": "2026-03-09T00:00+00:00"}
    result = work(settings, request)
    assert result["gaps"]
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    shown = faq("gaps", "shop", "--since", "2026-03-01", "--until", "2026-03-09", "--json")
    assert [gap["id"] for gap in json.loads(shown.stdout)["gaps"]] == [gap["id"] for gap in result["gaps"]]
    child = subprocess.run(
        [sys.executable, "-m", "search.gaps"],
        input=json.dumps(request).encode(),
        capture_output=True,
        check=True,
    )
    assert [gap["id"] for gap in json.load(io.BytesIO(child.stdout))["gaps"]] == [
        gap["id"] for gap in result["gaps"]
    ]


def test_requests_that_are_wrong_are_told(settings: Settings) -> None:
    with pytest.raises(RequestWrong):
        work(settings, {})
    with pytest.raises(RequestWrong):
        moment("yesterday")
    for far in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"):
        with pytest.raises(RequestWrong):
            moment(far)
    with pytest.raises(RequestWrong, match="before it begins"):
        gaps_of_log(settings, collection="shop", until=moment("0001-01-01"))
    assert gaps_of_log(settings, collection="shop", since=moment("0001-01-01")).gaps
    with pytest.raises(RequestWrong):
        gaps_of_log(settings, collection="shop", since=moment("2026-03-02"), until=moment("2026-03-01"))
    with pytest.raises(LogOff):
        gaps_of_log(settings.model_copy(update={"log_url": "off"}), collection="shop")


def test_what_is_said_is_counted_as_people_count(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    nothing = faq("gaps", "shop", "--since", "2020-01-01", "--until", "2020-01-08T12:30:15")
    assert nothing.stdout == (
        "Nothing was asked of shop from 2020-01-01 00:00 UTC to 2020-01-08 12:30 UTC. "
        "Is it the right period?\n"
    )
    one = lines(tmp_path / "one.jsonl", [{"query": "zebra"}])
    files = ("--model", "toy", "--entries", lines(tmp_path / "e.jsonl", []), "--queries", one)
    assert faq("gaps", *files).stdout.splitlines()[:2] == [
        "1 query, 1 different; 1 of them is served badly.",
        "0 gaps.",
    ]
