"""The figures of relevance as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any, Final

from scripts.evaluation.baselines import BASELINES
from scripts.evaluation.tables import Table, as_markdown

Task = dict[str, Any]

_SYSTEMS: Final = ("ours", *BASELINES)
_UNDEFINED: Final = "–"


def to_markdown(record: dict[str, Any]) -> str:
    """record: as measure.py writes it."""
    tasks: list[Task] = record["tasks"]
    whole = [task for task in tasks if task["variants"] is None]
    fewer = [task for task in tasks if task["variants"] is not None]
    tables = (
        _ranking("Ranking: the sets as they are", whole),
        _ranking("Ranking: the same with fewer variants", fewer),
        _confidence(whole),
        _slices(whole),
        _disturbed(whole),
    )
    head = (
        "# Relevance\n\n"
        f"Written by `make relevance`. Model: {record['model']}. Every set is answered by what the other "
        "sets taught; in brackets, 95 % intervals (bootstrap over queries)."
    )
    return "\n".join([head, *(f"\n{as_markdown(table)}" for table in tables)])


def _ranking(title: str, tasks: Sequence[Task]) -> Table:
    rows = [
        (
            _name(task),
            str(task["entries"]),
            str(_overall(task, "ours")["answerable"]),
            _with_interval(task, "ours", "mrr@10"),
            *(_plain(_value(task, system, "mrr@10")) for system in BASELINES),
            *(_plain(_value(task, system, "r@1")) for system in _SYSTEMS),
        )
        for task in tasks
    ]
    macro = [
        _macro([_value(task, system, figure) for task in tasks])
        for figure in ("mrr@10", "r@1")
        for system in _SYSTEMS
    ]
    return Table(
        title=title,
        header=(
            "set",
            "entries",
            "queries",
            *(f"MRR@10 {system}" for system in _SYSTEMS),
            *(f"R@1 {system}" for system in _SYSTEMS),
        ),
        rows=(*rows, ("mean", "", "", *macro)),
    )


def _confidence(tasks: Sequence[Task]) -> Table:
    columns: tuple[tuple[str, Callable[[Task], float | None]], ...] = (
        ("AUROC", lambda t: _value(t, "ours", "auroc")),
        ("AUROC dense", lambda t: _value(t, "dense", "auroc")),
        ("ECE, no golden set", lambda t: _value(t, "ours", "ece")),
        ("ECE, golden set of 50", lambda t: t["ece_with_golden"]),
        ("refused: unanswerable", lambda t: _value(t, "ours", "refused@95")),
        ("refused: true entry hidden", lambda t: t["refused_hidden"]),
        ("refused: off topic", lambda t: t["refused_off_topic"]),
        ("right where answered", lambda t: _value(t, "ours", "answered_right")),
        ("answerable: answered", lambda t: _value(t, "ours", "answerable_answer")),
    )
    rows = [(_name(task), *(_plain(value(task)) for _, value in columns)) for task in tasks]
    return Table(
        title="Confidence and decision",
        header=("set", *(name for name, _ in columns)),
        rows=(*rows, ("mean", *(_macro([value(task) for task in tasks]) for _, value in columns))),
        notes=("Refused: below the threshold that 95 % of the right answers reach.",),
    )


def _slices(tasks: Sequence[Task]) -> Table:
    rows = []
    for task in tasks:
        for name, measured in task["systems"]["ours"]["slices"].items():
            figures = [measured["figures"][figure] for figure in ("mrr@10", "r@1", "auroc", "refused@95")]
            shown = [_plain(figure and figure["value"]) for figure in figures]
            rows.append((_name(task), name, str(measured["queries"]), *shown))
    return Table(
        title="By kind of query",
        header=("set", "queries that are", "queries", "MRR@10", "R@1", "AUROC", "refused"),
        rows=tuple(rows),
        left=2,
    )


def _disturbed(tasks: Sequence[Task]) -> Table:
    kinds = list(tasks[0]["disturbed"])
    rows = [(_name(task), *(_plain(task["disturbed"][kind]) for kind in kinds)) for task in tasks]
    macro = [fmean(task["disturbed"][kind] for task in tasks) for kind in kinds]
    return Table(
        title="R@1 of noisy and unfinished queries",
        header=("set", *kinds),
        rows=(
            *rows,
            ("mean", *(f"{value:.3f}" for value in macro)),
            ("against clean", *(f"{value - macro[0]:+.3f}" for value in macro)),
        ),
    )


def _name(task: Task) -> str:
    return task["set"] if task["variants"] is None else f"{task['set']}, {task['variants']} variants"


def _overall(task: Task, system: str) -> dict[str, Any]:
    measured: dict[str, Any] = task["systems"][system]["overall"]
    return measured


def _value(task: Task, system: str, figure: str) -> float | None:
    found = _overall(task, system)["figures"][figure]
    return None if found is None else float(found["value"])


def _with_interval(task: Task, system: str, figure: str) -> str:
    found = _overall(task, system)["figures"][figure]
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"


def _macro(values: Sequence[float | None]) -> str:
    """The mean over the sets for which a figure is defined."""
    known = [value for value in values if value is not None]
    return _plain(fmean(known) if known else None)


def _plain(value: float | None) -> str:
    return _UNDEFINED if value is None else f"{value:.3f}"
