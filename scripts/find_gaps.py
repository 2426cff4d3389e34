"""`faq gaps`: what people asked in vain, grouped by what they meant, with the evidence."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import orjson

from index.counting import counted, empty_queries, to_the_minute
from index.encoders import EXPORTS, open_passage_encoder
from index.entry import Entry
from index.errors import SourceError
from index.names import COLLECTION_NAME
from index.sources import read_bytes, read_file
from index.sources.decoding import decode
from index.sources.structured import NotJson, load
from index.text import clean_line, shorten
from scripts.cli import run
from scripts.evaluation.subject import Files, built, tell_rejections
from scripts.progress import TerminalReporter
from scripts.published import check_collection
from scripts.settings import read_settings
from search.engine import SearchEngine
from search.gaps import dismissals
from search.gaps.analysis import find_gaps
from search.gaps.features import Floats
from search.gaps.job import LogOff, gaps_of_log, moment
from search.gaps.questions import from_texts
from search.gaps.report import Gap, GapReport
from search.querylog.period import DAYS, beginning
from search.querylog.reading import no_log
from search.querylog.store import QueryLog
from search.settings import Settings

EXAMPLE: Final = '{"query": "where is my parcel"}'
_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_SHOWN_SINGLES: Final = 10


@click.command("gaps")
@click.argument("collection", required=False)
@click.option("--since", help="Begin of the period, such as 2026-03-24; of UTC where no zone is named.")
@click.option("--until", help="Its end, itself not in it. [default: now]")
@click.option(
    "--days", type=click.IntRange(1, 3650), help=f"Its length, instead of --since. [default: {DAYS}]"
)
@click.option(
    "--entries", type=_FILE, help="JSON lines id, question, answer, variants: instead of a COLLECTION."
)
@click.option("--queries", type=_FILE, help="With --entries: JSON lines query, instead of a log.")
@click.option("--model", help="With --entries: a sentence-transformers model by name or folder, or 'toy'.")
@click.option("--snapshot-dir", type=click.Path(path_type=Path), help="Folder of the published snapshots.")
@click.option("--dismiss", metavar="ID", help="See this gap of the COLLECTION no more, and do nothing else.")
@click.option("--restore", metavar="ID", help="See it again.")
@click.option("--top", type=click.IntRange(1, 10_000), help="Show no more gaps than these. [default: all]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    collection: str | None,
    since: str | None,
    until: str | None,
    days: int | None,
    entries: Path | None,
    queries: Path | None,
    model: str | None,
    snapshot_dir: Path | None,
    dismiss: str | None,
    restore: str | None,
    top: int | None,
    as_json: bool,
) -> None:
    """Group the queries that were served badly, and tell what is missing.

    With COLLECTION: from the query log, against the snapshot in service; the result is kept in the log for
    the admin pages. --dismiss hides a gap that is none, such as noise, in all reports to come; --json shows
    those, too, as "dismissed". With --entries and --queries: from files, without a log or a service.
    """
    logging.basicConfig(format="  %(message)s", level=logging.WARNING)
    _check_sources(collection, entries, queries, model, since or until or days)
    settings = read_settings({"snapshot_dir": snapshot_dir})
    if dismiss or restore:
        if not collection or (dismiss and restore):
            raise click.UsageError("Name a COLLECTION and one of --dismiss and --restore.")
        click.echo(_decide(settings, collection, dismiss=dismiss, restore=restore))
        return
    if entries and queries:
        report = _of_files(settings, entries, queries, model or settings.model)
    else:
        report = _of_log(settings, str(collection), since=since, until=until, days=days)
    if as_json:
        shown = report.to_dict()
        shown["gaps"] = shown["gaps"][:top]
        click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2))
        return
    click.echo("\n".join(_lines(report, top)))


def _check_sources(
    collection: str | None, entries: Path | None, queries: Path | None, model: str | None, period: object
) -> None:
    if collection and (entries or queries):
        raise click.UsageError("Name a COLLECTION, or --entries and --queries, not both.")
    if not collection and not (entries and queries):
        raise click.UsageError("Name a COLLECTION, or both --entries and --queries.")
    if collection and model:
        raise click.UsageError("--model goes with --entries: a published snapshot has its own.")
    if entries and period:
        raise click.UsageError("--since, --until and --days go with a COLLECTION: files tell no time.")


def _decide(settings: Settings, collection: str, *, dismiss: str | None, restore: str | None) -> str:
    if missing := no_log(settings):
        raise LogOff(missing)
    with QueryLog.open(settings.log_url) as log:
        if dismiss:
            dismissals.dismiss(log, collection, dismiss)
            return f"{dismiss} is dismissed. --restore {dismiss} brings it back."
        dismissals.restore(log, collection, str(restore))
    return f"{restore} is seen again."


def _of_log(
    settings: Settings, collection: str, *, since: str | None, until: str | None, days: int | None
) -> GapReport:
    if not COLLECTION_NAME.fullmatch(collection):
        raise click.UsageError(f"{collection!a} is no name of a collection.")
    if since and days:
        raise click.UsageError("Name --since or --days, not both.")
    check_collection(settings, collection)
    end = moment(until) if until else datetime.now(UTC)
    begin = moment(since) if since else beginning(end, days or DAYS)
    return gaps_of_log(
        settings,
        collection=collection,
        since=begin,
        until=end,
        keep=until is None,  # what the pages show is of now
        reporter=TerminalReporter(),
    )


def _of_files(settings: Settings, entries: Path, queries: Path, model: str) -> GapReport:
    reporter = TerminalReporter()
    known, (asked, empty) = read_entries(entries), read_queries(queries)
    if empty:
        reporter.step(empty_queries(empty))
    exports = settings.snapshot_dir / EXPORTS
    with _engine(known, model, exports, reporter) as engine:

        def encode(texts: Sequence[str]) -> Floats:
            return open_passage_encoder(model, cache=exports).encode_queries(texts)

        return find_gaps(
            from_texts(asked),
            engine=engine,
            encode=encode,
            about={"entries": str(entries), "queries": str(queries), "left_out": len(empty)},
            threads=settings.threads,
            reporter=reporter,
        )


@contextmanager
def _engine(
    entries: Sequence[Entry], model: str, exports: Path, reporter: TerminalReporter
) -> Iterator[SearchEngine | None]:
    """Over a snapshot that is built as `faq rebuild` does and removed at the end; None without an entry."""
    if not entries:
        reporter.step("there are no entries: everything is missing")
        yield None
        return
    files = Files(entries=entries, judgements=(), golden=(), about={})
    with built(files, model=model, exports=exports, reporter=reporter) as subject:
        yield SearchEngine(subject.snapshot)


def read_entries(file: Path) -> Sequence[Entry]:
    """The entries of a FAQ file, none of an empty one. Raises SourceError."""
    if not read_bytes(file, str(file)).strip():
        return ()
    parsed = read_file(file, require_answer=False)
    tell_rejections(parsed.rejections)
    if not parsed.entries:
        raise SourceError(str(file), "there are no entries in it.", advice="An empty file stands for none.")
    return parsed.entries


def read_queries(file: Path) -> tuple[list[str], list[int]]:
    """The queries of JSON lines, in order, and the lines whose query is empty, which are left out.

    Other fields are ignored. Raises SourceError with the line.
    """
    shown = str(file)
    found, empty = [], []
    for number, line in enumerate(decode(read_bytes(file, shown), shown).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = load(line)
        except NotJson as error:
            raise _wrong(shown, number, f"this is no JSON: {error}.") from None
        query = record.get("query") if isinstance(record, dict) else None
        if not isinstance(query, str):
            raise _wrong(shown, number, "this is no object with the text 'query'.")
        if not clean_line(query):
            empty.append(number)
            continue
        found.append(query)
    if not found:
        raise SourceError(shown, "there are no queries in it.", advice=f"Give one a line: {EXAMPLE}")
    return found, empty


def _wrong(file: str, line: int, what: str) -> SourceError:
    return SourceError(file, what, line=line, advice=f"Write {EXAMPLE}")


def _lines(report: GapReport, top: int | None) -> Iterator[str]:
    about = report.about
    if not report.asked:
        since, until = (to_the_minute(datetime.fromisoformat(about[name])) for name in ("since", "until"))
        yield f"Nothing was asked of {about['collection']} from {since} to {until}. Is it the right period?"
        return
    mended = f" {report.mended:,} were served badly and are answered now." if report.mended else ""
    yield (
        f"{counted(report.asked, 'query', 'queries')}, {report.distinct:,} different; "
        f"{report.badly_served:,} of them {'is' if report.badly_served == 1 else 'are'} served badly.{mended}"
    )
    wanted = [gap for gap in report.gaps if not gap.dismissed]
    shown = wanted[:top]
    part = f", {len(shown)} shown" if len(shown) < len(wanted) else ""
    yield f"{counted(len(wanted), 'gap')}{part}{':' if shown else '.'}"
    for number, gap in enumerate(shown, start=1):
        yield ""
        yield from _gap(number, gap)
    if report.singletons:
        yield ""
        yield f"Asked too rarely to be a gap: {len(report.singletons)}, such as"
        yield from (f"    {shorten(text, 100)}" for text in report.singletons[:_SHOWN_SINGLES])
    if dismissed := len(report.gaps) - len(wanted):
        yield f"Dismissed, and so not shown: {counted(dismissed, 'gap')}."
    if report.hidden:
        yield (
            "Not shown, as too few sessions asked them: "
            f"{counted(report.hidden, 'gap or single question', 'gaps and single questions')}."
        )


def _gap(number: int, gap: Gap) -> Iterator[str]:
    trend = "" if gap.before is None else f", {gap.before} in the period before"
    yield f"{number:2}. {gap.name}  [{gap.kind}, {gap.id}]"
    yield f"    asked {counted(gap.count, 'time')} ({gap.share:.1%} of all){trend}"
    if gap.kind == "rejected":
        votes = f"opened {counted(gap.clicks, 'time')}, voted down {counted(gap.votes_down, 'time')}"
        yield f"    {votes}: write another answer{f' to [{gap.entries[0]}]' if gap.entries else ''}"
    else:
        yield f"    suggested question: {gap.suggestion}"
        if gap.answered_by_fix:
            yield f"    mending it would answer about {gap.answered_by_fix:.0%} of them"
    yield from (f"      - {shorten(text, 100)}" for text in gap.representatives)
    for near in gap.nearest:
        yield f"    near: [{near.id}] {shorten(near.question, 80)} ({near.confidence:.2f})"
    if gap.variants:
        lacking = ", ".join(gap.words) or "no word"
        yield f"    add to [{gap.entries[0]}], which lacks {lacking}, the variants"
        yield from (f"      + {shorten(text, 100)}" for text in gap.variants)
    for rival in gap.rivals:
        yield f"    [{rival.id}] is told from the other by: {', '.join(rival.words) or 'no word of its own'}"


if __name__ == "__main__":
    run(command)
