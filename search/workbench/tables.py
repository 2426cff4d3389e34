"""Tables to take away: the rows of figures and reports, with a name for each column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from search.workbench.overview import Figures

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """rows: each as long as columns. name: of the file, a-z and "-"."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def traffic_table(figures: Figures) -> Table:
    """A row for each day in UTC."""
    return Table(
        name="traffic",
        columns=("day (UTC)", "queries", "answered", "clarified", "unanswered"),
        rows=[
            (day.day.isoformat(), day.queries, day.answered, day.clarified, day.unanswered)
            for day in figures.days
        ],
    )


def queries_table(figures: Figures) -> Table:
    """A row for each question that enough people asked."""
    return Table(
        name="queries",
        columns=(
            "query",
            "count",
            "sessions",
            "period before",
            "answered",
            "clarified",
            "unanswered",
            "mean confidence",
            "entry shown first",
        ),
        rows=[
            (
                one.query,
                one.count,
                one.sessions,
                one.before,
                one.answered,
                one.clarified,
                one.unanswered,
                round(one.confidence, 3),
                one.entry,
            )
            for one in figures.top
        ],
    )


def entries_table(figures: Figures) -> Table:
    """A row for each entry."""
    return Table(
        name="entries",
        columns=(
            "entry",
            "question",
            "shown",
            "shown first",
            "clicked",
            "click rate",
            "helpful",
            "not helpful",
            "stolen queries",
        ),
        rows=[
            (
                one.id,
                one.question,
                one.shown,
                one.first,
                one.clicked,
                None if one.click_rate is None else round(one.click_rate, 3),
                one.helpful,
                one.unhelpful,
                one.robbed,
            )
            for one in figures.entries
        ],
    )


def gaps_table(report: Mapping[str, Any]) -> Table:
    """A row for each gap of a report, ranked as there."""
    return Table(
        name="gaps",
        columns=(
            "gap",
            "kind",
            "name",
            "queries",
            "sessions",
            "period before",
            "share of traffic",
            "answered by fixing it",
            "suggested question",
            "nearest entries",
            "in their words",
            "dismissed",
        ),
        rows=[
            (
                gap["id"],
                gap["kind"],
                gap["name"],
                gap["count"],
                gap["sessions"],
                gap["before"],
                round(gap["share"], 4),
                round(gap["answered_by_fix"], 3),
                gap["suggestion"],
                ", ".join(gap["entries"]),
                " | ".join(gap["representatives"]),
                gap["dismissed"],
            )
            for gap in report["gaps"]
        ],
    )


def lint_table(report: Mapping[str, Any]) -> Table:
    """A row for each finding."""
    columns = ("severity", "code", "place", "entries", "reason", "advice")
    return Table(
        name="lint",
        columns=columns,
        rows=[
            tuple(", ".join(found[name]) if name == "entries" else found[name] for name in columns)
            for found in report["findings"]
        ],
    )


OF_FIGURES: Final[Mapping[str, Callable[[Figures], Table]]] = {
    "traffic": traffic_table,
    "queries": queries_table,
    "entries": entries_table,
}
OF_REPORTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Table]]] = {
    "gaps": gaps_table,
    "lint": lint_table,
}
