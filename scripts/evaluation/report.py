"""An evaluation, for people on a terminal, as Markdown with a plot beside it, and for programs as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson

from index.errors import CallerError
from index.text import clean_line, shorten
from scripts.evaluation.answered import Answered
from scripts.evaluation.bootstrap import LEVEL
from scripts.evaluation.compared import comparison_tables
from scripts.evaluation.comparison import Comparison
from scripts.evaluation.failures import Failures, failure_tables
from scripts.evaluation.figures import (
    CERTAIN,
    DECIDED,
    LABELS,
    MEANINGS,
    NAMES,
    RANKED,
    Figure,
    Measured,
    Performance,
)
from scripts.evaluation.reliability import Bin, plot
from scripts.evaluation.tables import QUERY_WIDTH, UNDEFINED, Table, as_markdown, as_text, escape

OURS: Final = "faq"
SUFFIXES: Final = (".md", ".json")
_BRIEF: Final = ("mrr@10", "r@1", "auroc", "ece", "refused@95")
_SLICES_SHOWN: Final = 20
_QUERIES_SHOWN: Final = 20
_IN_BRACKETS: Final = (
    f"In brackets: percentile bootstrap interval of {100 * LEVEL:.0f} % over resampled queries"
)
_SYSTEMS: Final = {
    OURS: "this search",
    "dense": "best cosine over question and variants",
    "bm25": "BM25 over question, variants and answer",
    "rrf": "reciprocal rank fusion of dense and bm25, k = 60",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """about: what was evaluated, by name. systems: OURS, and baselines where they were asked for. failures:
    of OURS. problems: queries that could not be asked. compared_with: the file of the run that `comparison`
    compares with.
    """

    about: Mapping[str, str | int | None]
    systems: Mapping[str, Performance]
    reliability: Sequence[Bin]
    failures: Failures
    problems: Sequence[Answered]
    compared_with: str | None = None
    comparison: Comparison | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; figures without a value are null."""
        comparison = self.comparison and {"with": self.compared_with, **self.comparison.to_dict()}
        return {
            "about": dict(self.about),
            "systems": {name: one.to_dict() for name, one in self.systems.items()},
            "reliability": [bin_.to_dict() for bin_ in self.reliability],
            "failures": self.failures.to_dict(),
            "not_asked": [{"query": one.query, "problem": one.problem} for one in self.problems],
            "comparison": comparison,
        }


def to_json(evaluation: Evaluation) -> bytes:
    """One document, with every figure of every slice and every query that failed or changed."""
    return orjson.dumps(evaluation.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def to_text(evaluation: Evaluation) -> str:
    """For a terminal: the most important figures, the largest slices, changes and failures."""
    facts = [f"{name}: {clean_line(str(v))}" for name, v in evaluation.about.items() if v is not None]
    tables = [_overall(evaluation), *_by_slice(evaluation, "by slice", _BRIEF, most=_SLICES_SHOWN)]
    if evaluation.comparison:
        tables += comparison_tables(evaluation.comparison, most=_QUERIES_SHOWN)
    tables += failure_tables(evaluation.failures, most=_QUERIES_SHOWN)
    tables += _problems(evaluation.problems)
    return "\n\n".join(["\n".join(facts), *(as_text(table) for table in tables)])


def to_markdown(evaluation: Evaluation, *, plot_name: str) -> str:
    """A page with all figures. plot_name: the file of the plot, in the same folder."""
    facts = [f"- {name}: {escape(str(v))}" for name, v in evaluation.about.items() if v is not None]
    tables = [
        _overall(evaluation),
        *_by_slice(evaluation, "Ranking by slice", RANKED),
        *_by_slice(evaluation, "Confidence by slice", CERTAIN),
        *_by_slice(evaluation, "Decisions by slice", DECIDED),
    ]
    if evaluation.comparison:
        tables += comparison_tables(evaluation.comparison)
    tables += failure_tables(evaluation.failures)
    tables += _problems(evaluation.problems)
    meanings = [f"- {escape(name)}: {escape(text)}" for name, text in MEANINGS.items()]
    meanings += [f"- {name}: {escape(_SYSTEMS[name])}" for name in evaluation.systems]
    return "\n".join(
        [
            "# Evaluation\n",
            *facts,
            "",
            *(as_markdown(table) for table in tables),
            "## Reliability\n",
            f"![Share of right top hits by confidence]({quote(plot_name)})\n",
            as_markdown(_bins(evaluation.reliability)).partition("\n\n")[2],
            "## What the figures are\n",
            *meanings,
            f"- {_IN_BRACKETS}\n",
        ]
    )


def plot_file(report: Path) -> Path:
    """Where the plot of a Markdown report is written."""
    return report.with_name(f"{report.stem}-reliability.svg")


def write_reports(evaluation: Evaluation, files: Iterable[Path]) -> list[Path]:
    """Write reports by their suffix, one of SUFFIXES; returns what was written.

    Markdown gets its plot beside it, as <name>-reliability.svg. Raises CallerError for an unwritable file.
    """
    written = []
    for file in files:
        if file.suffix.lower() == ".json":
            contents = {file: to_json(evaluation)}
        else:
            image = plot_file(file)
            page = to_markdown(evaluation, plot_name=image.name)
            contents = {file: page.encode(), image: plot(evaluation.reliability).encode()}
        for path, content in contents.items():
            write_file(path, content)
            written.append(path)
    return written


def write_file(path: Path, content: bytes) -> None:
    """Raises CallerError where the file can't be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CallerError(f"{path} can't be written: {error.strerror}.") from None


def _overall(evaluation: Evaluation) -> Table:
    rows = [
        ("queries", *(str(one.overall.queries) for one in evaluation.systems.values())),
        ("answerable", *(str(one.overall.answerable) for one in evaluation.systems.values())),
    ]
    rows += [
        (LABELS[name], *(_figure(one.overall.figures[name]) for one in evaluation.systems.values()))
        for name in NAMES
    ]
    return Table(
        title="All queries",
        header=("", *evaluation.systems),
        rows=tuple(rows),
        notes=("R@k: a relevant entry is among the first k (success at k).", f"{_IN_BRACKETS}."),
    )


def _by_slice(
    evaluation: Evaluation, title: str, names: Sequence[str], *, most: int | None = None
) -> Iterator[Table]:
    """No table where there are no slices, and no row or column of undefined figures only. most: slices
    shown, the largest first.
    """
    sizes = {name: one.queries for name, one in evaluation.systems[OURS].slices.items()}
    measured = [
        (slice_, system, performance.slices[slice_])
        for slice_ in sorted(sizes, key=lambda name: (-sizes[name], name))
        for system, performance in evaluation.systems.items()
        if any(performance.slices[slice_].figures[name] for name in names)
    ]
    shown = list(dict.fromkeys(slice_ for slice_, _, _ in measured))
    hidden = len(shown) - len(shown[:most])
    measured = [row for row in measured if row[0] in shown[:most]]
    defined = [name for name in names if any(one.figures[name] for _, _, one in measured)]
    first = ("slice", "system") if {system for _, system, _ in measured} - {OURS} else ("slice",)
    if measured:
        yield Table(
            title=title,
            header=(*first, "queries", "answerable", *(LABELS[name] for name in defined)),
            rows=tuple(
                (*(slice_, system)[: len(first)], *_measured(one, defined))
                for slice_, system, one in measured
            ),
            left=len(first),
            notes=(f"… and {hidden} smaller slices: --report or --json shows them.",) if hidden else (),
        )


def _measured(measured: Measured, names: Sequence[str]) -> tuple[str, ...]:
    figures = (_figure(measured.figures[name]) for name in names)
    return (str(measured.queries), str(measured.answerable), *figures)


def _problems(problems: Sequence[Answered]) -> Iterator[Table]:
    if problems:
        yield Table(
            title=f"Queries that could not be asked, and count as not found: {len(problems)}",
            header=("query", "why"),
            rows=tuple((shorten(one.query, QUERY_WIDTH), one.problem or "") for one in problems),
            left=2,
        )


def _bins(bins: Sequence[Bin]) -> Table:
    rows = [
        (
            f"{bin_.low:.1f} to {bin_.high:.1f}",
            str(bin_.queries),
            UNDEFINED if bin_.confidence is None else f"{bin_.confidence:.3f}",
            UNDEFINED if bin_.right is None else f"{bin_.right:.3f}",
        )
        for bin_ in bins
    ]
    return Table(
        title="", header=("confidence", "queries", "mean confidence", "share right"), rows=tuple(rows)
    )


def _figure(figure: Figure | None) -> str:
    if figure is None:
        return UNDEFINED
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
