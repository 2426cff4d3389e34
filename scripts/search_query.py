"""`faq search`: ask a published snapshot from the command line."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from index.answering import Fallback
from index.snapshot import Snapshot
from index.store import SnapshotStore
from index.text import shorten
from scripts.cli import run
from scripts.published import check_collection
from scripts.settings import read_settings
from search.answer import answer_of
from search.engine import SearchEngine
from search.result import Hit, SearchResult
from search.schemas import MAX_TOP


def _number(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):  # which is neither below nor above any bound
        raise click.BadParameter("nan is not a number from 0 to 1.")
    return value


@click.command("search")
@click.argument("query")
@click.option("--collection", help="Left out where one is served, or FAQ_DEFAULT_COLLECTION says.")
@click.option("--snapshot-dir", type=click.Path(path_type=Path), help="Folder of the published snapshots.")
@click.option("--top", type=click.IntRange(1, MAX_TOP), default=5, show_default=True)
@click.option("--locale")
@click.option("--tag", "tags", multiple=True, help="May be repeated: all must match.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    callback=_number,
    help="How sure the first hit must be to be given as the answer. [default: the collection's]",
)
@click.option("--as-typed", is_flag=True, help="Don't mend the spelling first.")
@click.option("--explain", is_flag=True, help="Tell why: of each hit, and of the decision.")
@click.option("--json", "as_json", is_flag=True, help="Print what the API would answer.")
def command(
    query: str,
    collection: str | None,
    snapshot_dir: Path | None,
    top: int,
    locale: str | None,
    tags: tuple[str, ...],
    min_confidence: float | None,
    as_typed: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Answer QUERY from the published snapshot, as the API does."""
    settings = read_settings({"snapshot_dir": snapshot_dir})
    store = SnapshotStore(settings.snapshot_dir)
    collection = collection or settings.default_collection or _only(store)
    check_collection(settings, collection)
    engine = SearchEngine(store.open_current(collection, Snapshot.open))
    began = time.perf_counter()
    result = engine.search(
        query,
        top=top,
        locale=locale,
        tags=tags,
        min_confidence=min_confidence,
        correct=not as_typed,
        explain=explain,
    )
    took = round((time.perf_counter() - began) * 1000, 2)
    if as_json:
        answer = answer_of(result, snapshot=engine.snapshot, took_ms=took)
        click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    click.echo("\n".join(_lines(result, engine.snapshot.manifest.answering.fallback)))


def _only(store: SnapshotStore) -> str:
    names = store.collections()
    if len(names) != 1:
        there = ", ".join(names) or "none; run 'faq rebuild COLLECTION'"
        raise click.UsageError(f"Name a --collection. Published are: {there}.")
    return names[0]


def _lines(result: SearchResult, fallback: Fallback | None) -> Iterator[str]:
    yield f"{result.decision} (confidence {result.confidence:.2f})"
    if result.corrected:
        yield f"  searched for: {result.corrected}"
    if result.choices:
        yield f"  ask which is meant: {', '.join(result.choices)}"
    if result.reason:
        yield f"  {result.reason}"
    if fallback and result.decision == "no_answer":
        yield from (f"  | {line}" for line in fallback.text.split("\n"))
        if fallback.url:
            yield f"  | {fallback.url}"
    for number, hit in enumerate(result.hits, start=1):
        yield f"{number:2}. {hit.confidence:.2f}  [{hit.entry.id}] {hit.entry.question}"
        yield from _explanation(hit)


def _explanation(hit: Hit) -> Iterator[str]:
    if hit.explanation is None:
        return
    yield f"      nearest text ({hit.matched.kind}): {shorten(hit.matched.text, 120)}"
    for part in hit.explanation.contributions:
        yield f"      {part.points:+.3f}  {part.text}"


if __name__ == "__main__":
    run(command)
