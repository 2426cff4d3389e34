"""How good ranking and confidence are where nothing was learned from: `make relevance DATASETS=folder`.

Each set is answered by what the others taught (learn.py), by the engine that serves, beside what peers do:
the highest cosine, BM25, and reciprocal rank fusion. Every figure of docs/relevance.md comes from here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import orjson

from benchmarks.relevance.learn import kin, left_out, tables_of
from benchmarks.relevance.noise import KINDS, noisy
from benchmarks.relevance.report import to_markdown
from benchmarks.relevance.sets import Task, off_topic_held_out, sets_of
from benchmarks.relevance.unfinished import cut, cut_last_word, prefixes
from index.collection import Collection, CollectionSettings
from index.encoders.models import DEFAULT_MODEL
from index.judgements import Judgement
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.evaluation.answered import Answered, answer_all
from scripts.evaluation.baselines import baseline_outcomes
from scripts.evaluation.calibration import calibrate, hidden_confidences
from scripts.evaluation.figures import measure_systems
from scripts.evaluation.metrics import calibration_error, keeping_threshold
from scripts.evaluation.outcomes import Outcomes, outcomes_of
from search.engine import SearchEngine
from search.learned import Learned

RESULTS: Final = Path("benchmarks/results")
OURS: Final = "ours"
RESAMPLES: Final = 1000
GOLDEN: Final = 50
"""Judgements of a golden set that the confidence is calibrated with."""
DRAWS: Final = 5
"""Golden sets drawn, over which the figure is averaged."""
SHARES: Final = (0.4, 0.6, 0.8)
"""Of a query's characters, where it is cut off."""
_SEED: Final = 20260


def measure(task: Task, learned: Learned) -> dict[str, Any]:
    """The figures of a task, JSON-ready. learned: from other sets."""
    engine = calibrated(task.snapshot, (), learned)
    answered = answer_all(engine, task.judgements)
    outcomes = outcomes_of(answered)
    tags = sorted({tag for judgement in task.judgements for tag in judgement.tags})
    slices = {tag: np.array([tag in judgement.tags for judgement in task.judgements]) for tag in tags}
    systems = {OURS: outcomes, **baseline_outcomes(task.snapshot, task.judgements)}
    measured = measure_systems(systems, slices, resamples=RESAMPLES, seed=_SEED)
    figures: dict[str, Any] = {
        "set": task.set_name,
        "variants": task.variants,
        "entries": len(task.snapshot.entries),
        "answered": engine.answered > 0,
        "systems": {name: performance.to_dict() for name, performance in measured.items()},
        **refusals(engine, task, outcomes),
    }
    if task.variants is None:
        figures["ece_with_golden"] = ece_with_golden(task, learned)
        figures["disturbed"] = disturbed(engine, task, answered)
    return figures


def calibrated(snapshot: Snapshot, golden: Sequence[Judgement], learned: Learned) -> SearchEngine:
    """An engine over a snapshot, as a build with that golden set would leave it."""
    collection = Collection(
        name=snapshot.collection,
        settings=CollectionSettings(),
        entries=snapshot.entries,
        rejections=(),
        golden=tuple(golden),
    )
    figures = calibrate(snapshot, collection, learned=learned)
    manifest = replace(snapshot.manifest, calibration=figures)
    return SearchEngine(replace(snapshot, manifest=manifest), learned=learned)


def refusals(engine: SearchEngine, task: Task, outcomes: Outcomes) -> dict[str, float | None]:
    """Shares of questions made unanswerable that are refused where 95 % of the right answers are kept."""
    every = np.ones((1, len(outcomes.certainty)))
    threshold = float(keeping_threshold(outcomes.certainty, outcomes.right, every)[0])
    far = answer_all(engine, [Judgement(query=query, relevant=()) for query in off_topic_held_out()])
    near = hidden_confidences(engine, task.judgements)
    return {
        "refused_hidden": float((near < threshold).mean()) if len(near) else None,
        "refused_off_topic": float(np.mean([one.confidence < threshold for one in far])),
    }


def ece_with_golden(task: Task, learned: Learned) -> float:
    """Expected calibration error on the other judgements, averaged over golden sets drawn at random."""
    errors = []
    for draw in range(DRAWS):
        order = np.random.default_rng(draw).permutation(len(task.judgements))
        golden = [task.judgements[row] for row in order[:GOLDEN]]
        rest = [task.judgements[row] for row in np.sort(order[GOLDEN:])]
        outcomes = outcomes_of(answer_all(calibrated(task.snapshot, golden, learned), rest))
        every = np.ones((1, len(rest)))
        errors.append(float(calibration_error(outcomes.certainty, outcomes.right, every)[0]))
    return float(np.mean(errors))


def disturbed(engine: SearchEngine, task: Task, clean: Sequence[Answered]) -> dict[str, float]:
    """R@1 over the answerable queries: as they are, with each kind of noise, and unfinished."""
    asked = [judgement for judgement in task.judgements if judgement.relevant]
    found = {"clean": _first([one for one in clean if one.relevant])}
    for kind in KINDS:
        rng = np.random.default_rng(_SEED)
        changed = [replace(judgement, query=noisy(judgement.query, kind, rng)) for judgement in asked]
        found[kind] = _first(answer_all(engine, changed))
    rng = np.random.default_rng(_SEED)
    cuts: dict[str, Callable[[str], str]] = {
        "last word begun": cut_last_word,
        **{f"first {share:.0%}": partial(cut, share=share) for share in SHARES},
        # One place a query: the mean is that over all places, of which a query has as many as letters.
        "as typed": lambda query: str(rng.choice(prefixes(query))),
    }
    for name, begin in cuts.items():
        begun = [replace(judgement, query=begin(judgement.query)) for judgement in asked]
        found[name] = _first(answer_all(engine, begun))
    return found


def _first(answered: Sequence[Answered]) -> float:
    return float(np.mean([one.rank == 1 for one in answered])) if answered else 0.0


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", default=DEFAULT_MODEL, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def command(folder: Path, model: str, out: Path) -> None:
    """Measure on the sets of FOLDER and on the bundled golden sets; write relevance.json and relevance.md."""
    sets = sets_of(folder)
    with tempfile.TemporaryDirectory() as scratch:
        tables = tables_of(sets, SnapshotStore(Path(scratch)), model=model)
        click.echo("learning with each set left out", err=True)
        others = left_out(tables)
        measured = []
        for table in tables:
            click.echo(f"measuring {table.task.name}", err=True)
            measured.append(measure(table.task, others[kin(table.task.set_name)]))
    record = {"model": model, "tasks": measured}
    out.mkdir(parents=True, exist_ok=True)
    (out / "relevance.json").write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2) + b"\n")
    (out / "relevance.md").write_text(to_markdown(record), "utf-8")
    click.echo(to_markdown(record))


if __name__ == "__main__":
    command()
