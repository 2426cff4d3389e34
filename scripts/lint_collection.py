"""`faq lint`: what in a FAQ is doubled, contradictory, left over, dead or of no use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click
import orjson

from index.counting import counted
from scripts.cli import EXIT_FINDINGS, run
from scripts.progress import TerminalReporter
from scripts.settings import read_settings
from search.lint.examine import LintReport, examine
from search.lint.findings import SEVERITIES, Finding, Severity
from search.lint.loading import load_subject


@click.command("lint")
@click.argument("collection", required=False)
@click.option(
    "--entries",
    type=click.Path(path_type=Path),
    help="Look at a file of entries, not at the collection's own sources.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything that was found, for programs.")
@click.option(
    "--severity",
    type=click.Choice(SEVERITIES),
    default="warning",
    show_default=True,
    help="The least that is shown.",
)
@click.option(
    "--fail-on",
    type=click.Choice(("error", "warning", "never")),
    default="error",
    show_default=True,
    help="From which severity on the exit code is 4.",
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="[default: FAQ_DATA_DIR, or faq_data]")
@click.option(
    "--snapshot-dir", type=click.Path(path_type=Path), help="[default: FAQ_SNAPSHOT_DIR, or snapshots]"
)
def command(
    collection: str | None,
    entries: Path | None,
    as_json: bool,
    severity: Severity,
    fail_on: str,
    data_dir: Path | None,
    snapshot_dir: Path | None,
) -> None:
    """Look after the FAQ of COLLECTION: its sources, its published snapshot and its query log.

    With --entries, a file is looked at; COLLECTION then only names whose encoder is used, and may be left
    out. Nothing is changed. What to leave out is said by 'lint_ignore' in collection.yaml.

    Exit codes: 0 nothing at or above --fail-on, 1 failed at run time, 2 the caller's mistake, 4 findings.
    """
    settings = read_settings({"data_dir": data_dir, "snapshot_dir": snapshot_dir})
    if collection is None and entries is None:
        collection = settings.default_collection
        if collection is None:
            raise click.UsageError("Name a COLLECTION, or a file with --entries.")
    report = examine(load_subject(settings, collection, file=entries, reporter=TerminalReporter()))
    shown = [found for found in report.findings if _as_bad(found, severity)]
    if as_json:
        body = report.to_dict() | {"findings": [found.to_dict() for found in shown]}
        click.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2))
    else:
        click.echo("\n".join(_lines(report, shown)))
    if fail_on != "never" and any(_as_bad(found, fail_on) for found in report.findings):
        sys.exit(EXIT_FINDINGS)


def _as_bad(finding: Finding, severity: str) -> bool:
    return SEVERITIES.index(finding.severity) <= [*SEVERITIES].index(severity)  # type: ignore[arg-type]


def _lines(report: LintReport, shown: list[Finding]) -> Iterator[str]:
    for file, findings in groupby(shown, key=lambda found: found.file):
        yield file
        for found in findings:
            yield f"  {found.line or '-'}: {found.severity} {found.code}: {found.reason}"
            yield f"      {found.advice}"
    counts = report.to_dict()["counts"]
    said = ", ".join(counted(counts[severity], severity) for severity in ("error", "warning"))
    advice = counted(counts["advice"], "piece of advice", "pieces of advice")
    yield f"{report.name}: {counted(report.entries, 'entry', 'entries')}: {said}, {advice}" + (
        f", {report.suppressed} suppressed" if report.suppressed else ""
    )
    hidden = len(report.findings) - len(shown)
    if hidden:
        yield f"  {hidden} {'is' if hidden == 1 else 'are'} not shown: --severity advice shows all"
    yield from (f"  not checked: {note}" for note in report.unchecked)


if __name__ == "__main__":
    run(command)
