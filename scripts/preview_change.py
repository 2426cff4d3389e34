"""`faq preview`: what a change would do to what people asked, before it is published."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from index.counting import empty_queries, lines_named
from index.errors import CallerError
from index.snapshot import Snapshot
from index.sources import read_bytes
from index.store import SnapshotStore
from index.text import clean_line
from scripts.cli import run
from scripts.preview_text import told
from scripts.progress import TerminalReporter
from scripts.published import check_collection
from scripts.settings import read_settings
from search.preview.accept import Proposal, accept, propose
from search.preview.change import Change, EditedFile, ProposedVariant, checked_entries
from search.preview.logged import logged_queries
from search.preview.queries import AskedQuery, load_queries
from search.preview.request import DAYS, Period, period_of
from search.preview.trial import Trial
from search.settings import Settings

_FILE = click.Path(path_type=Path)


@click.command("preview")
@click.argument("collection")
@click.option("--entry", "files", type=_FILE, multiple=True, help="A file of changed or new entries.")
@click.option(
    "--variant", "variants", nargs=2, multiple=True, metavar="ID TEXT", help="Another wording of an entry."
)
@click.option("--remove", "removed", multiple=True, metavar="ID", help="An entry that goes.")
@click.option("--file", "edited", type=_FILE, help="An edited copy of one of the collection's files.")
@click.option("--as", "name", help="That file's path in the collection's folder. [default: its name]")
@click.option("--since", metavar="TIME", help="A date, or a time in ISO format.")
@click.option("--until", metavar="TIME", help="[default: now]")
@click.option(
    "--days", type=click.IntRange(min=1), help=f"The period's length, instead of --since. [default: {DAYS}]"
)
@click.option("--queries", type=_FILE, help='Ask these, {"query": text} a line, instead of those of the log.')
@click.option(
    "--top",
    type=click.IntRange(0, 1000),
    default=3,
    show_default=True,
    help="Queries shown of each pair of entries.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option(
    "--accept", "accepting", is_flag=True, help="Then write the variants into variants.jsonl, if you say yes."
)
@click.option("--yes", is_flag=True, help="With --accept: write without asking.")
@click.option("--data-dir", type=_FILE, help="Folder of the collections.")
@click.option("--snapshot-dir", type=_FILE, help="Folder of the published snapshots.")
def command(
    collection: str,
    files: tuple[Path, ...],
    variants: tuple[tuple[str, str], ...],
    removed: tuple[str, ...],
    edited: Path | None,
    name: str | None,
    since: str | None,
    until: str | None,
    days: int | None,
    queries: Path | None,
    top: int,
    as_json: bool,
    accepting: bool,
    yes: bool,
    data_dir: Path | None,
    snapshot_dir: Path | None,
) -> None:
    """Try a change of COLLECTION on the queries of a period and the golden set; nothing is published.

    Without a change, the collection's folder is tried as it is now: what `faq rebuild` would publish.
    """
    settings = read_settings({"data_dir": data_dir, "snapshot_dir": snapshot_dir})
    if name and not edited:
        raise click.UsageError("--as names the file of --file.")
    if days and since:
        raise click.UsageError("Name the period by --since or by --days, not by both.")
    change = Change(
        entries=tuple(entry for file in files for entry in _entries(file)),
        removed=removed,
        variants=tuple(ProposedVariant(entry=entry, variant=text) for entry, text in variants),
        file=_edited(edited, name, settings.data_dir / collection) if edited else None,
    )
    if accepting and (not variants or files or removed or edited):
        raise click.UsageError(
            "--accept writes variants, so try these alone. The rest is yours to edit in the FAQ files."
        )
    if yes and not accepting:
        raise click.UsageError("--yes is for --accept.")
    period = period_of(since, until, days=days)
    check_collection(settings, collection)
    store = SnapshotStore(settings.snapshot_dir)
    asked, warnings, of = _asked(settings, collection, period, queries)
    proposal = _proposal(store, settings, collection, change.variants) if accepting else None
    trial = Trial(
        store=store,
        data_dir=settings.data_dir,
        threads=settings.threads,
        top=top,
        min_sessions=settings.log_min_sessions,
        reporter=TerminalReporter(),
    )
    result = trial.run(collection, None if change.empty else change, asked)
    result["warnings"] = [*warnings, *result["warnings"]]
    if queries is None:
        result |= {"since": period.since.isoformat(), "until": period.until.isoformat()}
    if as_json:
        shown: dict[str, Any] = {**result, "proposal": proposal.to_dict()} if proposal else result
        click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2))
    else:
        click.echo("\n".join(told(result, of=of)))
    if proposal:
        _accept(store, settings, collection, change.variants, proposal, yes=yes)


def _entries(file: Path) -> Sequence[Any]:
    name = clean_line(str(file)) or ascii(str(file))
    entries, dropped = checked_entries(read_bytes(file, name), name)
    for one in dropped:
        click.echo(f"{clean_line(one.file)}:{one.line}: dropped: {clean_line(one.reason)}", err=True)
    return entries


def _edited(file: Path, name: str | None, folder: Path) -> EditedFile:
    """Its name is the one given, else its place in the collection's folder, else its own name."""
    content = read_bytes(file, clean_line(str(file)) or ascii(str(file)))
    if name is None:
        own, inside = file.resolve(), folder.resolve()
        name = own.relative_to(inside).as_posix() if own.is_relative_to(inside) else file.name
    return EditedFile(name=name, content=content)


def _asked(
    settings: Settings, collection: str, period: Period, file: Path | None
) -> tuple[list[AskedQuery], list[str], str]:
    """The queries, what is to be said of them, and whose they are."""
    if file:
        name = clean_line(str(file)) or ascii(str(file))
        queries, empty = load_queries(file, name=name)
        return queries, [empty_queries(empty)] if empty else [], f"of {name}"
    asked, warnings = logged_queries(settings, collection, period)
    return asked, warnings, f"from {period.since.date()} to {period.until.date()}"


def _proposal(
    store: SnapshotStore, settings: Settings, collection: str, variants: Sequence[ProposedVariant]
) -> Proposal:
    entries = store.open_current(collection, Snapshot.open).entries
    return propose(settings.data_dir, collection, variants, entries=entries)


def _accept(
    store: SnapshotStore,
    settings: Settings,
    collection: str,
    variants: Sequence[ProposedVariant],
    proposal: Proposal,
    *,
    yes: bool,
) -> None:
    """Show the diff, ask, and write. Everything goes to stderr, so that --json can be piped."""
    click.echo(f"\n{proposal.diff}", err=True, nl=False)
    if not yes:
        click.echo(f"Write this into {settings.data_dir / proposal.file}? [y/N] ", err=True, nl=False)
        answer = sys.stdin.readline()
        if not answer:
            raise CallerError(
                "Nobody answered, so nothing was written. Say --yes to write without being asked."
            )
        if answer.strip().casefold() not in ("y", "yes"):
            click.echo("Nothing was written.", err=True)
            return
    entries = store.open_current(collection, Snapshot.open).entries
    done = accept(settings.data_dir, collection, variants, entries=entries, digest=proposal.digest)
    click.echo(
        f"Written: {settings.data_dir / done.file}, {lines_named(done.lines)}. {done.advice}", err=True
    )


if __name__ == "__main__":
    run(command)
