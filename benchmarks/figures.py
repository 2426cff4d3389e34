"""A figure: ours and a baseline, measured in turn, their ratio, and whether it is good enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Final, Literal

import numpy as np

PERCENTILES: Final = (50, 95, 99)
_HEADER: Final = "| what | ours | baseline | ratio | target | result |\n|---|--:|--:|--:|--:|---|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """limit: a ratio, unless of="value" says that it bounds our own value."""

    bound: Literal["at least", "at most"]
    limit: float
    of: Literal["ratio", "value"] = "ratio"

    def met(self, number: float) -> bool:
        """Whether a number is within the bound, the limit itself included."""
        return number >= self.limit if self.bound == "at least" else number <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """ours, baseline: a value of each round, at least one, all above 0, in `unit`. target: None for figures
    that are only shown.
    """

    name: str
    unit: str
    ours: tuple[float, ...]
    baseline: tuple[float, ...]
    target: Target | None = None

    @property
    def ratio(self) -> float:
        """Our median by the baseline's."""
        return median(self.ours) / median(self.baseline)

    @property
    def met(self) -> bool | None:
        """Whether the target is reached, or None without one."""
        if self.target is None:
            return None
        return self.target.met(self.ratio if self.target.of == "ratio" else median(self.ours))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; ratio and met are there for readers, from_dict works them out again."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Figure:
        """The inverse of to_dict."""
        target = record["target"]
        return cls(
            name=record["name"],
            unit=record["unit"],
            ours=tuple(record["ours"]),
            baseline=tuple(record["baseline"]),
            target=None if target is None else Target(**target),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Figures that belong together. against: what the baseline is. notes: what a reader has to know."""

    title: str
    against: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "title": self.title,
            "against": self.against,
            "figures": [figure.to_dict() for figure in self.figures],
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Section:
        """The inverse of to_dict."""
        return cls(
            title=record["title"],
            against=record["against"],
            figures=tuple(Figure.from_dict(figure) for figure in record["figures"]),
            notes=tuple(record["notes"]),
        )


def percentiles(values: Sequence[float]) -> dict[int, float]:
    """The percentiles of PERCENTILES of at least one value, interpolated between neighbours."""
    return {p: float(np.percentile(values, p)) for p in PERCENTILES}


def table(sections: Iterable[Section], *, judged: bool = True) -> str:
    """The figures as one Markdown table, medians with the range of the rounds, and the notes below it.

    judged: False for runs too short to be held against targets.
    """
    lines, notes = [_HEADER], []
    for section in sections:
        lines.append(f"| **{section.title}**, against {section.against} | | | | | |")
        lines += [_row(figure, judged=judged) for figure in section.figures]
        notes += [f"- {section.title}: {note}" for note in section.notes]
    return "\n".join([*lines, "", *notes]).rstrip() + "\n"


def _row(figure: Figure, *, judged: bool) -> str:
    result = {True: "met", False: "**missed**", None: ""}[figure.met]
    cells = (
        figure.name,
        f"{_spread(figure.ours)} {figure.unit}",
        f"{_spread(figure.baseline)} {figure.unit}",
        _ratio(figure.ratio),
        _target(figure.target, figure.unit),
        result if judged or not result else "not judged",
    )
    return f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float]) -> str:
    middle = _number(median(values))
    return middle if len(values) == 1 else f"{middle} ({_number(min(values))} to {_number(max(values))})"


def _ratio(ratio: float) -> str:
    """Ratios below a half also as a fraction, which is what targets are given as."""
    return f"{ratio:.2f}" if ratio >= 0.5 else f"{ratio:.3f} (1/{1 / ratio:.1f})"


def _target(target: Target | None, unit: str) -> str:
    if target is None:
        return ""
    sign = "≥" if target.bound == "at least" else "≤"
    if target.of == "value":
        return f"{sign} {target.limit:g} {unit}"
    inverse = 1 / target.limit
    fraction = target.limit < 0.5 and abs(inverse - round(inverse)) < 1e-9 and inverse < 10
    return f"{sign} 1/{inverse:.0f}" if fraction else f"{sign} {target.limit:g}"


def _number(value: float) -> str:
    """Three significant digits, and every digit before the point."""
    for bound, digits in ((100, 0), (10, 1), (1, 2)):
        if value >= bound:
            return f"{value:,.{digits}f}"
    return f"{value:.3f}"
