"""`faq demo-traffic`: believable queries for a collection's log, to try the reports and the pages with."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import click

from index.collection import GOLDEN_FILE
from index.errors import CallerError, CollectionError, SnapshotError
from index.judgements import load_judgements
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.cli import run
from scripts.demo_traffic.marked import clear, connected, real_queries
from scripts.demo_traffic.topics import load_topics
from scripts.demo_traffic.visitors import Crowd
from scripts.progress import TerminalReporter
from scripts.published import check_collection
from scripts.settings import read_settings
from search.engine import SearchEngine
from search.querylog.records import LoggedQuery
from search.querylog.store import QueryLog
from search.result import SearchResult

SESSIONS_A_DAY: Final = 120


class _Engines:
    """The snapshots that served in the time: the one before the current one until the middle, if there is."""

    def __init__(self, store: SnapshotStore, collection: str, change: datetime) -> None:
        self.current = SearchEngine(store.open_current(collection, Snapshot.open))
        self._change = change
        self._before = self.current
        older = [v for v in store.versions(collection) if v < self.current.snapshot.version]
        if older:
            try:
                self._before = SearchEngine(Snapshot.open(store.folder(collection, older[-1])))
            except SnapshotError as error:
                click.echo(f"Warning: the snapshot {older[-1]} is left out: {error}", err=True)
        self._known: dict[tuple[str, str, str | None], SearchResult] = {}

    def ask(self, query: str, locale: str | None, at: datetime) -> tuple[str, SearchResult]:
        """The snapshot that served at a time, and its answer."""
        engine = self.current if at >= self._change else self._before
        key = engine.snapshot.version, query, locale
        if key not in self._known:
            self._known[key] = engine.search(query, locale=locale)
        return key[0], self._known[key]


@click.command("demo-traffic")
@click.argument("collection", default="demo_store")
@click.option("--days", type=click.IntRange(1, 365), default=7, show_default=True, help="Of the period.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same traffic.")
@click.option(
    "--sessions",
    type=click.IntRange(1, 1_000_000),
    help=f"Visits in the period, and as many in the one before. [default: {SESSIONS_A_DAY} a day]",
)
@click.option("--until", metavar="ISO", help="The end of the period, UTC. [default: the last full hour]")
@click.option("--force", is_flag=True, help="Even where the log holds real queries of the collection.")
@click.option("--clear", "only_clear", is_flag=True, help="Remove what this command made, and make nothing.")
@click.option("--log-url", help="[default: FAQ_LOG_URL]")
@click.option("--data-dir", type=click.Path(path_type=Path), help="[default: FAQ_DATA_DIR, or faq_data]")
@click.option(
    "--snapshot-dir", type=click.Path(path_type=Path), help="[default: FAQ_SNAPSHOT_DIR, or snapshots]"
)
def command(
    collection: str,
    days: int,
    seed: int,
    sessions: int | None,
    until: str | None,
    force: bool,
    only_clear: bool,
    log_url: str | None,
    data_dir: Path | None,
    snapshot_dir: Path | None,
) -> None:
    """Fill the query log with made-up visits to COLLECTION: those of a period and of the one before it.

    Every query is really answered by the published snapshot. The visits are marked by their sessions, so a
    second run replaces those of the first and --clear removes them all. Into a log with real queries of the
    collection nothing is written.
    """
    settings = read_settings({"log_url": log_url, "data_dir": data_dir, "snapshot_dir": snapshot_dir})
    url = settings.log_url
    if not settings.logs:
        raise click.UsageError("The query log is off. Set FAQ_LOG_URL, or give a --log-url.")
    if only_clear:
        click.echo(f"{collection}: removed {_replace(url, collection, [], force=True)} made-up queries")
        return
    check_collection(settings, collection)
    began = time.perf_counter()
    end = _moment(until)
    start = end - 2 * timedelta(days=days)
    _replace(url, collection, None, force=force)
    engines = _Engines(SnapshotStore(settings.snapshot_dir), collection, end - timedelta(days=days / 2))
    ids = {entry.id for entry in engines.current.snapshot.entries}
    file = settings.data_dir / collection / GOLDEN_FILE
    if not file.exists():
        raise CollectionError(f"{collection!r} has no golden set to take questions from: write {file}.")
    topics, habits = load_topics(load_judgements(file, ids=ids), engines.current.snapshot.entries)
    random = Random(seed)  # noqa: S311 (nothing is kept secret by it)
    crowd = Crowd(topics, habits, ask=engines.ask, collection=collection, random=random)
    TerminalReporter().step("asking")
    made = crowd.visit(start, end, 2 * (sessions or SESSIONS_A_DAY * days))
    _replace(url, collection, made, force=force)
    _tell(collection, made, start, end, time.perf_counter() - began)


def _replace(url: str, collection: str, made: list[LoggedQuery] | None, *, force: bool) -> int:
    """Put made-up queries in the place of earlier ones; how many those were. None: only look if one may.

    Raises CallerError where real ones are in the log.
    """
    with QueryLog.open(url) as log:
        with connected(url) as connection:
            real = real_queries(connection, collection)
            if real and not force:
                raise CallerError(
                    f"The log holds {real:,} real queries of {collection!r}; made-up ones would spoil "
                    "what is told of them. Use another FAQ_LOG_URL, or --force if you mean it."
                )
            removed = clear(connection, collection) if made is not None else 0
        if made:
            log.add(made, [said for query in made for said in query.feedback])
        return removed


def _moment(until: str | None) -> datetime:
    if until is None:
        return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        raise click.UsageError(f"--until is {until!r}, no time such as 2026-11-23T08:00.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _tell(collection: str, made: list[LoggedQuery], start: datetime, end: datetime, seconds: float) -> None:
    decisions = Counter(query.decision for query in made)
    said = Counter(one.kind for query in made for one in query.feedback)
    click.echo(f"{collection}: {len(made):,} queries of {len({query.session for query in made}):,} sessions")
    click.echo(f"  from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC, made in {seconds:.1f} s")
    click.echo("  " + ", ".join(f"{decision} {count:,}" for decision, count in sorted(decisions.items())))
    click.echo("  feedback: " + (", ".join(f"{k} {count:,}" for k, count in sorted(said.items())) or "none"))


if __name__ == "__main__":
    run(command)
