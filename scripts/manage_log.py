"""`faq log`: look at the query log, take it out, and remove from it."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TextIO

import click
import orjson

from index.counting import counted
from index.errors import CallerError
from index.text import shorten
from scripts.cli import run
from scripts.settings import read_settings
from search.cells import harmless
from search.disposable_file import dispose
from search.querylog.records import LoggedQuery
from search.querylog.store import QueryLog

_PERIOD: Final = re.compile(r"(\d{1,5})([dhw])")
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SLICE: Final = timedelta(days=1)


class Moment(click.ParamType[datetime]):
    """A time: an ISO date or time (UTC where it says nothing else), or so long ago: 7d, 12h, 4w."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Raises click's usage error."""
        if isinstance(value, datetime):
            return value
        if period := _PERIOD.fullmatch(value):
            return datetime.now(UTC) - int(period[1]) * _UNITS[period[2]]
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no date such as 2026-11-02, nor a period such as 7d, 12h or 4w.", param, ctx
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group("log")
def command() -> None:
    """Look at the query log, export it, and remove from it. Where it is: FAQ_LOG_URL."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(*, as_json: bool) -> None:
    """What is logged."""
    with _log() as log:
        standings = log.standings()
    if as_json:
        click.echo(orjson.dumps([asdict(standing) for standing in standings]))
        return
    if not standings:
        click.echo("Nothing is logged yet.")
    for standing in standings:
        click.echo(
            f"{standing.collection}: {counted(standing.queries, 'query', 'queries')} of "
            f"{counted(standing.sessions, 'known session')}, "
            f"{standing.first:%Y-%m-%d %H:%M} to {standing.last:%Y-%m-%d %H:%M} UTC"
        )


@command.command()
@click.option("--collection", help="Only this collection.")
@click.option("--since", type=Moment(), help="From this date, or since so long ago: 7d.")
@click.option("--until", type=Moment(), help="Before this date.")
@click.option("--format", "form", type=click.Choice(("jsonl", "csv")), default="jsonl", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
def export(
    *, collection: str | None, since: datetime | None, until: datetime | None, form: str, output: Path | None
) -> None:
    """Every query with its feedback, a line each, oldest first."""
    write = {"jsonl": _write_lines, "csv": _write_table}[form]
    with _log() as log, _writing(output) as stream:
        count = write(stream, _queries(log, collection, since, until))
    click.echo(f"{counted(count, 'query', 'queries')}.", err=True)


@command.command()
@click.option("--before", type=Moment(), help="Remove what is older; as FAQ_LOG_DAYS says if left out.")
@click.option("--collection", help="Only of this collection.")
def purge(*, before: datetime | None, collection: str | None) -> None:
    """Remove old queries with their feedback, and reports from then. A server does so once an hour."""
    settings = read_settings({})
    limit = before or datetime.now(UTC) - timedelta(days=settings.log_days)
    with _log() as log:
        removed = log.purge(before=limit, collection=collection)
    dispose(settings.snapshot_dir)
    click.echo(f"Removed {counted(removed, 'query', 'queries')} from before {limit:%Y-%m-%d %H:%M} UTC.")


@command.command()
@click.option("--session", required=True, help="As the client named it.")
def forget(*, session: str) -> None:
    """Remove all that one session asked and said, and the reports that may quote it: find the gaps anew."""
    with _log() as log:
        removed = log.forget(session)
    dispose(read_settings({}).snapshot_dir)
    click.echo(f"Removed {counted(removed, 'query', 'queries')} of that session.")


@contextmanager
def _log() -> Iterator[QueryLog]:
    settings = read_settings({})
    if not settings.logs:
        raise CallerError("There is no query log: FAQ_LOG_URL is off. Name the log's database there.")
    with QueryLog.open(settings.log_url) as log:
        yield log


def _queries(
    log: QueryLog, collection: str | None, since: datetime | None, until: datetime | None
) -> Iterator[LoggedQuery]:
    """Day by day, so that a log of any size fits into memory."""
    for standing in log.standings():
        if collection in (None, standing.collection):
            end = min(until or standing.last, standing.last) + timedelta(microseconds=until is None)
            day = max(since or standing.first, standing.first)
            while day < end:
                next_day = min(day + _SLICE, end)
                yield from log.read(collection=standing.collection, since=day, until=next_day)
                day = next_day


@contextmanager
def _writing(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        raise CallerError(f"{shorten(str(path))} can't be written: {error.strerror}.") from None


def _write_lines(stream: TextIO, queries: Iterator[LoggedQuery]) -> int:
    count = 0
    for query in queries:
        stream.write(orjson.dumps(query).decode() + "\n")
        count += 1
    return count


def _write_table(stream: TextIO, queries: Iterator[LoggedQuery]) -> int:
    table = csv.writer(stream)
    names = [name for name in LoggedQuery.__slots__ if name != "feedback"]
    table.writerow([*names, "clicked", "helpful", "reasons", "marked_as_answer"])
    count = 0
    for query in queries:
        count += 1
        values = {name: getattr(query, name) for name in names}
        values |= {"at": query.at.isoformat(), "top_ids": " ".join(query.top_ids)}
        said = query.feedback
        row = [
            *values.values(),
            " ".join(f"{one.entry_id} at {one.position}" for one in said if one.kind == "click"),
            " ".join("yes" if one.helpful else "no" for one in said if one.kind == "helpful"),
            " / ".join(one.reason for one in said if one.reason),
            " ".join(str(one.entry_id) for one in said if one.kind == "answer"),
        ]
        table.writerow([harmless(value) for value in row])
    return count


if __name__ == "__main__":
    run(command)
