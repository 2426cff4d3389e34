"""Which lines of a scraped page are questions, and which belong to an answer's own numbered list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BULLETS: Final = "•●▪◦‣⁃■○·∙"
_BULLET: Final = re.compile(rf"[{BULLETS}*+–—-]\s+|[{BULLETS}]")
_LABEL: Final = re.compile(r"(?:q|question|问|問)\s*(\d{1,9})?\s*([.:)：、-])(?=\s|\S)\s*", re.I)
_NUMBER: Final = re.compile(r"(\d{1,9})(?:(、|．|：)\s*|([.):])\s+)")
_STRONG: Final = re.compile(r"\*\*|__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A line that may begin an entry. row: 0-based. style: how it is numbered ("q" for "Q:" and "Q1.").

    after_blank: nothing stands directly above it. titled: it reads as a heading of the text right below it.
    """

    row: int
    style: str
    bullet: bool
    indent: int
    number: str
    text: str
    after_blank: bool
    titled: bool = False

    @property
    def asks(self) -> bool:
        return self.text.rstrip(" *_\"'”’)").endswith(("?", "？", "؟"))


def find_markers(lines: Sequence[str]) -> list[Marker]:
    """Every numbered or labelled line."""
    found = []
    for row, line in enumerate(lines):
        stripped = line.strip()
        bullet = _BULLET.match(stripped)
        body = stripped[bullet.end() :].lstrip() if bullet else stripped
        strong = _STRONG.match(body)
        inner = body[strong.end() :].lstrip() if strong else body
        label, number = _LABEL.match(inner), _NUMBER.match(inner)
        if label:
            if label[2] == "-" and not label[1]:  # "Q-tips"
                continue
            style, value, text = "q" + label[2].replace("：", ":"), label[1] or "", inner[label.end() :]
        elif number:
            style, value, text = number[2] or number[3], number[1], inner[number.end() :]
        else:
            continue
        if strong:
            text = _without_strong(text, strong[0])
        found.append(
            Marker(
                row=row,
                style=style,
                bullet=bool(bullet),
                indent=len(line) - len(line.lstrip()),
                number=value,
                text=text,
                after_blank=row == 0 or not lines[row - 1].strip(),
                titled=_is_title(text, lines[row + 1] if row + 1 < len(lines) else ""),
            )
        )
    return found


def _is_title(text: str, below: str) -> bool:
    """A step of a list ends as a sentence does, or has nothing but the next step below it."""
    ends = text.rstrip().endswith((".", ";", ",", ":", "!", "。", "；", "，"))
    return not ends and bool(below.strip()) and not _NUMBER.match(below.strip())


def find_questions(markers: Sequence[Marker]) -> list[Marker]:
    """The markers that begin an entry, in order; the rest are list items of answers.

    "Q:" and "Q1." are questions wherever they stand. Among plain numbers, the page's way of writing its
    questions is the one (sign after the number, with or without bullet) with the most question marks, else
    the first one seen; of its lines, those that form the most plausible run of numbers are the questions.
    """
    labelled = [marker for marker in markers if marker.style.startswith("q")]
    if labelled:
        return labelled
    ways: dict[tuple[str, bool], list[Marker]] = {}
    for marker in markers:
        ways.setdefault((marker.style, marker.bullet), []).append(marker)
    if not ways:
        return []
    chosen = max(ways.values(), key=lambda way: (sum(marker.asks for marker in way), -way[0].row))
    return _best_run(chosen)


def _best_run(markers: Sequence[Marker]) -> list[Marker]:
    """The run of increasing numbers with the highest sum of plausibilities; a jump costs, so does a restart
    at 1. One pass: for each number only the best run that ends with it is kept."""
    level = min((marker.indent for marker in markers if marker.asks), default=markers[0].indent)
    asking = any(marker.asks for marker in markers)
    score: list[float] = []
    previous: list[int | None] = []
    best_of: dict[int, int] = {}
    best: int | None = None
    for i, marker in enumerate(markers):
        number = int(marker.number)
        choices: list[tuple[float, int | None]] = [(0.0, None)]
        before, same = best_of.get(number - 1), best_of.get(number)
        if before is not None:
            choices.append((score[before], before))
        if best is not None:
            last = int(markers[best].number)
            jump = 0.0 if last == number - 1 else 2.0
            if last < number or (number == 1 and last > 1 and marker.asks):
                choices.append((score[best] - jump, best))
        if same is not None and marker.asks:  # a number used twice is still a question, and reported as such
            choices.append((score[same] - 2.0, same))
        gain, origin = max(choices, key=lambda choice: (choice[0], choice[1] is not None))
        score.append(gain + _plausibility(marker, level, asking=asking))
        previous.append(origin)
        if same is None or score[i] >= score[same]:
            best_of[number] = i
        if best is None or score[i] >= score[best]:
            best = i
    run: list[Marker] = []
    while best is not None:
        run.append(markers[best])
        best = previous[best]
    return run[::-1]


def _plausibility(marker: Marker, level: int, *, asking: bool) -> float:
    if not asking:  # a page of topics: only the blank line above and the margin tell
        return (1.5 if marker.after_blank else -0.5) - (3 if marker.indent > level + 1 else 0)
    worth = 5.0 if marker.asks else 1.0 if marker.titled and marker.after_blank else -1.0
    worth += 0.5 if marker.after_blank else -0.5
    return worth - (3 if marker.indent > level + 1 else 0)


def _without_strong(text: str, mark: str) -> str:
    """ "Q: What?**" and "Q:** What?" both become "What?"."""
    text = text.removeprefix(mark).strip()
    return text.removesuffix(mark).strip() if text.count(mark) % 2 else text
