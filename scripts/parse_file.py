"""`faq parse`: show what a reader sees in a FAQ file, and what it drops."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click
import orjson

from index.sources import FORMATS, MAX_BYTES, Parsed, parse_bytes, read_file
from index.text import clean_line, shorten
from scripts.cli import EXIT_CALLER_ERROR, run


@click.command("parse")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), help="Read as this format, whatever the name."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Entries as JSON lines; what was dropped goes to stderr."
)
def command(files: tuple[str, ...], format_: str | None, as_json: bool) -> None:
    """Show the entries of FAQ files and everything that was dropped. FILE "-" reads standard input.

    Exit code 2 where something was meant as an entry and is unusable.
    """
    invalid = False
    for file in files:
        parsed = _parse(file, format_)
        if as_json:
            _print_json(parsed)
        else:
            _print(file, parsed)
        invalid = invalid or any(rejection.severity == "invalid" for rejection in parsed.rejections)
    if invalid:
        sys.exit(EXIT_CALLER_ERROR)


def _parse(file: str, format_: str | None) -> Parsed:
    if file == "-":
        return parse_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), "(standard input)", format=format_)
    return read_file(Path(file), format=format_)


def _print_json(parsed: Parsed) -> None:
    for entry in parsed.entries:
        click.echo(orjson.dumps(entry.to_dict()))
    for rejection in parsed.rejections:
        click.echo(_rejection(rejection.file, rejection.line, rejection.severity, rejection.reason), err=True)


def _print(file: str, parsed: Parsed) -> None:
    click.echo(f"{_safe(file)}: {parsed.format}")
    for entry in parsed.entries:
        variants = f"  (+{len(entry.variants)} variants)" if entry.variants else ""
        click.echo(f"  {_safe(entry.source)}  [{_safe(entry.id)}] {_safe(entry.question)}{variants}")
        click.echo(f"      {_safe(shorten(entry.answer.partition(chr(10))[0], 100))}")
    if parsed.rejections:
        click.echo("Dropped:")
    for rejection in parsed.rejections:
        line = _rejection(rejection.file, rejection.line, rejection.severity, rejection.reason)
        click.echo(f"  {line}" + (f"\n      {_safe(shorten(rejection.text, 100))}" if rejection.text else ""))
    counts = Counter(rejection.severity for rejection in parsed.rejections)
    dropped = f"{counts['invalid']} invalid pieces, {counts['boilerplate']} of boilerplate"
    click.echo(f"{len(parsed.entries)} entries, {dropped}")


def _rejection(file: str, line: int, severity: str, reason: str) -> str:
    return f"{_safe(file)}:{line}: {severity}: {_safe(reason)}"


def _safe(text: str) -> str:
    """The text without what a terminal would act on."""
    return clean_line(text)


if __name__ == "__main__":
    run(command)
