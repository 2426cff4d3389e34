"""HTML pages, read as a browser reads them.

The best structure that a page has is used: schema.org questions (JSON-LD, then microdata), details/summary,
lists of dt and dd (several dt with one dd are variants), and headings with what follows. The heading above
details or a list, unless it is the page's title (h1), becomes their tag. Where there are
schema.org questions, visible details and lists add those it lacks. Answers become Markdown with absolute
links. The id is the one that the linked data or the question's element has; the url is the page's address
with the anchor of the element that holds the question.

Details within details are categories and their questions, unless the outer ones have text of their own:
then that and the inner details are one answer. Forms and buttons count as what they hold, for whole pages
stand in forms and many questions in buttons.

Dropped and reported: scripts' errors, navigation, the fields of forms, what browsers show only in need
(such as noscript), and all visible text outside the questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final
from urllib.parse import quote, urljoin

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from index.entry import ID_PATTERN, slugify
from index.errors import SourceError
from index.sources.drafts import Draft, Reading, finish
from index.sources.html_answers import to_markdown
from index.sources.html_guard import check_markup, check_tree, fragment
from index.sources.linked_data import find_linked_questions
from index.sources.parsed import Parsed
from index.sources.sections import Heading, find_sections
from index.text import clean_line, visible

_HEADINGS: Final = re.compile(r"h[1-6]")
_REMOVED: Final = {
    "nav": "navigation",
    **dict.fromkeys(("select", "datalist", "optgroup", "option", "textarea"), "a field of a form"),
    **dict.fromkeys(
        ("template", "noscript", "svg", "iframe", "object"), "not a text that every browser shows"
    ),
}
"""Elements that hold none of the page's own text, with the reason to report what they hold all the same."""


def read(text: str, file: str, *, require_answer: bool = True) -> Parsed:
    """Read an HTML page. Raises SourceError where it holds no questions, and for hostile markup."""
    check_markup(text, file)
    soup = BeautifulSoup(visible(text), "html5lib")
    check_tree(soup, file)
    page = _Page(soup, Reading(file))
    try:
        page.read()
    except RecursionError:
        raise SourceError(file, "the page is nested too deeply.", advice="Export it anew.") from None
    if not page.reading.drafts and not any(r.severity == "invalid" for r in page.reading.rejections):
        raise SourceError(
            file,
            "no questions were recognised.",
            advice="Use schema.org FAQPage, details, dl, or a heading for each question.",
        )
    return finish(page.reading, require_answer=require_answer)


@dataclass(frozen=True, slots=True)
class _Found:
    """A question as the page shows it: the element it stands in, and what answers it."""

    element: Tag
    question: str
    answer: list[PageElement]
    variants: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class _Page:
    def __init__(self, soup: BeautifulSoup, reading: Reading) -> None:
        self.soup, self.reading = soup, reading
        self.used: set[int] = set()  # ids of elements whose text is in an entry or in a report
        root = soup.find("html")
        self.locale = str(root.get("lang") or "") if isinstance(root, Tag) else ""
        canonical = soup.select_one('link[rel~="canonical"][href]')
        base = soup.select_one("base[href]")
        self.address = str(canonical["href"]).strip() if canonical else ""
        self.base = urljoin(self.address, str(base["href"]).strip()) if base else self.address

    def read(self) -> None:
        """Drafts from the page's structures, best first; what is left over is reported."""
        self._take(self._linked())
        self._remove(self.soup)
        self._take([self._draft(item) for item in self._microdata()])
        for find in (self._details, self._lists):
            self._take([self._draft(item) for item in find()])
        if not self.reading.drafts:
            self._take([self._draft(item) for item in self._headings()])
        if self.soup.body:
            self._report_rest(self.soup.body, "outside any question")

    def _remove(self, root: Tag, line: int | None = None) -> None:
        """Take out the elements without text of the page's own. line: where they are, if not in the page."""
        for element in root.find_all(("script", "style")):
            element.extract()
        for element in root.find_all(tuple(_REMOVED)):
            if element.find_parent(tuple(_REMOVED)) is None:
                held = " ".join(str(node) for node in element.descendants if _is_text(node))
                if clean_line(held):
                    self.reading.drop(line or _line(element), _REMOVED[element.name], held)
                element.extract()

    def _take(self, drafts: list[Draft]) -> None:
        """Keep the drafts of a structure, except questions that a better structure of the page holds too."""
        better = {slugify(clean_line(draft.question)): draft for draft in self.reading.drafts}
        for draft in drafts:
            first = better.get(slugify(clean_line(draft.question)))
            if first is None:
                self.reading.drafts.append(draft)
                continue
            if draft.url and "#" in draft.url:
                first.url = first.url or draft.url
            first.id = first.id or draft.id
            first.variants = (*first.variants, *draft.variants)
            reason = f"the same question is already read from line {first.line}"
            self.reading.drop(draft.line, reason, draft.text)

    def _linked(self) -> list[Draft]:
        return [
            Draft(
                file=self.reading.file,
                line=item.line,
                id=item.id if ID_PATTERN.fullmatch(item.id) else "",
                question=_text(self._fragment(item.question, item.line)),
                answer=to_markdown(self._fragment(item.answer, item.line), self.base),
                url=urljoin(self.base, item.url) if item.url else None,
                locale=item.locale or self.locale or None,
            )
            for item in find_linked_questions(self.soup, self.reading)
        ]

    def _fragment(self, text: str, line: int) -> Tag:
        piece = fragment(text, self.reading.file)
        self._remove(piece, line)
        return piece

    def _draft(self, item: _Found) -> Draft:
        """A draft with the address of the nearest anchor: in the question, or around it in its own item."""
        within = item.element.find(id=True)
        outer = item.element.parent if item.element.name == "summary" else None
        around = item.element.find_parent(("section", "article", "li", "div"), id=True)
        own = next(
            (str(e["id"]) for e in (item.element, within, outer) if isinstance(e, Tag) and e.get("id")), ""
        )
        anchor = own or (str(around["id"]) if around is not None else "")
        url = self.address.partition("#")[0]
        if url and anchor:
            url = f"{url}#{quote(anchor, safe='!$&()*+,;=:@/?~')}"
        self.used.update(id(element) for element in (item.element, *item.answer))
        return Draft(
            file=self.reading.file,
            line=_line(item.element),
            id=own if ID_PATTERN.fullmatch(own) else "",
            question=item.question,
            answer=to_markdown(item.answer, self.base),
            variants=item.variants,
            tags=item.tags,
            url=url or None,
            locale=self.locale or None,
        )

    def _microdata(self) -> Iterable[_Found]:
        for element in self.soup.select('[itemtype$="schema.org/Question"]'):
            name = element.select_one('[itemprop~="name"]')
            answers = element.select('[itemprop~="acceptedAnswer"]') or element.select(
                '[itemprop~="suggestedAnswer"]'
            )
            texts = [
                text for answer in answers[:1] for text in answer.select('[itemprop~="text"]')[:1] or [answer]
            ]
            if name is None:
                self.reading.refuse(_line(element), "a schema.org Question without a name", _text(element))
                continue
            self.used.update(map(id, (name, *texts)))
            self._report_rest(element, "beside a question and its answer")
            self.used.add(id(element))
            yield _Found(element, _text(name) or str(name.get("content") or ""), list(texts))

    def _details(self) -> Iterable[_Found]:
        for element in self.soup.find_all("details"):
            summary = element.find("summary", recursive=False)
            if self._is_used(element) or not isinstance(summary, Tag):
                continue
            if element.find("details") and not _tells(element, summary):
                continue  # a category that unfolds to its questions
            tags = tuple(
                _text(outer)
                for parent in reversed(list(element.find_parents("details")))
                if isinstance(outer := parent.find("summary", recursive=False), Tag)
            )
            self.used.add(id(element))
            answer = [child for child in element.children if child is not summary]
            yield _Found(summary, _text(summary), answer, tags=(*self._category(element), *tags))

    def _lists(self) -> Iterable[_Found]:
        for listing in self.soup.find_all("dl"):
            if self._is_used(listing) or listing.find_parent("dd"):
                continue
            tags = self._category(listing)
            terms: list[Tag] = []
            answers: list[Tag] = []
            for item in [i for i in listing.find_all(("dt", "dd")) if i.find_parent("dl") is listing] + [
                None
            ]:
                if terms and (item is None or (item.name == "dt" and answers)):
                    self.used.update(map(id, terms))
                    variants = tuple(_text(term) for term in terms[1:])
                    yield _Found(terms[0], _text(terms[0]), list(answers), variants, tags)
                    terms, answers = [], []
                if item is not None and (terms or item.name == "dt"):
                    (terms if item.name == "dt" else answers).append(item)

    def _headings(self) -> Iterable[_Found]:
        titles = [h for h in self.soup.find_all(_HEADINGS) if _text(h)]
        parts = [_between(h, n) for h, n in pairwise([*titles, None]) if h is not None]
        headings = [
            Heading(level=int(h.name[1]), text=_text(h), has_text=any(_content(node) for node in part))
            for h, part in zip(titles, parts, strict=True)
        ]
        for section in find_sections(headings):
            if section.role == "question":
                inner = zip(
                    titles[section.first + 1 : section.end],
                    parts[section.first + 1 : section.end],
                    strict=True,
                )
                answer = [*parts[section.first], *(node for h, part in inner for node in (h, *part))]
                yield _Found(titles[section.first], headings[section.first].text, answer, tags=section.tags)

    @cached_property
    def _above(self) -> dict[int, Tag | None]:
        """The heading above each details and dl, by the element's id; none for the page's title."""
        above: dict[int, Tag | None] = {}
        heading: Tag | None = None
        for element in self.soup.find_all(("details", "dl", "h1", "h2", "h3", "h4", "h5", "h6")):
            if element.name in ("details", "dl"):
                above[id(element)] = heading
            elif not element.find_parent(("details", "dd")):
                heading = None if element.name == "h1" else element
        return above

    def _category(self, element: Tag) -> tuple[str, ...]:
        heading = self._above.get(id(element))
        if heading is None or not _text(heading):
            return ()
        self.used.add(id(heading))
        return (_text(heading),)

    def _is_used(self, element: PageElement) -> bool:
        return id(element) in self.used or any(id(parent) in self.used for parent in element.parents)

    def _report_rest(self, root: Tag, reason: str) -> None:
        stack: list[PageElement] = list(reversed(root.contents))
        while stack:
            node = stack.pop()
            if id(node) in self.used:
                continue
            if isinstance(node, Tag):
                stack.extend(reversed(node.contents))
            elif _content(node) and node.parent is not None:
                self.reading.drop(_line(node.parent), reason, str(node))


def _between(heading: Tag, following: Tag | None) -> list[PageElement]:
    """The largest elements between two headings, in the page's order."""
    holders = {id(parent) for parent in following.parents} if following is not None else set()
    nodes: list[PageElement] = []
    node = _after(heading)
    while node is not None and node is not following:
        if isinstance(node, Tag) and id(node) in holders:
            node = node.next_element
            continue
        nodes.append(node)
        node = _after(node)
    return nodes


def _after(node: PageElement) -> PageElement | None:
    """The next node in the page's order that is not within this one."""
    current: PageElement | None = node
    while current is not None and current.next_sibling is None:
        current = current.parent
    return current.next_sibling if current is not None else None


def _tells(details: Tag, summary: Tag) -> bool:
    """Whether details have text of their own besides the summary, headings, buttons and inner details."""
    stack: list[PageElement] = [child for child in details.children if child is not summary]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            if node.name not in ("details", "button") and not _HEADINGS.fullmatch(node.name):
                stack += node.children
        elif _content(node):
            return True
    return False


def _content(node: PageElement) -> bool:
    if isinstance(node, Tag):
        return bool(_text(node)) or node.find("img") is not None
    return _is_text(node) and bool(str(node).strip())


def _is_text(node: PageElement) -> bool:
    return isinstance(node, NavigableString) and not isinstance(node, PreformattedString)


def _text(element: Tag) -> str:
    return clean_line(element.get_text(" "))


def _line(element: Tag) -> int:
    return element.sourceline or 1
