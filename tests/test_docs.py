"""The documents are true: links lead somewhere, commands exist, the README shows what really comes out."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from statistics import fmean

import pytest
from click.testing import CliRunner

from index.collection import load_collection
from index.encoders import open_passage_encoder
from index.encoders.models import DEFAULT_MODEL
from index.store import SnapshotStore
from scripts.cli import COMMANDS, TRACEBACK, cli
from scripts.evaluation.building import build_gated

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md", "faq_data/README.md")
    for path in ROOT.glob(pattern)
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CONSOLE = re.compile(r"```console\n(.*?)```", re.S)
_HIT = re.compile(r" *\d+\. +(\d\.\d\d) +\[(\S+)\]")


def test_there_are_documents() -> None:
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "api.md"} <= {
        path.name for path in DOCUMENTS
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(document: Path) -> None:
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        target = link.partition("#")[0]
        if target and "://" not in target:
            assert (document.parent / target).exists(), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_and_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"(?:^\$ |`)make ([a-z]+)", text, re.M):
        assert target in targets
    for command in re.findall(r"(?:^\$ |`)faq ([a-z]+(?:-[a-z]+)*)", text, re.M):
        assert command in COMMANDS


def test_the_readme_begins_with_the_two_commands() -> None:
    first = _CONSOLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))[0]
    assert [line.split("#")[0].split() for line in first.splitlines()] == [
        ["$", "make", "serve"],
        ["$", "make", "test"],
    ]


def test_files_that_architecture_names_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    names = {path.name for path in ROOT.rglob("*.py") if ".venv" not in path.parts}
    named = re.findall(r"`(?:[a-z_]+/)*([a-z_]+\.py)`", text)
    assert len(named) > 20
    assert set(named) <= names


def test_the_image_copies_what_there_is() -> None:
    for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (ROOT / name).exists(), name
                assert f"!{name}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_readme_session_gives_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("FAQ_SNAPSHOT_DIR", str(tmp_path))
    encoder = open_passage_encoder(DEFAULT_MODEL, cache=tmp_path / ".exports")
    build_gated(load_collection(ROOT / "faq_data", "cj_dropshipping"), SnapshotStore(tmp_path), encoder)
    session = _CONSOLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))[1]
    searches = [part for part in session.split("$ ")[1:] if part.startswith("faq search")]
    assert len(searches) == 2
    for search in searches:
        command, _, expected = search.partition("\n")
        shown = CliRunner().invoke(cli, shlex.split(command)[1:]).stdout
        assert shown.split()[0] == expected.split()[0]  # the decision
        said, found = _HIT.findall(expected), _HIT.findall(shown)
        assert [hit for _, hit in found] == [hit for _, hit in said]
        # Other processors round int8 sums otherwise.
        assert [float(sure) for sure, _ in found] == pytest.approx(
            [float(sure) for sure, _ in said], abs=0.05
        )


@pytest.mark.parametrize(
    ("named", "environment", "passed"),
    [
        (["PORT=8110"], {}, 'FAQ_PORT="8110" '),
        (["PORT=8110"], {"FAQ_PORT": "1"}, 'FAQ_PORT="8110" '),
        ([], {"FAQ_PORT": "8110"}, ""),  # the program's own affair
        ([], {"PORT": "8110"}, ""),  # may be another program's
    ],
)
def test_make_passes_a_port_on(named: list[str], environment: dict[str, str], passed: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    command = ["make", "--dry-run", "--assume-old=build", "serve", *named]
    shown = subprocess.run(
        command, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=True
    ).stdout
    assert shown.splitlines()[-1].startswith(f"{passed}FAQ_DEFAULT_COLLECTION=")


def test_what_only_the_environment_sets_is_told() -> None:
    settings = (ROOT / "docs/api.md").read_text(encoding="utf-8").partition("\n## Settings\n")[2]
    assert f"`{TRACEBACK}`" in settings.partition("\n## ")[0]


def test_the_figures_of_relevance_are_those_that_were_measured() -> None:
    """Every one with three decimals; `make relevance` writes them."""
    measured = (ROOT / "benchmarks" / "results" / "relevance.md").read_text("utf-8")
    claimed = re.findall(r"\b[01]\.\d{3}\b", (ROOT / "docs" / "relevance.md").read_text("utf-8"))
    assert len(claimed) > 50
    assert set(claimed) <= set(re.findall(r"\b[01]\.\d{3}\b", measured))


def test_the_readme_says_how_often_the_right_entry_is_first() -> None:
    tasks = json.loads((ROOT / "benchmarks" / "results" / "relevance.json").read_bytes())["tasks"]
    whole = [task["systems"] for task in tasks if task["variants"] is None]
    assert len(whole) == 9
    first = [
        round(100 * fmean(one[system]["overall"]["figures"]["r@1"]["value"] for one in whole))
        for system in ("ours", "dense", "rrf")
    ]
    said = re.search(
        r"first for (\d+) of 100 questions; by the highest cosine of the\nsame model it is for (\d+), "
        r"by rank fusion with BM25 for (\d+)",
        (ROOT / "README.md").read_text("utf-8"),
    )
    assert said is not None
    assert [int(number) for number in said.groups()] == first
