"""`faq search`: ask a published snapshot from the command line."""

from __future__ import annotations

import time
from pathlib import Path

import click
import orjson

from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.cli import run
from scripts.settings import read_settings
from search.answer import answer_of
from search.engine import SearchEngine
from search.result import Hit
from search.schemas import MAX_TOP


@click.command("search")
@click.argument("query")
@click.option("--collection", help="Left out where one is served, or FAQ_DEFAULT_COLLECTION says.")
@click.option("--snapshot-dir", type=click.Path(path_type=Path), help="Folder of the published snapshots.")
@click.option("--top", type=click.IntRange(1, MAX_TOP), default=5, show_default=True)
@click.option("--locale")
@click.option("--tag", "tags", multiple=True, help="May be repeated: all must match.")
@click.option("--json", "as_json", is_flag=True, help="Print what the API would answer.")
def command(
    query: str,
    collection: str | None,
    snapshot_dir: Path | None,
    top: int,
    locale: str | None,
    tags: tuple[str, ...],
    as_json: bool,
) -> None:
    """Answer QUERY from the published snapshot, as the API does."""
    settings = read_settings()
    store = SnapshotStore(snapshot_dir or settings.snapshot_dir)
    collection = collection or settings.default_collection or _only(store)
    engine = SearchEngine(store.open_current(collection, Snapshot.open))
    began = time.perf_counter()
    result = engine.search(query, top=top, locale=locale, tags=tags)
    took = round((time.perf_counter() - began) * 1000, 2)
    if as_json:
        answer = answer_of(result, snapshot=engine.snapshot, took_ms=took)
        click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    click.echo(f"{result.decision} (confidence {result.confidence:.2f})")
    for number, hit in enumerate(result.hits, start=1):
        click.echo(_line(number, hit))


def _only(store: SnapshotStore) -> str:
    names = store.collections()
    if len(names) != 1:
        there = ", ".join(names) or "none; run 'faq rebuild COLLECTION'"
        raise click.UsageError(f"Name a --collection. Published are: {there}.")
    return names[0]


def _line(number: int, hit: Hit) -> str:
    return f"{number:2}. {hit.confidence:.2f}  [{hit.entry.id}] {hit.entry.question}"


if __name__ == "__main__":
    run(command)
