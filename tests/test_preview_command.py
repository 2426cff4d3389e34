"""`faq preview` and the job behind the page."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from index.added_variants import VARIANTS_FILE, variant_line
from index.errors import CallerError, FaqError
from index.store import SnapshotStore
from scripts.preview_change import command
from search.preview.__main__ import work
from search.querylog.errors import LogUrlError, QueryLogError
from search.querylog.store import QueryLog
from search.settings import Settings
from tests.test_preview_replay import logged, publish_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    folder: Path
    data: Path
    snapshots: Path
    log: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "FAQ_DATA_DIR": str(self.data),
            "FAQ_SNAPSHOT_DIR": str(self.snapshots),
            "FAQ_LOG_URL": self.log,
            "FAQ_THREADS": "2",
        }

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.data, snapshot_dir=self.snapshots, log_url=self.log, threads=2)


@pytest.fixture
def place(tmp_path: Path, store: SnapshotStore, monkeypatch: pytest.MonkeyPatch) -> Place:
    data = publish_data(tmp_path, store)
    url = f"sqlite:///{tmp_path}/log.sqlite3"
    now = datetime.now(UTC)
    with QueryLog.open(url) as log:
        log.add(
            [
                replace(logged(number, text), at=now - timedelta(days=days, seconds=number))
                for number, (text, days) in enumerate(
                    [("where is my parcel", 1)] * 4
                    + [("talk to a human", 2)] * 3
                    + [("zebra", 3), ("\x1b[31m<b>human</b>", 3), ("long ago", 60)]
                )
            ]
        )
    found = Place(folder=tmp_path, data=data, snapshots=store.root, log=url)
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return found


def preview(*arguments: object, answer: str | None = None) -> tuple[str, str]:
    """stdout and stderr; what is raised comes out."""
    result = CliRunner().invoke(
        command, ["shop", *map(str, arguments)], input=answer, catch_exceptions=False, standalone_mode=False
    )
    if result.exception:
        raise result.exception
    return result.stdout, result.stderr


def entry_file(place: Place) -> Path:
    file = place.folder / "new.yaml"
    file.write_text("- id: parcel\n  question: Where is my parcel?\n  answer: On its way.\n")
    return file


def test_a_person_sees_what_would_change(place: Place) -> None:
    out, _ = preview("--entry", entry_file(place), "--remove", "agent")
    assert "entries: 1 new (parcel), 1 removed (agent)" in out
    assert "queries: 9 from " in out
    assert "\nNow answered: 4 queries\n" in out
    assert '→ [parcel, new] "Where is my parcel?"' in out
    assert '"where is my parcel" (4 times)' in out
    assert "\nLost: answered before, and not any more: 3 queries" in out
    assert '[agent, removed] "How can I contact a person?" → ' in out
    assert "\nGolden set, 2 judgements: MRR@10 1.000 → 1.000" in out
    assert "\nNothing was published." in out
    assert "\x1b" not in out


def test_everything_as_json(place: Place) -> None:
    out, _ = preview("--entry", entry_file(place), "--json", "--days", "100")
    result = orjson.loads(out)
    assert result["queries"]["asked"] == 10
    assert result["groups"]["answered"]["pairs"][0]["after"]["entry"] == "parcel"
    assert {"since", "until", "golden", "warnings", "notes", "seconds", "decisions"} <= set(result)


def test_the_folder_as_it_is_now(place: Place) -> None:
    assert "nothing would change" in preview()[0]
    with (place.data / "shop" / "a.jsonl").open("a") as stream:
        stream.write('{"id": "parcel", "q": "Where is my parcel?", "a": "On its way."}\n')
    assert "1 new (parcel)" in preview()[0]


def test_an_edited_copy_of_a_file(place: Place) -> None:
    copy = place.folder / "edited.jsonl"
    copy.write_text(
        (place.data / "shop" / "a.jsonl").read_text().replace("Use the chat.", "Write where is my parcel.")
    )
    out, _ = preview("--file", copy, "--as", "a.jsonl")
    assert "1 changed (agent)" in out
    out, _ = preview("--file", place.data / "shop" / "a.jsonl")
    assert "nothing would change" in out
    with pytest.raises(FaqError, match="already used"):
        preview("--file", copy)


def test_queries_of_a_file_instead_of_the_log(place: Place) -> None:
    file = place.folder / "q.jsonl"
    file.write_text('{"query": "where is my parcel", "count": 7}\n{"query": ""}\n')
    out, _ = preview("--queries", file, "--entry", entry_file(place))
    assert f"queries: 7 of {file}" in out
    assert "Warning: 1 empty query was left out (line 2)." in out
    assert '"where is my parcel" (7 times)' in out


def test_without_a_log_the_golden_set_is_asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_LOG_URL", "off")
    out, _ = preview("--remove", "cancel")
    assert "Warning: The query log is off" in out
    assert "rank 1 → none" in out
    assert "A rebuild would refuse this" in out
    assert "which would be removed. A rebuild stops at that" in out
    monkeypatch.setenv("FAQ_LOG_URL", place.log)
    assert (
        "The log holds no query of 'shop' from 1999-01-01 to 1999-02-01"
        in (preview("--since", "1999-01-01", "--until", "1999-02-01", "--remove", "agent")[0])
    )


def test_a_log_that_can_not_be_read_keeps_its_secrets(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.folder / "geheim.sqlite3").write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("FAQ_LOG_URL", f"sqlite:///{place.folder}/geheim.sqlite3")
    with pytest.raises(QueryLogError, match="can't be used") as caught:
        preview("--remove", "agent")
    assert "geheim" not in str(caught.value)
    monkeypatch.setenv("FAQ_LOG_URL", "geheim")
    with pytest.raises(LogUrlError, match="is no database URL") as caught:
        preview("--remove", "agent")
    assert "geheim" not in str(caught.value)


def test_a_log_that_is_not_there_is_not_made(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_LOG_URL", "sqlite:///nowhere.sqlite3")
    assert "There is no query log yet" in preview("--remove", "agent")[0]
    assert not (place.folder / "nowhere.sqlite3").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as", "a.md"], "--as names the file"),
        (["--days", "3", "--since", "2026-01-01"], "not by both"),
        (["--yes"], "--yes is for --accept"),
        (["--accept"], "--accept writes variants"),
        (["--accept", "--variant", "agent", "x", "--remove", "cancel"], "--accept writes variants"),
        (["--since", "monday"], "'since' is no date"),
        (["--variant", "gone", "x"], "No entry has the id 'gone'"),
        (["--entry", "nowhere.md"], "nowhere.md: there is no such file"),
        (["--queries", "nowhere.jsonl"], "there is no such file"),
    ],
)
def test_wrong_use_is_told(place: Place, arguments: list[str], message: str) -> None:
    assert place
    with pytest.raises(Exception, match=message):
        preview(*arguments)


ACCEPT = ("--variant", "agent", "get hold of someone", "--accept")


def test_a_variant_is_written_after_a_yes(place: Place) -> None:
    file = place.data / "shop" / VARIANTS_FILE
    _, err = preview(*ACCEPT, answer="n\n")
    assert "Nothing was written." in err
    assert not file.exists()
    with pytest.raises(CallerError, match="Nobody answered, so nothing was written"):
        preview(*ACCEPT, answer="")
    assert not file.exists()
    _, err = preview(*ACCEPT, answer="y\n")
    line = variant_line("agent", "get hold of someone")
    assert f"+{line}\n" in err
    assert f"Written: {file}, line 1. Review and commit the change, then run 'faq rebuild shop'." in err
    assert file.read_text() == f"{line}\n"
    assert "1 changed (agent)" in preview()[0]  # which is what a rebuild would publish
    with pytest.raises(FaqError, match="already"):
        preview(*ACCEPT, "--yes")


def test_yes_writes_without_asking_and_json_stays_json(place: Place) -> None:
    out, _ = preview(*ACCEPT, "--yes", "--json")
    assert orjson.loads(out)["proposal"]["lines"] == [1]
    assert (place.data / "shop" / VARIANTS_FILE).exists()


def test_a_job_answers_as_the_command_does(place: Place) -> None:
    until = datetime.now(UTC)
    request = {
        "collection": "shop",
        "since": (until - timedelta(days=10)).isoformat(),
        "until": until.isoformat(),
        "entries": [{"id": "parcel", "question": "Where is my parcel?", "answer": "On its way.", "x": 1}],
        "removed": ["cancel"],
        "variants": [{"entry": "agent", "variant": "get hold of someone"}],
        "file": None,
    }
    result = work(place.settings, request)
    assert orjson.loads(orjson.dumps(result)) == result
    assert result["queries"]["asked"] == 9
    assert result["groups"]["answered"]["queries"] == 4
    assert "entry:1: the field 'x' is not used" in result["warnings"][0]
    shown = {item["query"] for g in ("answered", "lost", "taken", "changed")
             for pair in result["groups"][g]["pairs"] for item in pair["items"]}  # fmt: skip
    assert "where is my parcel" in shown  # four sessions asked it
    assert "zebra" not in shown


@pytest.mark.server
def test_the_job_is_a_program(place: Place) -> None:
    def job(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "search.preview"],
            input=orjson.dumps(request),
            capture_output=True,
            env={**os.environ, **place.environment, "PYTHONPATH": str(Path(__file__).parents[1])},
            check=False,
        )
        assert done.stderr == b""
        return done.returncode, orjson.loads(done.stdout)

    code, result = job({"collection": "shop", "removed": ["agent"]})
    assert (code, result["changes"]["removed"]) == (0, ["agent"])
    code, result = job({"collection": "shop", "removed": ["gone"]})
    assert (code, result) == (1, {"error": "No entry has the id 'gone', so it can't be removed."})
