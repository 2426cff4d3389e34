"""A comparison of two runs, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from index.counting import counted
from index.text import shorten
from scripts.evaluation.answered import DEPTH
from scripts.evaluation.comparison import Comparison
from scripts.evaluation.difference import SIGNIFICANT, Difference
from scripts.evaluation.figures import LABELS
from scripts.evaluation.tables import QUERY_WIDTH, UNDEFINED, Table
from search.judged import Change


def comparison_tables(comparison: Comparison, *, most: int | None = None) -> Iterator[Table]:
    """The averages, and what got better and worse. most: changes shown of each, the largest."""
    yield Table(
        title="Against the other run",
        header=("", "old", "new", "difference", "p"),
        rows=tuple((LABELS[name], *_difference(one)) for name, one in comparison.differences.items()),
        notes=(*_left_out(comparison.left_out), _verdict(comparison)),
    )
    for title, changes in (("Better", comparison.better), ("Worse", comparison.worse)):
        if changes:
            hidden = len(changes) - len(changes[:most])
            yield Table(
                title=f"{title}: {len(changes)} of {counted(comparison.queries, 'query', 'queries')}",
                header=("query", "old rank", "new rank", "old decision", "new decision"),
                rows=tuple(_change(change) for change in changes[:most]),
                notes=(f"… and {hidden} smaller changes: --report or --json shows them.",) if hidden else (),
            )


def _left_out(left_out: Mapping[str, int]) -> Iterator[str]:
    if any(left_out.values()):
        yield (
            "Left out, as only one of the runs has them with these ids: "
            f"{counted(left_out['old'], 'query', 'queries')} of the other run, {left_out['new']} of this one."
        )


def _verdict(comparison: Comparison) -> str:
    counts = (
        f"{len(comparison.better)} better and {len(comparison.worse)} worse of "
        f"{counted(comparison.queries, 'query', 'queries')}"
    )
    found = [
        f"the difference in {LABELS[name]} is {'more than chance' if d.p < SIGNIFICANT else 'within chance'}"
        for name, d in comparison.differences.items()
        if d is not None
    ]
    return f"{'; '.join([counts, *found])} (paired permutation test at {SIGNIFICANT:g})."


def _change(change: Change) -> tuple[str, ...]:
    beyond = f">{DEPTH}" if change.relevant else UNDEFINED
    return (
        shorten(change.query, QUERY_WIDTH),
        str(change.old_rank or beyond),
        str(change.new_rank or beyond),
        change.old_decision,
        change.new_decision,
    )


def _difference(found: Difference | None) -> tuple[str, ...]:
    if found is None:
        return (UNDEFINED,) * 4
    between = f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return (f"{found.old:.3f}", f"{found.new:.3f}", between, f"{found.p:.4f}")
