"""`faq evaluate`: how good the answers are, with intervals, by slice, against baselines and other runs."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click
import numpy as np

from index.collection import GOLDEN_FILE
from index.encoders import EXPORTS
from index.store import SnapshotStore
from scripts.cli import run
from scripts.evaluation.answered import answer_all, load_run, run_lines
from scripts.evaluation.baselines import baseline_outcomes
from scripts.evaluation.comparison import check_comparable, compare
from scripts.evaluation.failures import failures_of
from scripts.evaluation.figures import measure_systems
from scripts.evaluation.outcomes import outcomes_of
from scripts.evaluation.reliability import reliability
from scripts.evaluation.report import (
    OURS,
    SUFFIXES,
    Evaluation,
    plot_file,
    to_json,
    to_text,
    write_file,
    write_reports,
)
from scripts.evaluation.subject import Files, Subject, built, published, read_files
from scripts.progress import TerminalReporter
from scripts.published import check_collection
from scripts.settings import read_settings
from search.engine import SearchEngine

RESAMPLES: Final = 1000
_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_FOLDER: Final = click.Path(path_type=Path)


def _reports(
    _context: click.Context, _parameter: click.Parameter, files: tuple[Path, ...]
) -> tuple[Path, ...]:
    for file in files:
        if file.suffix.lower() not in SUFFIXES:
            raise click.BadParameter(f"{str(file)!r} ends with neither of {', '.join(SUFFIXES)}.")
    return files


@click.command("evaluate")
@click.argument("collection", required=False)
@click.option("--entries", type=_FILE, help="JSON lines id, question, answer, variants: build from these.")
@click.option("--queries", type=_FILE, help="JSON lines query, relevant, tags: the judgements.")
@click.option("--golden", type=_FILE, help="With --entries: judgements to calibrate the confidence with.")
@click.option("--model", help="With --entries: a sentence-transformers model by name or folder, or 'toy'.")
@click.option("--data-dir", type=_FOLDER, help="Folder of the collections.")
@click.option("--snapshot-dir", type=_FOLDER, help="Folder of the published snapshots.")
@click.option("--run", "run_file", type=_FILE, help="Write what was answered, a JSON line a query.")
@click.option("--baselines", is_flag=True, help="Also measure dense only, BM25, and their rank fusion.")
@click.option("--compare", "other", type=_FILE, help="What --run wrote before: tell who got better or worse.")
@click.option(
    "--report",
    "reports",
    type=_FILE,
    multiple=True,
    callback=_reports,
    help="Write NAME.md, with NAME-reliability.svg beside it, or NAME.json. May be repeated.",
)
@click.option(
    "--resamples",
    type=click.IntRange(100, 100_000),
    default=RESAMPLES,
    show_default=True,
    help="Of the queries, for the intervals.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Of what is drawn."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document with every figure.")
def command(
    collection: str | None,
    entries: Path | None,
    queries: Path | None,
    golden: Path | None,
    model: str | None,
    data_dir: Path | None,
    snapshot_dir: Path | None,
    run_file: Path | None,
    baselines: bool,
    other: Path | None,
    reports: tuple[Path, ...],
    resamples: int,
    seed: int,
    as_json: bool,
) -> None:
    """Answer judgements and measure the answers.

    With COLLECTION: its published snapshot, asked its golden set, or --queries. With --entries and --queries:
    a snapshot that is built from a file as 'faq rebuild' does it, and removed afterwards.
    """
    logging.basicConfig(format="  %(message)s", level=logging.WARNING)
    _check_sources(collection, entries, queries, golden, model)
    settings = read_settings({"data_dir": data_dir, "snapshot_dir": snapshot_dir})
    data = settings.data_dir
    own = data / collection / GOLDEN_FILE if collection else None
    outputs = [*reports, *([run_file] if run_file else [])]
    outputs += [plot_file(file) for file in reports if file.suffix == ".md"]
    _check_outputs(outputs, inputs=[file for file in (entries, queries, golden, other, own) if file])
    reporter = TerminalReporter()
    snapshots = settings.snapshot_dir
    subject: Files | Subject
    if entries and queries:
        subject = read_files(entries, queries, golden=golden)
    else:
        check_collection(settings, str(collection))
        subject = published(SnapshotStore(snapshots), str(collection), data_dir=data, queries=queries)
    old = load_run(other) if other else None
    if old is not None:
        check_comparable(old, subject.judgements, file=str(other))
    with ExitStack() as stack:
        stack.enter_context(_ended_by_signals())
        if isinstance(subject, Files):
            building = built(
                subject, model=model or settings.model, exports=snapshots / EXPORTS, reporter=reporter
            )
            subject = stack.enter_context(building)
        with reporter.bar("answering", len(subject.judgements)) as advance:
            answered = answer_all(SearchEngine(subject.snapshot), subject.judgements, progress=advance)
        systems = {OURS: outcomes_of(answered)}
        if baselines:
            with reporter.bar("baselines", len(subject.judgements)) as advance:
                systems |= baseline_outcomes(subject.snapshot, subject.judgements, progress=advance)
    tags = dict.fromkeys(tag for one in answered for tag in one.tags)
    evaluation = Evaluation(
        about={**subject.about, "resamples": resamples, "seed": seed},
        systems=measure_systems(
            systems,
            {tag: np.array([tag in one.tags for one in answered]) for tag in tags},
            resamples=resamples,
            seed=seed,
        ),
        reliability=reliability(systems[OURS]),
        failures=failures_of(answered),
        problems=[one for one in answered if one.problem],
        compared_with=str(other) if other else None,
        comparison=None if old is None else compare(old, answered, resamples=resamples, seed=seed),
    )
    if run_file:
        write_file(run_file, run_lines(answered))
        click.echo(f"  wrote {run_file}", err=True)
    for path in write_reports(evaluation, reports):
        click.echo(f"  wrote {path}", err=True)
    click.echo(to_json(evaluation) if as_json else to_text(evaluation), nl=not as_json)


def _check_sources(
    collection: str | None, entries: Path | None, queries: Path | None, golden: Path | None, model: str | None
) -> None:
    if collection and entries:
        raise click.UsageError("Name a COLLECTION or --entries, not both.")
    if not collection and not (entries and queries):
        raise click.UsageError("Name a COLLECTION, or both --entries and --queries.")
    for name, value in (("--golden", golden), ("--model", model)):
        if collection and value:
            raise click.UsageError(
                f"{name} goes with --entries: a published snapshot is evaluated as it was built."
            )


def _check_outputs(outputs: list[Path], *, inputs: list[Path]) -> None:
    """Before minutes of work: there are folders for the results, and nothing is overwritten by mistake."""
    for file in outputs:
        if not file.parent.is_dir():
            raise click.UsageError(f"There is no folder {str(file.parent)!r} to write {file.name!r} into.")
    resolved = [file.resolve() for file in (*inputs, *outputs)]
    for number, file in enumerate(outputs, start=len(inputs)):
        if resolved[number] in resolved[:number]:
            raise click.UsageError(f"{str(file)!r} would overwrite another file of this command.")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Being told to end is a way out too, on which what is temporary is removed."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    run(command)
