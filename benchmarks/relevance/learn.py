"""Learn what search/learned.json holds: `python -m benchmarks.relevance.learn FOLDER`.

FOLDER holds the open sets; the golden sets of the bundled collections are learned from too, as the only ones
whose entries have both answers and variants. The file tells how well what the others taught does on each.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

import search.learned
from benchmarks.relevance.confidence import fit_confidence
from benchmarks.relevance.fit import fit, reciprocal_ranks, scores
from benchmarks.relevance.sets import EvaluationSet, publish, sets_of, tasks_of
from benchmarks.relevance.tables import Table, table_of
from index.encoders import open_passage_encoder
from index.encoders.models import DEFAULT_MODEL
from index.store import SnapshotStore
from search.learned import Learned
from search.ranking import FEATURES

TARGET: Final = Path(search.learned.__file__).with_name(search.learned.FILE)
KIN: Final = (("banking77-oos", "dstc11-banking"),)
"""Sets of one trade: none of them may teach what is measured on another."""


def kin(name: str) -> str:
    """The name of the group that a set is left out with."""
    return next((group[0] for group in KIN if name in group), name)


def tables_of(sets: Sequence[EvaluationSet], store: SnapshotStore, *, model: str) -> list[Table]:
    """Every task of every set, asked."""
    encoder = open_passage_encoder(model, cache=store.root / ".exports")
    found = []
    for set_ in sets:
        click.echo(f"{set_.name}: {len(set_.entries)} entries, {len(set_.judgements)} queries", err=True)
        found += [table_of(task) for task in tasks_of(set_, publish(set_, store, encoder))]
    return found


def learn(tables: Sequence[Table]) -> Learned:
    """Weights and confidence from the tables."""
    ranker = fit(tables)
    return Learned(ranker=ranker, confidence=fit_confidence(tables, ranker))


def left_out(tables: Sequence[Table]) -> dict[str, Learned]:
    """What the other sets teach, by the group of sets left out."""
    groups = dict.fromkeys(kin(table.task.set_name) for table in tables)
    return {
        group: learn([table for table in tables if kin(table.task.set_name) != group]) for group in groups
    }


def record_of(learned: Learned, tables: Sequence[Table], others: dict[str, Learned]) -> dict[str, Any]:
    """The file: numbers by name, and where they come from."""
    ranker, confidence = learned.ranker, learned.confidence
    return {
        "about": "Written by 'python -m benchmarks.relevance.learn'; docs/relevance.md tells how.",
        "ranker": {
            "name": ranker.name,
            "half": ranker.half,
            **{
                part: {name: round(float(value), 2) for name, value in zip(FEATURES, row, strict=True)}
                for part, row in (
                    ("questions", ranker.questions),
                    ("answers", ranker.answers),
                    ("variants", ranker.variants),
                )
            },
        },
        "confidence": {
            "intercept": round(confidence.intercept, 3),
            "lead": round(confidence.lead, 3),
            "level": round(confidence.level, 3),
        },
        "learned_from": [_provenance(table, others[kin(table.task.set_name)]) for table in tables],
    }


def _provenance(table: Table, others: Learned) -> dict[str, Any]:
    """mrr_at_10: by the highest cosine, and by what was learned with the set left out."""
    asked = table.answerable
    ours, dense = (
        float(np.mean(reciprocal_ranks(found[asked], table.relevant[asked])))
        for found in (scores(table, others.ranker), table.dense)
    )
    return {
        "set": table.task.name,
        "entries": len(table.task.snapshot.entries),
        "queries": int(asked.sum()),
        "mrr_at_10": {"dense": round(dense, 3), "left_out": round(ours, 3)},
    }


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", default=DEFAULT_MODEL, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=TARGET, show_default=True)
def command(folder: Path, model: str, out: Path) -> None:
    """Learn the weights and the confidence from the sets of FOLDER, and write them."""
    sets = sets_of(folder)
    with tempfile.TemporaryDirectory() as scratch:
        tables = tables_of(sets, SnapshotStore(Path(scratch)), model=model)
    record = record_of(learn(tables), tables, left_out(tables))
    out.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    click.echo(f"wrote {out}")


if __name__ == "__main__":
    command()
