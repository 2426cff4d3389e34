"""Where the marks of charts stand; templates draw them as SVG. Everything in units of a view box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from search.workbench.reliability import Bin
from search.workbench.traffic import Day

WIDTH: Final = 720
HEIGHT: Final = 220
LEFT: Final = 44
"""Where the plot begins: before it is room for the labels of its lines."""
RIGHT: Final = 712
TOP: Final = 12
FOOT: Final = 190
"""Where the plot ends; below it is room for the labels of days."""
SQUARE: Final = 260
_LINES: Final = 4
_LABELS: Final = 8
_GAP: Final = 0.22
_PARTS: Final = ("answered", "clarified", "unanswered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line across the plot and its label."""

    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """part: of _PARTS, which names its colour. title: what a pointer over it shows."""

    x: float
    y: float
    width: float
    height: float
    part: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text below the plot."""

    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A chart of stacked bars, a stack for each day."""

    lines: Sequence[Line]
    bars: Sequence[Bar]
    labels: Sequence[Label]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """x, y: of a bin. low, high: where its interval ends. radius: by how many were judged."""

    x: float
    y: float
    low: float
    high: float
    radius: float
    title: str


def traffic_chart(days: Sequence[Day]) -> Bars:
    """Queries a day, stacked by decision."""
    return _stacked(days, top=nice_above(max((day.queries for day in days), default=0)), shares=False)


def decisions_chart(days: Sequence[Day]) -> Bars:
    """The shares of the decisions; a day without queries is left empty."""
    return _stacked(days, top=100, shares=True)


def nice_above(value: float) -> int:
    """The smallest of 4, 8, 12, 20, 24, 32, 40, 80, … not below a value: its quarters are whole."""
    size = 1
    while True:
        for step in (4, 8, 12, 20, 24, 32):
            if step * size >= value:
                return step * size
        size *= 10


def reliability_chart(bins: Sequence[Bin]) -> list[Point]:
    """A point for each bin that tells something: stated confidence to the right, share right upwards."""
    most = max((one.judged for one in bins if one.right is not None), default=1)
    return [
        Point(
            x=_across(one.stated),
            y=_up(one.right),
            low=_up(one.least),
            high=_up(one.most),
            radius=round(3 + 5 * math.sqrt(one.judged / most), 1),
            title=f"Confidence {one.stated:.0%}: right for {one.right:.0%} of {one.judged} with feedback",
        )
        for one in bins
        if one.stated is not None and one.right is not None and one.least is not None and one.most is not None
    ]


def _stacked(days: Sequence[Day], *, top: int, shares: bool) -> Bars:
    step = (RIGHT - LEFT) / max(1, len(days))
    width = round(min(step * (1 - _GAP), 72), 2)
    every = math.ceil(len(days) / _LABELS) or 1
    bars: list[Bar] = []
    for number, day in enumerate(days):
        scale = (100 / day.queries if day.queries else 0.0) if shares else 1.0
        x, floor = round(LEFT + number * step + (step - width) / 2, 2), float(FOOT)
        for part in _PARTS:
            count: int = getattr(day, part)
            height = (FOOT - TOP) * count * scale / top
            if count:
                floor -= height
                shown = f"{day.day.isoformat()}: {count} {part}"
                title = f"{shown} ({count / day.queries:.0%})"
                bars.append(
                    Bar(x=x, y=round(floor, 2), width=width, height=round(height, 2), part=part, title=title)
                )
    return Bars(
        lines=[
            Line(
                y=round(FOOT - (FOOT - TOP) * number / _LINES, 2),
                label=f"{top * number // _LINES:,}{' %' if shares else ''}",
            )
            for number in range(_LINES + 1)
        ],
        bars=bars,
        labels=[
            Label(x=round(LEFT + (number + 0.5) * step, 2), text=f"{day.day:%a} {day.day.day} {day.day:%b}")
            for number, day in enumerate(days)
            if number % every == 0
        ],
    )


def _across(share: float) -> float:
    return round(40 + share * (SQUARE - 56), 2)


def _up(share: float) -> float:
    return round(SQUARE - 40 - share * (SQUARE - 56), 2)
