"""How well gaps are found: `make gaps DATASETS=folder`. Every figure of docs/gaps.md comes from here.

Planted gaps and queries grouped by intent, beside baselines on the same embeddings in the same run; what the
tuned numbers would be with each set left out; and how long 100,000 logged queries take.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import orjson

from benchmarks.gaps.agreement import FIGURES
from benchmarks.gaps.baselines import BASELINES
from benchmarks.gaps.intents import intents_of, measure_intents
from benchmarks.gaps.left_out import measure_left_out
from benchmarks.gaps.planted import MISSING, OURS, SEEDS, ours, plant, summed, theirs
from benchmarks.relevance.sets import publish, read_sets
from index.encoders import open_passage_encoder
from index.encoders.models import DEFAULT_MODEL
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.evaluation.held_out import KnownQueries
from scripts.evaluation.tables import Table, as_markdown

RESULTS: Final = Path("benchmarks/results")


def to_markdown(record: dict[str, Any]) -> str:
    """record: as the command writes it."""
    parts = ["# Gaps", ""]
    for text in (*_planted(record["planted"]), _intents(record["intents"]), _left_out(record["left_out"])):
        parts += [text, ""]
    large = record.get("large")
    if large:
        parts.append(
            f"{large['asked']:,} logged queries, {large['distinct']:,} of them distinct, "
            f"{large['badly_served']:,} served badly: {large['seconds']} s and {large['megabytes']} MB, "
            f"{large['gaps']} gaps."
        )
    return "\n".join(parts) + "\n"


def _planted(measured: list[dict[str, Any]]) -> list[str]:
    names = (OURS, MISSING, *BASELINES)
    tables = []
    for figure in ("recall", "purity", "false"):
        rows = [
            [one["set"], *(_shown(one["systems"].get(name, {}).get(figure)) for name in names)]
            for one in measured
        ]
        means = [[one["systems"].get(name, {}).get(figure) for one in measured] for name in names]
        rows.append(["mean", *(_shown(_mean(held)) for held in means)])
        table = Table(title=f"Planted gaps: {figure}", header=("set", *names), rows=tuple(map(tuple, rows)))
        tables.append(as_markdown(table))
    return tables


def _intents(measured: list[dict[str, Any]]) -> str:
    names = ("ours", *BASELINES)
    rows = [
        [
            one["set"],
            str(one["intents"]),
            *(_three(one["systems"][name]) for name in names),
            _three(one["drawn"]),
            f"{one['steady']:.3f}",
        ]
        for one in measured
    ]
    whole = {
        name: {key: float(np.mean([one["systems"][name][key] for one in measured])) for key in FIGURES}
        for name in names
    }
    drawn = {key: float(np.mean([one["drawn"][key] for one in measured])) for key in FIGURES}
    rows.append(["mean", "", *(_three(whole[name]) for name in names), _three(drawn)])
    rows[-1].append(f"{np.mean([one['steady'] for one in measured]):.3f}")
    header = ("set", "intents", *names, "ours, mean of draws", "ours, as before without 1.5 %")
    title = "Queries grouped by intent: accuracy / NMI / ARI (groups)"
    return as_markdown(Table(title=title, header=header, rows=tuple(map(tuple, rows))))


def _left_out(measured: list[dict[str, Any]]) -> str:
    rows = [
        [
            one["number"],
            str(one["shipped"]),
            ", ".join(f"{value}: {mean:.3f}" for value, mean in one["mean"].items()),
            ", ".join(str(value) for value in one["chosen"].values()),
            f"{one['left_out']:.3f}",
        ]
        for one in measured
    ]
    header = ("number", "shipped", "mean of all figures, by value", "what the other sets choose", "left out")
    title = "Tuned numbers, one set left out at a time"
    return as_markdown(Table(title=title, header=header, rows=tuple(map(tuple, rows))))


def _three(figures: dict[str, float]) -> str:
    shown = " / ".join(f"{figures[name]:.3f}" for name in FIGURES)
    return f"{shown} ({figures['groups']:.0f})" if "groups" in figures else shown


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", default=DEFAULT_MODEL, show_default=True)
@click.option("--snapshots", type=click.Path(path_type=Path), help="Published snapshots of the sets.")
@click.option("--large", is_flag=True, help="Also analyse 100,000 made queries, which needs a quiet machine.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def command(folder: Path, model: str, snapshots: Path | None, large: bool, out: Path) -> None:
    """Measure on the sets of FOLDER; write gaps.json and gaps.md."""
    sets = read_sets(folder)
    record: dict[str, Any] = {"model": model, "planted": []}
    intents, planted = [], {}
    with tempfile.TemporaryDirectory() as scratch:
        store = SnapshotStore(snapshots or Path(scratch))
        encoder = open_passage_encoder(model, cache=store.root / ".exports")
        for set_ in sets:
            click.echo(f"{set_.name}: {len(set_.entries)} entries", err=True)
            snapshot = (
                store.open_current(set_.name, Snapshot.open) if snapshots else publish(set_, store, encoder)
            )
            snapshot = replace(snapshot, encoder=KnownQueries(snapshot.encoder))
            held = planted[set_.name] = [plant(set_, snapshot, seed) for seed in range(SEEDS)]
            found = summed([{**ours(one), **theirs(one)} for one in held])
            record["planted"].append({"set": set_.name, "systems": found})
            intents.append(intents_of(set_, snapshot.encoder))
        record["intents"] = [measure_intents(one) for one in intents]
        record["left_out"] = measure_left_out(intents, planted)
        if large:
            record["large"] = _large(folder, store.current(sets[-1].name))
    out.mkdir(parents=True, exist_ok=True)
    (out / "gaps.json").write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2) + b"\n")
    (out / "gaps.md").write_text(to_markdown(record), "utf-8")
    click.echo(to_markdown(record))


def _large(folder: Path, snapshot: Path) -> Any:
    # A process of its own, whose memory is nothing else's.
    line = [sys.executable, "-m", "benchmarks.gaps.large", str(folder), str(snapshot)]
    return orjson.loads(subprocess.run(line, stdout=subprocess.PIPE, check=True).stdout)


if __name__ == "__main__":
    command()
