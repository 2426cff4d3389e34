"""`faq rebuild`: from FAQ files to a published snapshot. Offline; may take minutes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import click

from index.build import KEEP, BuildReport
from index.changes import Changes
from index.collection import load_collection
from index.encoders import EXPORTS, open_passage_encoder
from index.errors import FaqError
from index.store import SnapshotStore
from scripts.cli import EXIT_INTERRUPTED, run
from scripts.evaluation.building import build_gated
from scripts.evaluation.gate import Figures, told, told_changes
from scripts.progress import TerminalReporter
from scripts.settings import read_settings
from search.judged import Change

_NAMED: Final = 10


@click.command("rebuild")
@click.argument("collection")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the collections.")
@click.option("--snapshot-dir", type=click.Path(path_type=Path), help="Folder of the published snapshots.")
@click.option("--model", help="A sentence-transformers model by name or folder, or 'toy'.")
@click.option("--dry-run", is_flag=True, help="Tell what would change; publish nothing.")
@click.option(
    "--force", is_flag=True, help="Publish even where nothing changed, or the golden set is answered worse."
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=KEEP,
    show_default=True,
    help="Snapshots that stay, this one included; older ones are removed.",
)
def command(
    collection: str,
    data_dir: Path | None,
    snapshot_dir: Path | None,
    model: str | None,
    dry_run: bool,
    force: bool,
    keep: int,
) -> None:
    """Build COLLECTION from its FAQ files and publish it; running servers notice by themselves.

    Vectors of unchanged texts are used again. The model is --model, else the collection's own
    (collection.yaml), else FAQ_MODEL.

    Where the collection has a golden set (golden.jsonl), the new snapshot and the published one are asked it
    first. If the new one is worse by more than the collection's golden_tolerance, nothing is published and
    the exit code is 3.
    """
    logging.basicConfig(format="  %(message)s", level=logging.WARNING)
    settings = read_settings()
    store = SnapshotStore(snapshot_dir or settings.snapshot_dir)
    with _telling_what_serves(store, collection):
        loaded = load_collection(data_dir or settings.data_dir, collection)
        dropped = len(loaded.rejections)
        click.echo(
            f"{collection}: {len(loaded.entries)} entries"
            + (f", {dropped} pieces dropped" if dropped else "")
        )
        report = build_gated(
            loaded,
            store,
            open_passage_encoder(
                model or loaded.settings.model or settings.model, cache=store.root / EXPORTS
            ),
            dry_run=dry_run,
            force=force,
            keep=keep,
            reporter=TerminalReporter(),
        )
    click.echo("\n".join(_lines(report, judgements=len(loaded.golden), dry_run=dry_run)))


@contextmanager
def _telling_what_serves(store: SnapshotStore, collection: str) -> Iterator[None]:
    """Ctrl+C ends the program with a line that tells what it left."""
    before = _published(store, collection)
    try:
        yield
    except KeyboardInterrupt:
        now = _published(store, collection)
        if now != before:
            left = f"{now} was already published."
        elif before is None:
            left = "nothing was published."
        else:
            left = "nothing was published, what was published goes on serving."
        click.echo(f"\nInterrupted: {left}", err=True)
        sys.exit(EXIT_INTERRUPTED)


def _published(store: SnapshotStore, collection: str) -> str | None:
    try:
        return store.current_version(collection)
    except FaqError:
        return None


def _lines(report: BuildReport, *, judgements: int, dry_run: bool) -> list[str]:
    lines = [f"  entries: {_changes(report.changes)}"]
    if report.damaged:
        lines.append(f"  the published snapshot can't be used again: {report.damaged}")
    lines.append(f"  texts: {report.texts}, of them {report.embedded} to embed")
    if dry_run:
        would = (
            f"would be published: {', '.join(report.reasons)}" if report.reasons else "nothing would change"
        )
        if judgements and report.reasons:
            lines.append(f"  golden set: {judgements} judgements, which a dry run does not ask")
        if report.judged_before and not judgements:
            lines.append(f"{_ungated(report.judged_before)} would be compared")
        return [*lines, f"  {would}", "dry run: nothing was published"]
    if report.version is None:
        return [*lines, "nothing changed: the published snapshot stays"]
    if report.manifest:
        encoder, agreement = report.manifest.encoder, report.manifest.agreement
        lines.append(
            f"  query encoder: {encoder.name}, {encoder.precision}; cosine to the model "
            f"{agreement['cosine_mean']:.4f}, same nearest passage for {agreement['top1']:.1%} "
            f"of {agreement['samples']} texts"
        )
        lines += _golden(report.manifest.golden)
    if report.judged_before and not judgements:
        lines.append(f"{_ungated(report.judged_before)} was compared")
    seconds = ", ".join(f"{step} {took:.1f} s" for step, took in report.seconds.items())
    lines.append(f"  time: {seconds}")
    if report.pruned:
        lines.append(f"  removed old snapshots: {', '.join(report.pruned)}")
    return [*lines, f"published {report.version}"]


def _ungated(before: int) -> str:
    """That there is no golden set any more; it goes on with "was compared"."""
    return f"  golden set: none now; the published snapshot was asked {before} judgements, so nothing"


def _golden(golden: Mapping[str, Any]) -> list[str]:
    """How the golden set was answered, and how by the snapshot that was published."""
    if not golden:
        return []
    lines = [f"  golden set: {golden['judgements']} judgements, {told(_figures(golden))}"]
    compared = golden["compared"]
    if compared:
        old, new = _figures(golden["previous"]), _figures(compared)
        of_them = (
            "" if new.judgements == golden["judgements"] else f" of the {new.judgements} it could answer"
        )
        lines.append(
            f"  as published before{of_them}: {told(old)}" + (f"; now {told(new)}" if of_them else "")
        )
        lines.append(f"  {compared['better']} got better, {compared['worse']} worse")
        worst = [Change(**change) for change in compared["worst"]]
        lines += [f"  {line}" for line in told_changes(worst, count=compared["worse"])]
    if golden["forced"]:
        lines.append(f"  worse by more than {golden['tolerance']:g}, and published all the same (--force)")
    return lines


def _figures(record: Mapping[str, Any]) -> Figures:
    return Figures(**{field.name: record[field.name] for field in fields(Figures) if field.name in record})


def _changes(changes: Changes) -> str:
    parts = [f"{changes.unchanged} unchanged"]
    for name, ids in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        if ids:
            shown = ", ".join(ids[:_NAMED]) + (", …" if len(ids) > _NAMED else "")
            parts.append(f"{len(ids)} {name} ({shown})")
    return ", ".join(parts)


if __name__ == "__main__":
    run(command)
