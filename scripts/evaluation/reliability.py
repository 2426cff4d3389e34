"""Whether confidence means what it says: of the top hits with a confidence of .8, eight in ten are right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from scripts.evaluation.metrics import BINS, bins_of
from scripts.evaluation.outcomes import Outcomes

_SIZE: Final = 320  # of the square in which the curve lies, in pixels
_LEFT: Final = 64
_TOP: Final = 40
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#333}.grid{stroke:#ddd}.axis{stroke:#333;fill:none}"
    ".ideal{stroke:#888;stroke-dasharray:5 4}.bar{fill:#4477aa;fill-opacity:.55}.dot{fill:#aa3377}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Queries whose top hit's confidence lies from low to high. confidence: mean; right: share of right top
    hits; both None where there is no query.
    """

    low: float
    high: float
    queries: int
    confidence: float | None
    right: float | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def reliability(outcomes: Outcomes) -> tuple[Bin, ...]:
    """BINS bins of equal width, the lowest first. The outcomes' certainty is a confidence from 0 to 1."""
    rows = bins_of(outcomes.certainty)
    counts = np.bincount(rows, minlength=BINS).tolist()
    confidence = np.bincount(rows, weights=outcomes.certainty, minlength=BINS).tolist()
    right = np.bincount(rows, weights=outcomes.right, minlength=BINS).tolist()
    return tuple(
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            queries=count,
            confidence=round(confidence[number] / count, 6) if count else None,
            right=round(right[number] / count, 6) if count else None,
        )
        for number, count in enumerate(counts)
    )


def plot(bins: Sequence[Bin]) -> str:
    """An SVG: a bar a bin as high as its share of right top hits, a dot at its mean confidence, and how many
    queries it holds. Where the dots lie on the broken line, confidence means what it says.
    """
    width, height = _LEFT + _SIZE + 24, _TOP + _SIZE + 64
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img">',
            "<title>Reliability: share of right top hits by confidence</title>",
            f"<style>{_STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *_axes(),
            *(part for bin_ in bins for part in _bar(bin_)),
            f'<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>',
            *(
                f'<circle class="dot" cx="{_x(bin_.confidence)}" cy="{_y(bin_.right)}" r="4"/>'
                for bin_ in bins
                if bin_.confidence is not None and bin_.right is not None
            ),
            "</svg>\n",
        ]
    )


def _axes() -> Iterator[str]:
    for tenth in range(0, 11, 2):
        at = tenth / 10
        yield f'<path class="grid" d="M{_x(0)} {_y(at)}H{_x(1)}"/>'
        yield f'<text x="{_x(0) - 8}" y="{_y(at) + 4}" text-anchor="end">{at:g}</text>'
        yield f'<text x="{_x(at)}" y="{_y(0) + 18}" text-anchor="middle">{at:g}</text>'
    yield f'<path class="axis" d="M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}"/>'
    yield f'<text x="{_x(0.5)}" y="{_y(0) + 42}" text-anchor="middle">confidence of the top hit</text>'
    yield f'<text x="{_x(0.5)}" y="14" text-anchor="middle">queries by confidence</text>'
    turned = f'transform="translate(18 {_y(0.5)}) rotate(-90)"'
    yield f'<text {turned} text-anchor="middle">share of right top hits</text>'


def _bar(bin_: Bin) -> Iterator[str]:
    left, wide = _x(bin_.low), _SIZE / BINS
    if bin_.right is not None:
        yield (
            f'<rect class="bar" x="{left + 1}" y="{_y(bin_.right)}" width="{wide - 2:g}" '
            f'height="{_y(0) - _y(bin_.right):g}"/>'
        )
    yield f'<text x="{left + wide / 2:g}" y="{_TOP - 8}" text-anchor="middle">{bin_.queries}</text>'


def _x(share: float) -> float:
    return round(_LEFT + share * _SIZE, 1)


def _y(share: float) -> float:
    return round(_TOP + (1 - share) * _SIZE, 1)
