"""FAQ pages as a scraper leaves them: lines of text, numbered questions, boilerplate around.

Questions are lines such as "11、…", "1. …", "1) …", "Q: …", "Q1. …", "Question 1: …", "**Q:** …", with or
without a bullet. An answer is all that follows up to the next question, without its "A:" where it has one,
and becomes Markdown: paragraphs, numbered lists and bullets are kept. Where no line is numbered, a line of
its own that ends with a question mark is a question.

Lines within an answer that a scraper can't have left, and that we add by hand, carry the rest of an entry:

    Also asked: another wording? | and another
    Tags: refunds, wallet

The id is the source's number. Where the numbering begins again at 1 (a section each), numbers identify
nothing, and the ids come from the questions.

Dropped and reported: what stands before the first question, lines with unrendered placeholders (`${…}`,
`{{…}}`), what follows a dangling template item, lines that repeat the page's top, and lines further to the
left than the list of questions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from index.errors import SourceError
from index.sources.drafts import Draft, Reading, check_lines, finish
from index.sources.numbering import BULLETS, Marker, find_markers, find_questions
from index.sources.parsed import Parsed
from index.sources.records import split_cell
from index.text import clean_line, visible

_PLACEHOLDER: Final = re.compile(r"\$\{[^{}\n]{1,200}\}|\{\{[^{}\n]{1,200}\}\}")
_ITEM: Final = re.compile(r"(\s*)(?:(\d{1,9}[.)])|[-*+])\s+(?=\S)|(\s*)[" + BULLETS + r"]\s*(?=\S)")
_ANSWER: Final = re.compile(
    r"(?:\*\*|__)?\s*(?:(?:answer|ans)\s*\d{0,9}|[a答]\s?\d{0,9})\s*([.:：)])\s*(?:\*\*|__)?\s*", re.I
)

_ADDED: Final = re.compile(r"\s*(also asked|tags):(.*)", re.I)


def read(text: str, file: str, *, require_answer: bool = True) -> Parsed:
    """Read a scraped page. Raises SourceError where no line looks like a question."""
    lines = [line.expandtabs(4).replace("\u00a0", " ").rstrip() for line in visible(text).split("\n")]
    check_lines(lines, file)
    templates = {row for row, line in enumerate(lines) if _PLACEHOLDER.search(line) and _is_template(line)}
    questions = find_questions([marker for marker in find_markers(lines) if marker.row not in templates])
    questions = questions or _unnumbered(lines)
    if not questions:
        raise SourceError(
            file,
            "no question was recognised.",
            advice='Number the questions ("1. …"), begin them with "Q:", or name the format.',
        )
    reading = Reading(file)
    header = _preamble(lines, questions[0].row, reading)
    numbered = not _restarts(questions)
    if not numbered:
        reading.drop(
            questions[0].row + 1, "the numbering begins anew further down, so ids come from the questions"
        )
    ends = [marker.row for marker in questions[1:]] + [len(lines)]
    for marker, end in zip(questions, ends, strict=True):
        _entry(lines, marker, end, header, reading, numbered=numbered)
    return finish(reading, require_answer=require_answer)


def _preamble(lines: Sequence[str], end: int, reading: Reading) -> set[str]:
    """Report the lines above the first question and return them, to know them again at the bottom."""
    header = set()
    for row in range(end):
        if lines[row].strip():
            header.add(clean_line(lines[row]))
            unrendered = _PLACEHOLDER.search(lines[row])
            reason = "an unrendered placeholder" if unrendered else "before the first question"
            reading.drop(row + 1, reason, lines[row])
    return header


def _entry(
    lines: Sequence[str], marker: Marker, end: int, header: set[str], reading: Reading, *, numbered: bool
) -> None:
    if _PLACEHOLDER.search(marker.text):
        reading.refuse(marker.row + 1, "the question holds an unrendered placeholder", lines[marker.row])
        for row in range(marker.row + 1, end):
            if lines[row].strip():
                reading.drop(row + 1, "the answer to a question with an unrendered placeholder", lines[row])
        return
    kept = _kept(lines, marker, end, header, reading)
    question, answer = [marker.text], kept
    for i, line in enumerate(kept):
        label = _ANSWER.match(line.strip())
        if label and _is_answer_label(label[1], marker):
            question += kept[:i]
            answer = [line.strip()[label.end() :], *kept[i + 1 :]]
            break
    answer, added = _added(answer)
    reading.drafts.append(
        Draft(
            file=reading.file,
            line=marker.row + 1,
            question=" ".join(question),
            answer=to_markdown(answer),
            number=marker.number if numbered else "",
            variants=split_cell("|".join(added["variants"]), "variants"),
            tags=split_cell(",".join(added["tags"]), "tags"),
        )
    )


def _added(answer: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The answer without the lines that we added to it, and what those hold, by field."""
    added: dict[str, list[str]] = {"variants": [], "tags": []}
    kept = []
    for line in answer:
        field = _ADDED.fullmatch(line)
        if field:
            added["tags" if field[1].lower() == "tags" else "variants"].append(field[2])
        else:
            kept.append(line)
    return kept, added


def _kept(lines: Sequence[str], marker: Marker, end: int, header: set[str], reading: Reading) -> list[str]:
    """The lines of an entry below its question; those that are none of it are reported."""
    kept: list[str] = []
    template = ""
    for row in range(marker.row + 1, end):
        line = lines[row]
        if not line.strip():
            kept.append("")
            continue
        outside = len(line) - len(line.lstrip()) < marker.indent and not lines[row - 1].strip()
        if _PLACEHOLDER.search(line):
            reason = "an unrendered placeholder"
            template = template or ("after a dangling template item" if _is_template(line) else "")
        elif template or clean_line(line) in header:
            reason = template or "repeats the top of the page"
        elif outside:
            reason = template = "outside the list of questions"
        else:
            kept.append(line)
            continue
        reading.drop(row + 1, reason, line)
    return kept


def _is_template(line: str) -> bool:
    """Whether nothing but placeholders and signs is on the line."""
    return not re.search(r"\w", _PLACEHOLDER.sub("", line))


def _is_answer_label(sign: str, marker: Marker) -> bool:
    return sign in ":：" or marker.style == "q" + sign


def _unnumbered(lines: Sequence[str]) -> list[Marker]:
    """Lines that end with a question mark, have nothing above and do not stand alone."""
    found = []
    for row, line in enumerate(lines):
        text = line.strip().lstrip(BULLETS + "*-").strip()
        above_blank = row == 0 or not lines[row - 1].strip()
        if above_blank and text.endswith(("?", "？", "؟")) and not _PLACEHOLDER.search(line):
            found.append(
                Marker(
                    row=row,
                    style="?",
                    bullet=False,
                    indent=len(line) - len(line.lstrip()),
                    number="",
                    text=text,
                    after_blank=True,
                )
            )
    return found


def _restarts(questions: Sequence[Marker]) -> bool:
    numbers = [int(marker.number) for marker in questions if marker.number]
    return any(after == 1 and before > 1 for before, after in pairwise(numbers))


def to_markdown(lines: Sequence[str]) -> str:
    """Lines of an answer as Markdown: list items keep their nesting, everything else stands at the margin."""
    out: list[str] = []
    indents: list[int] = []  # of the open list levels
    for line in lines:
        item = _ITEM.match(line)
        if item is None:
            if line.strip() and out and not out[-1]:
                indents = []
            out.append(line.strip())
            continue
        indent = len(item[1] if item[1] is not None else item[3])
        while indents and indents[-1] >= indent:
            indents.pop()
        indents.append(indent)
        mark = item[2] or "-"
        out.append(f"{'    ' * (len(indents) - 1)}{mark} {clean_line(line[item.end() :])}")
    return "\n".join(" ".join(line.split()) if not _ITEM.match(line) else line for line in out)
