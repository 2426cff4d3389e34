"""`faq benchmark`: what the service costs, against baselines measured in the same run."""

from __future__ import annotations

import importlib
import signal
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click

from index.errors import CallerError
from index.extras import require
from scripts.cli import run

SECTIONS: Final = (
    "service",
    "log",
    "ready",
    "swap",
    "encode",
    "ranking",
    "suggest",
    "widget",
    "embed",
    "rebuild",
    "preview",
)
_ROOT: Final = Path(__file__).resolve().parent.parent
_NEEDED: Final = {"sentence_transformers": "build", "torch": "build", "psutil": "dev"}


def _chosen(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in SECTIONS]
    if unknown or not names:
        raise click.BadParameter(f"{', '.join(unknown) or 'nothing'!r}; choose from {', '.join(SECTIONS)}.")
    return tuple(name for name in SECTIONS if name in names)


@click.command("benchmark")
@click.option(
    "--only",
    "names",
    default=",".join(SECTIONS),
    show_default=True,
    callback=_chosen,
    help="Sections, separated by commas.",
)
@click.option("--quick", is_flag=True, help="So small that it shows only that everything works.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Also write JSON.")
@click.option("--write", is_flag=True, help="Keep the results in benchmarks/results, by revision.")
def command(names: tuple[str, ...], quick: bool, json_file: Path | None, write: bool) -> None:
    """Measure the service and its parts against baselines and print a table.

    Takes about half an hour, most of it for `widget` and `rebuild`. Use a machine that does nothing else.
    benchmarks/README.md tells what is measured, and how.
    """
    if write and quick:
        raise click.UsageError("A quick run is not worth keeping: leave out --quick or --write.")
    _check_installed()
    from benchmarks import report
    from benchmarks.workplace import Workplace

    around = report.circumstances()
    # What was started is ended on the way out, so these too must be a way out.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    sections = {}
    with tempfile.TemporaryDirectory(prefix="faq-benchmark-") as folder:
        place = Workplace(Path(folder), quick=quick, tell=lambda line: click.echo(f"  {line}", err=True))
        for name in names:
            click.echo(f"{name}:", err=True)
            sections[name] = importlib.import_module(f"benchmarks.{name}").measure(place)
    click.echo(report.render(sections, around, quick=quick))
    if json_file:
        json_file.write_text(report.to_json(sections, around, quick=quick), encoding="utf-8")
    if write:
        for path in report.write(sections, around):
            click.echo(f"wrote {path.relative_to(_ROOT)}", err=True)


def _check_installed() -> None:
    """Raises CallerError outside of a checkout, ExtraMissing where a baseline can't be measured."""
    if not (_ROOT / "benchmarks" / "workplace.py").is_file():
        raise CallerError(
            "'faq benchmark' needs a checkout of the repository: its baselines are not installed."
        )
    if str(_ROOT) not in sys.path:
        sys.path.append(str(_ROOT))
    for module, extra in _NEEDED.items():
        if find_spec(module) is None:  # asked first, because importing torch takes seconds
            require(module, extra=extra)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    run(command)
