"""`faq search`, `faq rebuild` and the program around them, as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from index.extras import ExtraMissing
from scripts.cli import COMMANDS, EXIT_CALLER_ERROR, EXIT_RUN_ERROR, cli, run
from search.querylog.store import QueryLog


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one small collection, where `faq` is run with the toy model."""
    folder = tmp_path / "faq_data" / "shop"
    folder.mkdir(parents=True)
    (folder / "help.md").write_text(
        "# Help\n\n## Orders\n\n### Can I cancel my order? {#cancel}\n\nYes, until we send it.\n\n"
        "### Where is my invoice? {#invoice}\n\nIn your account.\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAQ_MODEL", "toy")
    return tmp_path


def faq(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.mark.usefixtures("workplace")
def test_rebuild_then_search() -> None:
    built = faq("rebuild", "shop")
    assert built.exit_code == 0
    assert "2 added (cancel, invoice)" in built.stdout
    assert "published 20" in built.stdout
    found = faq("search", "cancel order please")
    assert found.exit_code == 0
    assert " 1. " in found.stdout
    assert found.stdout.index("[cancel]") < found.stdout.index("[invoice]")


@pytest.mark.usefixtures("workplace")
def test_search_prints_what_the_api_answers() -> None:
    faq("rebuild", "shop")
    answer = json.loads(faq("search", "cancel order", "--json", "--top", "1").stdout)
    assert set(answer) == {
        *(
            "query_id",
            "query",
            "collection",
            "snapshot",
            "decision",
            "confidence",
            "fallback",
            "corrected",
            "choices",
            "took_ms",
            "hits",
        )
    }
    assert [hit["id"] for hit in answer["hits"]] == ["cancel"]


def test_a_dry_run_and_a_second_run(workplace: Path) -> None:
    dry = faq("rebuild", "shop", "--dry-run")
    assert "nothing was published" in dry.stdout
    assert not (workplace / "snapshots").exists()
    faq("rebuild", "shop")
    assert "nothing changed" in faq("rebuild", "shop").stdout
    assert "published 20" in faq("rebuild", "shop", "--force").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["rebuild", "nosuch"], 2, "shop"),
        (["rebuild", "../shop"], 2, "../shop"),
        (["rebuild", "shop", "--model", "no/such-model"], 2, "no/such-model"),
        (["search", "money"], 2, "faq rebuild"),
        (["search", "money", "--collection", "shop"], 1, "faq rebuild shop"),
        (["search", "", "--collection", "shop"], 1, "shop"),
        (["nosuch"], 2, "nosuch"),
    ],
)
def test_mistakes_get_a_line_and_a_code(
    workplace: Path, arguments: list[str], code: int, message: str
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from scripts.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=workplace,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert ran.returncode == code
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_empty_query_is_refused_with_advice(workplace: Path) -> None:
    faq("rebuild", "shop")
    ran = subprocess.run(
        [sys.executable, "-m", "scripts.search_query", "  "],
        capture_output=True,
        text=True,
        check=False,
        cwd=workplace,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "empty" in ran.stderr


def test_a_fault_of_ours_is_told_without_a_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("nobody thought of this")

    command = click.Command("broken", callback=broken)
    monkeypatch.setattr(sys, "argv", ["faq"])
    monkeypatch.delenv("FAQ_TRACEBACK", raising=False)
    with pytest.raises(SystemExit, match="70"):
        run(command)
    monkeypatch.setenv("FAQ_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        run(command)


def test_a_missing_extra_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    for name in ("index.markdown", "index.build", "scripts.rebuild_index"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    ran = faq("rebuild", "shop")
    assert isinstance(ran.exception, ExtraMissing)
    assert "pip install 'faq-search[build]'" in str(ran.exception)


def test_every_command_has_help_and_a_file_that_runs() -> None:
    for name, module in COMMANDS.items():
        assert faq(name, "--help").exit_code == 0
        file = Path(__file__).parents[1] / "scripts" / f"{module}.py"
        ran = subprocess.run([sys.executable, file, "--help"], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        assert "Usage" in ran.stdout


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize(
    "command",
    [("search", "x", "--collection"), ("gaps",), ("preview",), ("demo-traffic",), ("evaluate",), ("lint",)],
)
def test_a_collection_that_is_not_there_is_the_callers_mistake(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    faq("rebuild", "shop")
    Path("faq_data", "unbuilt").mkdir()

    def exit_code(name: str) -> object:
        monkeypatch.setattr(sys, "argv", ["faq", *command, name])
        with pytest.raises(SystemExit) as ended:
            run(cli)
        return ended.value.code

    assert exit_code("shpo") == EXIT_CALLER_ERROR
    said = capsys.readouterr().err
    assert "There is no collection 'shpo' in faq_data" in said
    assert "shop" in said
    if command != ("lint",):  # which reads the folder alone
        monkeypatch.setenv("FAQ_LOG_URL", "sqlite:///log.sqlite3")
        with QueryLog.open("sqlite:///log.sqlite3"):
            pass
        assert exit_code("unbuilt") == EXIT_RUN_ERROR
        assert "Nothing is published of 'unbuilt' in snapshots, only of shop." in capsys.readouterr().err
