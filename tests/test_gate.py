"""The gate: `faq rebuild` publishes nothing that answers the golden set worse than what is published."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from index.errors import GoldenWorse
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.cli import cli
from scripts.evaluation.gate import SHOWN

TOPICS = (
    ("cancel", "Can I cancel my order after paying?"),
    ("invoice", "Where is the invoice with the tax number?"),
    ("parcel", "Why has the parcel not arrived yet?"),
    ("wallet", "How is money returned to the wallet?"),
    ("password", "What if the password is forgotten?"),
)
GOLDEN: tuple[dict[str, Any], ...] = (
    *({"query": question.rstrip("?").lower(), "relevant": [id_]} for id_, question in TOPICS),
    {"query": "zzzz qqqq", "relevant": []},
)


class Shop:
    """A folder with one collection, and `faq` run there with the toy model."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "faq_data" / "shop"
        self.folder.mkdir(parents=True)
        self.store = SnapshotStore(folder / "snapshots")

    def write(
        self,
        topics: Sequence[tuple[str, str]] = TOPICS,
        *,
        golden: Sequence[dict[str, Any]] = GOLDEN,
        settings: str = "title: Shop",
    ) -> None:
        entries = [{"id": id_, "question": question, "answer": "See there."} for id_, question in topics]
        (self.folder / "faq.json").write_text(json.dumps(entries))
        (self.folder / "golden.jsonl").write_text("".join(json.dumps(line) + "\n" for line in golden))
        (self.folder / "collection.yaml").write_text(settings)

    def rebuild(self, *options: str) -> Result:
        return CliRunner().invoke(cli, ["rebuild", "shop", *options])

    def refused(self, *options: str) -> str:
        """Rebuild, which is refused and leaves everything as it was; the message."""
        before = self.files()
        result = self.rebuild(*options)
        assert isinstance(result.exception, GoldenWorse)
        assert self.files() == before
        return str(result.exception)

    def published(self) -> Snapshot:
        return self.store.open_current("shop", Snapshot.open)

    def golden(self) -> dict[str, Any]:
        return dict(self.published().manifest.golden)

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.store.root.rglob("*")) if path.is_file()}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop that is written and published."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAQ_MODEL", "toy")
    shop = Shop(tmp_path)
    shop.write()
    assert shop.rebuild().exit_code == 0
    return shop


def swapped(one: str, other: str) -> list[tuple[str, str]]:
    """The topics, but two of them with each other's question: both queries find the wrong one first."""
    questions = dict(TOPICS)
    questions[one], questions[other] = questions[other], questions[one]
    return list(questions.items())


FIGURES = {
    "judgements": 6,
    "unanswerable": 1,
    "mrr_at_10": 1.0,
    "r_at_1": 1.0,
    "refused": 1.0,
    "answered": 1.0,
}


def test_a_first_build_has_nothing_to_be_compared_with(shop: Shop) -> None:
    golden = shop.golden()
    assert re.fullmatch("[0-9a-f]{64}", golden.pop("digest"))
    assert golden == FIGURES | {"previous": None, "compared": None, "tolerance": 0.01, "forced": False}


def test_a_build_that_is_as_good_is_published_with_both_figures(shop: Shop) -> None:
    first = shop.published().version
    shop.write([*TOPICS, ("gift", "Do gift cards exist?")])
    result = shop.rebuild()
    assert result.exit_code == 0
    assert (
        "golden set: 6 judgements, MRR@10 1.000, R@1 1.000, 100% of 5 answerable given an answer, "
        "100% of 1 without an answer refused" in result.stdout
    )
    assert "as published before: MRR@10 1.000" in result.stdout
    golden = shop.golden()
    assert golden["previous"] == FIGURES | {"version": first}
    assert golden["compared"] == FIGURES | {"better": 0, "worse": 0, "worst": []}
    assert "0 got better, 0 worse" in result.stdout
    assert golden["forced"] is False


def test_a_worse_build_is_refused_with_what_got_worse(shop: Shop) -> None:
    first = shop.published().version
    shop.write(swapped("cancel", "wallet"))
    message = shop.refused()
    assert "'shop' would answer its golden set worse" in message
    assert f"published {first}: MRR@10 1.000, R@1 1.000" in message
    assert re.search(r"this build: MRR@10 0\.\d{3}, R@1 0\.600", message)
    assert "Of 6 judgements, 2 got worse:" in message
    assert re.search(r'  rank 1 → [2-5] +"can i cancel my order after paying" \(cancel\)', message)
    assert re.search(r'  rank 1 → [2-5] +"how is money returned to the wallet" \(wallet\)', message)
    assert f"{first} goes on serving" in message
    assert "faq rebuild shop --force" in message
    assert "golden_tolerance" in message
    assert shop.published().version == first
    shop.write()  # mended
    assert "nothing changed" in shop.rebuild().stdout


def test_as_a_program_it_ends_with_3(shop: Shop) -> None:
    shop.write(swapped("cancel", "wallet"))
    ran = subprocess.run(
        [sys.executable, "-c", "from scripts.cli import main; main()", "rebuild", "shop"],
        cwd=shop.folder.parents[1],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 3
    assert "Error: Nothing was published" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "published 20" not in ran.stdout


PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background would ignore it
from scripts.cli import main
main()
"""


def interrupted(shop: Shop, *arguments: str, after: str) -> tuple[int, str]:
    """`faq` with Ctrl+C once it says `after` on stderr: its exit code and what it says then."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=shop.folder.parents[1],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr
        while after not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    return process.returncode, said


def test_interrupted_it_says_what_serves(shop: Shop) -> None:
    before = shop.files()
    golden = [*GOLDEN, *({"query": f"number {n} of the invoice", "relevant": []} for n in range(30_000))]
    shop.write(golden=golden)
    code, said = interrupted(shop, "rebuild", "shop", after="calibrating")
    assert code == 130
    assert said.endswith("\nInterrupted: nothing was published, what was published goes on serving.\n")
    assert "Aborted" not in said
    assert {name for name in shop.files() if not name.endswith(".lock")} <= before.keys()
    shutil.rmtree(shop.store.root)
    code, said = interrupted(shop, "rebuild", "shop", after="calibrating")
    assert (code, said.endswith("\nInterrupted: nothing was published.\n")) == (130, True)


def test_interrupted_after_publishing_it_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(SnapshotStore, "prune", interrupt)
    result = shop.rebuild("--force")
    assert result.exit_code == 130
    assert f"Interrupted: {shop.published().version} was already published." in result.stderr


def test_other_commands_end_with_130_too(shop: Shop) -> None:
    queries = [{"query": f"number {n} of the invoice", "relevant": []} for n in range(30_000)]
    (shop.folder.parents[1] / "Q.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in queries))
    code, said = interrupted(shop, "evaluate", "shop", "--queries", "Q.jsonl", after="answering")
    assert (code, said.endswith("\nInterrupted.\n")) == (130, True)


def test_force_publishes_and_records_it(shop: Shop) -> None:
    first = shop.published().version
    shop.write(swapped("cancel", "wallet"))
    result = shop.rebuild("--force")
    assert result.exit_code == 0
    assert "worse by more than 0.01, and published all the same (--force)" in result.stdout
    golden = shop.golden()
    assert golden["forced"] is True
    assert golden["previous"]["version"] == first != shop.published().version
    assert golden["r_at_1"] == golden["compared"]["r_at_1"] == pytest.approx(0.6)
    assert (golden["compared"]["better"], golden["compared"]["worse"]) == (0, 2)
    assert {change["query"] for change in golden["compared"]["worst"]} == {
        "can i cancel my order after paying",
        "how is money returned to the wallet",
    }
    assert "0 got better, 2 worse" in result.stdout
    assert re.search(r'    rank 1 → [2-5] +"can i cancel my order after paying" \(cancel\)', result.stdout)
    # What is published now is what the next build is compared with.
    shop.write([*swapped("cancel", "wallet"), ("gift", "Do gift cards exist?")])
    assert shop.rebuild().exit_code == 0
    assert shop.golden()["forced"] is False
    # To force what is no worse overrules nothing.
    assert shop.rebuild("--force").exit_code == 0
    assert shop.golden()["forced"] is False


@pytest.mark.parametrize(
    ("tolerance", "refused"), [("0", True), ("0.15", True), ("0.35", False), ("1", False)]
)
def test_the_collection_says_how_much_may_be_lost(shop: Shop, tolerance: str, refused: bool) -> None:
    shop.write(swapped("cancel", "wallet"), settings=f"golden_tolerance: {tolerance}")
    if refused:
        assert f"by more than {tolerance} points of MRR@10" in shop.refused()
    else:
        assert shop.rebuild().exit_code == 0
        assert shop.golden()["tolerance"] == float(tolerance)
        assert shop.golden()["mrr_at_10"] < 1


def test_what_is_unchanged_is_never_refused(shop: Shop) -> None:
    shop.write(swapped("cancel", "wallet"), settings="golden_tolerance: 0")  # bad, but no worse than itself
    assert shop.rebuild("--force").exit_code == 0
    assert shop.rebuild("--force").exit_code == 0
    golden = shop.golden()
    assert (golden["forced"], golden["compared"]["better"], golden["compared"]["worse"]) == (False, 0, 0)
    assert golden["compared"]["mrr_at_10"] == golden["previous"]["mrr_at_10"] < 1


def test_a_loss_of_just_the_tolerance_is_allowed(shop: Shop) -> None:
    """Of four judgements two fall from the first to the second rank: a quarter of a point."""
    (one, first), (other, second) = TOPICS[:2]
    golden = [*GOLDEN[:2], *({"query": query, "relevant": [one, other]} for query in (first, second))]
    shop.write([(one, first), (other, second)], golden=golden)
    assert shop.rebuild("--force").exit_code == 0
    shop.write([(one, second), (other, first)], golden=golden, settings="golden_tolerance: 0.249")
    assert "MRR@10 0.750" in shop.refused()
    shop.write([(one, second), (other, first)], golden=golden, settings="golden_tolerance: 0.25")
    assert shop.rebuild().exit_code == 0


def test_new_entries_hide_no_loss(shop: Shop) -> None:
    """Twenty new judgements that only the new build can answer would lift its mean above the old one."""
    new = [(f"new-{n}", f"What about number{n}?") for n in range(20)]
    golden = [*GOLDEN, *({"query": f"number{n}", "relevant": [f"new-{n}"]} for n in range(20))]
    shop.write([*swapped("cancel", "wallet"), *new], golden=golden)
    assert "Of 6 judgements, 2 got worse" in shop.refused()
    shop.write([*TOPICS, *new], golden=golden)
    result = shop.rebuild()
    assert result.exit_code == 0
    assert "as published before of the 6 it could answer: MRR@10 1.000" in result.stdout
    assert (shop.golden()["judgements"], shop.golden()["compared"]["judgements"]) == (26, 6)


def test_only_the_worst_are_named(shop: Shop) -> None:
    many = [(f"topic-{n:02}", f"What about number{n} and word{n}?") for n in range(2 * (SHOWN + 3))]
    golden = [{"query": f"number{n} word{n}", "relevant": [id_]} for n, (id_, _) in enumerate(many)]
    shop.write(many, golden=golden)
    assert shop.rebuild().exit_code == 0
    shifted = [(id_, many[(n + 1) % len(many)][1]) for n, (id_, _) in enumerate(many)]
    shop.write(shifted, golden=golden)
    lines = shop.refused().split("\n")
    named = [line for line in lines if line.startswith("  rank ")]
    worse = len(many)
    assert f"Of {worse} judgements, {worse} got worse:" in lines
    assert len(named) == SHOWN
    assert f"  … and {worse - SHOWN} more" in lines
    new_ranks = [
        float("inf" if found == "none" else found) for found in re.findall(r"→ (\w+)", "\n".join(named))
    ]
    assert new_ranks == sorted(new_ranks, reverse=True)


def test_what_judgements_hold_does_not_reach_the_terminal_as_commands(shop: Shop) -> None:
    golden = [{**GOLDEN[0], "query": f"{GOLDEN[0]['query']} \x1b[2J\u202e" + "x" * 300}, *GOLDEN[1:]]
    shop.write(golden=golden)
    assert shop.rebuild().exit_code == 0
    shop.write(swapped("cancel", "wallet"), golden=golden)
    for line in shop.refused().split("\n"):
        assert line.isprintable()
        assert len(line) < 250


def test_answers_that_became_refusals_are_told_but_refuse_nothing(shop: Shop) -> None:
    shop.write(settings="min_confidence: 1")
    result = shop.rebuild()
    assert result.exit_code == 0
    assert "R@1 1.000, 0% of 5 answerable given an answer, 100% of 1 " in result.stdout
    assert (
        "as published before: MRR@10 1.000, R@1 1.000, 100% of 5 answerable given an answer" in result.stdout
    )
    assert "0 got better, 5 worse" in result.stdout
    assert re.search(
        r'    answer → (no_answer|clarify) +"can i cancel my order after paying" \(cancel\)', result.stdout
    )
    assert (shop.golden()["answered"], shop.golden()["compared"]["worse"]) == (0.0, 5)
    shop.write()
    assert "5 got better, 0 worse" in shop.rebuild().stdout


def test_a_dry_run_says_that_it_does_not_ask(shop: Shop) -> None:
    shop.write(swapped("cancel", "wallet"))
    result = shop.rebuild("--dry-run")
    assert result.exit_code == 0
    assert "golden set: 6 judgements, which a dry run does not ask" in result.stdout


@pytest.mark.parametrize("removed", [False, True])
def test_without_judgements_nothing_is_asked_which_is_told_once(shop: Shop, removed: bool) -> None:
    shop.write(swapped("cancel", "wallet"), golden=())
    if removed:
        (shop.folder / "golden.jsonl").unlink()
    told = "golden set: none now; the published snapshot was asked 6 judgements, so nothing "
    assert f"{told}would be compared\n" in shop.rebuild("--dry-run").stdout
    result = shop.rebuild()
    assert result.exit_code == 0
    assert f"{told}was compared\n" in result.stdout
    assert shop.golden() == {}
    assert "golden set" not in shop.rebuild("--force").stdout


def test_judgements_without_any_answer_are_told_and_refuse_nothing(shop: Shop) -> None:
    golden = [{"query": "where is the invoice", "relevant": []}]
    shop.write(golden=golden)
    assert shop.rebuild().exit_code == 0
    assert (shop.golden()["mrr_at_10"], shop.golden()["unanswerable"]) == (None, 1)
    shop.write(golden=golden, settings="min_confidence: 0")
    assert shop.rebuild().exit_code == 0
    assert shop.golden()["refused"] == 0.0


def test_a_judgement_of_an_entry_that_is_gone_says_what_to_do(shop: Shop) -> None:
    shop.write(TOPICS[1:])
    result = shop.rebuild()
    assert str(result.exception) == (
        "shop/golden.jsonl:1: the id 'cancel' is no entry. "
        "If it was removed or renamed, name the entries that answer now, or none: []."
    )


def test_a_damaged_snapshot_is_replaced_without_a_comparison(shop: Shop) -> None:
    victim = shop.published().folder / "entries.jsonl"
    victim.chmod(0o644)
    victim.write_bytes(b"")
    shop.write(swapped("cancel", "wallet"))
    result = shop.rebuild()
    assert result.exit_code == 0
    assert "can't be used again" in result.stdout
    assert shop.golden()["previous"] is None
