"""`faq parse`: show what a reader sees in a FAQ file, and what it drops."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click
import orjson

from index.added_variants import VARIANTS_FILE, load_added_variants
from index.collection import GOLDEN_FILE, SETTINGS_FILE, source_files
from index.counting import counted
from index.entry import Entry
from index.errors import SourceError
from index.sources import FORMATS, MAX_BYTES, Parsed, parse_bytes, read_file
from index.text import clean_line, shorten
from scripts.cli import EXIT_CALLER_ERROR, run

_STANDARD_INPUT: Final = "(standard input)"
_NO_FAQ_FILES: Final = {
    SETTINGS_FILE: "it holds the settings of a collection",
    GOLDEN_FILE: "it holds the judgements of a collection",
    VARIANTS_FILE: "it holds further wordings of a collection's entries, which its folder shows",
}


@click.command("parse")
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER...")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), help="Read as this format, whatever the name."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Entries as JSON lines; what was dropped goes to stderr."
)
def command(files: tuple[str, ...], format_: str | None, as_json: bool) -> None:
    """Show the entries of FAQ files and everything that was dropped. FILE "-" reads standard input; of a
    folder, the files that a build would read are shown, and what its variants.jsonl adds to their entries.

    Exit code 2 where something was meant as an entry and is unusable.
    """
    invalid = False
    for file in files:
        entries: list[Entry] = []
        for path, name in _find(file):
            parsed = _parse(path, name, format_)
            entries += parsed.entries
            if as_json:
                _print_json(parsed)
            else:
                _print(name, parsed)
            invalid = invalid or any(rejection.severity == "invalid" for rejection in parsed.rejections)
        invalid = _print_added(file, entries, as_json=as_json) or invalid
    if invalid:
        sys.exit(EXIT_CALLER_ERROR)


def _find(file: str) -> Iterator[tuple[Path | None, str]]:
    """The FAQ files that are meant, each with its name in messages; None stands for standard input."""
    path, name = Path(file), _safe(file) or ascii(file)
    if file == "-":
        yield None, _STANDARD_INPUT
    elif file and path.is_dir():
        found = list(source_files(path, name.rstrip("/")))
        if not found:
            raise SourceError(name, "there is no FAQ file in this folder.")
        yield from found
    elif path.name in _NO_FAQ_FILES:
        click.echo(f"{name} is no FAQ file: {_NO_FAQ_FILES[path.name]}", err=True)
    else:
        yield path, name


def _print_added(folder: str, entries: Sequence[Entry], *, as_json: bool) -> bool:
    """Show what a folder's VARIANTS_FILE adds to the entries; whether anything in it is invalid."""
    path = Path(folder, VARIANTS_FILE)
    if folder == "-" or not folder or not path.is_file():
        return False
    added = load_added_variants(path, f"{(_safe(folder) or ascii(folder)).rstrip('/')}/{VARIANTS_FILE}")
    _, rejections = added.add_to(entries)
    lines = [_rejection(one.file, one.line, one.severity, one.reason) for one in rejections]
    for line in lines if as_json else ():
        click.echo(line, err=True)
    if not as_json:
        count = len(added.variants) + len(added.rejections) - len(rejections)
        click.echo(
            "\n".join(
                [f"{added.name}: {counted(count, 'variant')} added to entries", *map("  {}".format, lines)]
            )
        )
    return any(rejection.severity == "invalid" for rejection in rejections)


def _parse(path: Path | None, name: str, format_: str | None) -> Parsed:
    if path is None:
        return parse_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), name, format=format_)
    return read_file(path, format=format_, name=name)


def _print_json(parsed: Parsed) -> None:
    for entry in parsed.entries:
        click.echo(orjson.dumps(entry.to_dict()))
    for rejection in parsed.rejections:
        click.echo(_rejection(rejection.file, rejection.line, rejection.severity, rejection.reason), err=True)


def _print(name: str, parsed: Parsed) -> None:
    click.echo(f"{name}: {parsed.format}")
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
    dropped = f"{counted(counts['invalid'], 'invalid piece')}, {counts['boilerplate']} of boilerplate"
    click.echo(f"{counted(len(parsed.entries), 'entry', 'entries')}, {dropped}")


def _rejection(file: str, line: int, severity: str, reason: str) -> str:
    return f"{_safe(file)}:{line}: {severity}: {_safe(reason)}"


def _safe(text: str) -> str:
    """The text without what a terminal would act on."""
    return clean_line(text)


if __name__ == "__main__":
    run(command)
