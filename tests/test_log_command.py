"""`faq log` shows, exports and removes."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scripts.manage_log import command
from search.disposable_file import folder_of
from search.querylog.records import Feedback
from search.querylog.store import QueryLog
from tests.querylog import logged

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def _log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    monkeypatch.setenv("FAQ_LOG_URL", found)
    monkeypatch.chdir(tmp_path)
    with QueryLog.open(found) as log:
        session = log.session_hash("visit-1")
        said = [
            Feedback(query_id="q2", at=NOW, kind="click", entry_id="13", position=2),
            Feedback(query_id="q2", at=NOW, kind="helpful", helpful=False, reason='=LINK("x") ; @SUM(1)'),
        ]
        log.add(
            [
                logged("q1", NOW - timedelta(days=20), session=session),
                logged("q2", NOW - timedelta(days=2), session=session, asked="=1+1", normalised="1 1"),
                logged("q3", NOW - timedelta(days=3), session=None, collection="other"),
            ],
            said,
        )


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_status_tells_what_there_is() -> None:
    assert run("status").output.splitlines()[1].startswith("shop: 2 queries of 1 known session, ")
    told = json.loads(run("status", "--json").output)
    assert [(one["collection"], one["queries"]) for one in told] == [("other", 1), ("shop", 2)]


def test_export_writes_every_query_of_the_period() -> None:
    ids = [json.loads(line)["query_id"] for line in run("export").stdout.splitlines()]
    assert ids == ["q3", "q1", "q2"]
    lines = run("export", "--collection", "shop", "--since", "7d").stdout.splitlines()
    [query] = [json.loads(line) for line in lines]
    assert query["query_id"] == "q2"
    assert [said["kind"] for said in query["feedback"]] == ["click", "helpful"]
    day = (NOW - timedelta(days=10)).date().isoformat()
    assert len(run("export", "--until", day).stdout.splitlines()) == 1


def test_an_exported_table_holds_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    result = run("export", "--since", "7d", "--collection", "shop", "--format", "csv", "--output", str(path))
    assert result.stderr == "1 query.\n"
    [row] = csv.DictReader(io.StringIO(path.read_text("utf-8")))
    assert row["asked"] == "'=1+1"
    assert row["reasons"] == "'=LINK(\"x\") ;' @SUM(1)"
    assert (row["top_ids"], row["clicked"], row["helpful"]) == ("13 14", "13 at 2", "no")


@pytest.mark.parametrize("command", [("purge", "--before", "7d"), ("forget", "--session", "visit-1")])
def test_what_was_kept_of_analysed_queries_goes_too(command: tuple[str, ...]) -> None:
    kept = folder_of(Path("snapshots")) / "x.vectors"
    kept.parent.mkdir(parents=True)
    kept.touch()
    run(*command)
    assert not kept.exists()


def test_purge_and_forget_remove() -> None:
    assert run("purge", "--before", "7d").output.startswith("Removed 1 query")
    assert run("forget", "--session", "visit-2").output == "Removed 0 queries of that session.\n"
    assert run("forget", "--session", "visit-1").output == "Removed 1 query of that session.\n"
    assert len(run("export").stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("export", "--since", "yesterday"), "is no date"),
        (("export", "--format", "xml"), "jsonl"),
        (("forget",), "--session"),
    ],
)
def test_wrong_use_is_told(arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.output


def test_without_a_log_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_LOG_URL", "off")
    with pytest.raises(Exception, match="FAQ_LOG_URL is off"):
        run("status")
