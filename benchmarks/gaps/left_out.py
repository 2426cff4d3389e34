"""Every tuned number chosen by the other sets, one set left out at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

import numpy as np

import search.gaps.doubt
import search.gaps.features
import search.gaps.grouping
from benchmarks.gaps.agreement import FIGURES, agreement
from benchmarks.gaps.intents import Intents, groups_of
from benchmarks.gaps.planted import OURS, Planted, ours, summed
from benchmarks.relevance.learn import kin

GROUPING: Final[Sequence[tuple[ModuleType, str, Sequence[float]]]] = (
    (search.gaps.features, "LEXICAL", (0.0, 0.1, 0.2, 0.3)),
    (search.gaps.grouping, "CONNECTION", (0.1, 0.2, 0.3, 0.6)),
    (search.gaps.grouping, "SHARPNESS", (1, 2, 3, 4)),
    (search.gaps.grouping, "LONER", (0.0, 0.1, 0.2, 0.3)),
)
"""What grouping was tuned by, and the values that were tried."""
DOUBT: Final[Sequence[tuple[ModuleType, str, Sequence[float]]]] = (
    (search.gaps.doubt, "DOUBT_BELOW", (0.0, 0.25, 0.5, 1.0)),
    (search.gaps.doubt, "NOVELTY", (0.0, 2.5, 5.0, 7.5, 10.0)),
    (search.gaps.doubt, "DISTANCE", (0.5, 1.0, 1.5, 2.0)),
)
"""What finding planted gaps was tuned by."""
_DRAWS: Final = 3


@contextmanager
def instead(module: ModuleType, name: str, value: float) -> Iterator[None]:
    """Another value of a constant."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def measure_left_out(
    sets: Sequence[Intents], planted: Mapping[str, Sequence[Planted]]
) -> list[dict[str, Any]]:
    """For each number: the mean of all figures by value and set, and what the others would have chosen.

    planted: collections with entries removed, by set.
    """
    drawn = {one.name: [one.drawn(seed) for seed in range(_DRAWS)] for one in sets}
    return [
        *(_tried(*one, lambda: {name: _mean(parts) for name, parts in drawn.items()}) for one in GROUPING),
        *(_tried(*one, lambda: {name: _found(parts) for name, parts in planted.items()}) for one in DOUBT),
    ]


def _tried(
    module: ModuleType, name: str, values: Sequence[float], measure: Callable[[], dict[str, float]]
) -> dict[str, Any]:
    table = {}
    for value in values:
        with instead(module, name, value):
            table[value] = measure()
    return {"number": name, "shipped": getattr(module, name), **chosen_by_others(table)}


def _found(parts: Sequence[Planted]) -> float:
    """The mean of recall, purity and what is not false."""
    figures = summed([ours(part) for part in parts])[OURS]
    held = [figures["recall"], figures["purity"], None if figures["false"] is None else 1 - figures["false"]]
    known = [value for value in held if value is not None]
    return float(np.mean(known)) if known else 0.0


def chosen_by_others(table: Mapping[float, Mapping[str, float]]) -> dict[str, Any]:
    """table: what each value gives on each set, more being better."""
    names = list(next(iter(table.values())))
    chosen, reached = {}, {}
    for name in names:
        others = [other for other in names if kin(other) != kin(name)]
        best: Callable[[float], float] = lambda value, others=others: float(  # noqa: E731
            np.mean([table[value][other] for other in others])
        )
        chosen[name] = max(table, key=best)
        reached[name] = table[chosen[name]][name]
    return {
        "mean": {str(value): float(np.mean(list(held.values()))) for value, held in table.items()},
        "chosen": chosen,
        "left_out": float(np.mean(list(reached.values()))),
    }


def _mean(parts: Sequence[Intents]) -> float:
    figures = [agreement(part.meant, groups_of(part)) for part in parts]
    return float(np.mean([one[name] for one in figures for name in FIGURES]))
