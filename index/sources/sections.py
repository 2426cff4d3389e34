"""Which headings of a page are questions, which are categories, and which belong to an answer.

The level that holds the questions is the one with the most question marks. Where no heading has one, it is
the highest level of which most headings have text right below them, the page's title aside. Headings above
that level are categories, and become tags of what follows; a single heading of the highest level at the top
is the page's title, and no tag; one above that ends with a question mark and has text of its own is a
question as well. Headings below that level belong to the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["question", "category", "title"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """level: 1 to 6. text: plain. has_text: something stands between it and the next heading."""

    level: int
    text: str
    has_text: bool

    @property
    def asks(self) -> bool:
        return self.text.rstrip(" *_\"'”’)").endswith(("?", "？", "؟"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading's part in the page. first: its index; end: index of the next heading that is not part of its
    answer. tags: the categories above it."""

    first: int
    end: int
    role: Role
    tags: tuple[str, ...] = ()


def find_sections(headings: Sequence[Heading]) -> list[Section]:
    """The sections of a page in order; headings within answers have none of their own."""
    if not headings:
        return []
    top = min(heading.level for heading in headings)
    titled = headings[0].level == top and sum(heading.level == top for heading in headings) == 1
    titled = titled and len(headings) > 1
    level = _question_level(headings[titled:])
    sections: list[Section] = []
    above: dict[int, str] = {}
    for i, heading in enumerate(headings):
        inside = sections and sections[-1].role == "question" and i < sections[-1].end
        if inside:
            continue
        above = {depth: text for depth, text in above.items() if depth < heading.level}
        tags = tuple(above.values())
        is_question = heading.level == level or (heading.level < level and heading.asks and heading.has_text)
        if is_question and not (titled and i == 0 and not heading.asks):
            bound = max(heading.level, level)
            end = next((j for j in range(i + 1, len(headings)) if headings[j].level <= bound), len(headings))
            sections.append(Section(first=i, end=end, role="question", tags=tags))
            continue
        title = titled and i == 0
        if not title:
            above[heading.level] = heading.text
        sections.append(Section(first=i, end=i + 1, role="title" if title else "category"))
    return sections


def _question_level(headings: Sequence[Heading]) -> int:
    levels = sorted({heading.level for heading in headings})
    asking = {level: sum(h.asks for h in headings if h.level == level) for level in levels}
    if any(asking.values()):
        return max(levels, key=lambda level: (asking[level], -level))
    for level in levels:
        own = [heading.has_text for heading in headings if heading.level == level]
        if 2 * sum(own) > len(own):
            return level
    return levels[-1]
