"""Markdown: a page of headings, or a file an entry.

    ---
    locale: en                    front matter, all of it optional: locale, tags and url count for every
    tags: [help]                  entry that has none of its own
    ---
    # Help                        the page's title
    ## Shipping                   a category: a tag of what follows
    ### How long does it take? {#delivery-time}
    <!-- tags: delivery, speed -->
    Also asked as:                or "Variants:", "Other wordings:"

    - When will it come?

    Three days.

Which headings are questions is told in `index.sources.sections`. `{#…}` gives the entry an id. Comments of
their own, `<!-- key: value -->`, set id, variants (separated by "|" or a line each), tags, locale, url and
related of the entry they stand in. Front matter with `question`, or with `title` above text without headings,
makes the whole file one entry, with the fields of `index.sources.records`.

Definitions of links, `[name]: address`, belong to the page: each answer ends with those that it uses.

Dropped and reported: text outside any question, the page's title, categories without questions, other
comments, definitions that no answer uses, and unknown fields of the front matter.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.errors import SourceError
from index.markdown import plain
from index.sources.drafts import Draft, Reading, check_lines, finish
from index.sources.parsed import Parsed
from index.sources.records import Located, bare, read_records, role_of, shown, split_cell
from index.sources.sections import Heading, Section, find_sections
from index.sources.yaml_file import load_documents
from index.text import clean_line, visible

MAX_COPIED: Final = 10_000_000  # characters of definitions in all answers, or a short page makes a huge one
_BLOCKS: Final = MarkdownIt("commonmark")
_BLOCKS.core.ruler.enableOnly(["normalize", "block"])
_LINKS: Final = MarkdownIt("commonmark", {"store_labels": True})
_ID: Final = re.compile(r"\{#([^{}\s]+)\}$")
_COMMENT: Final = re.compile(r"<!--(.*?)(?:-->|\Z)", re.S)  # one that is never closed ends with the page
_FIELD: Final = re.compile(r"\s*(id|variants|tags|locale|url|related)\s*:(.*)", re.S | re.I)
_VARIANTS: Final = re.compile(r"(\*\*|__|)(?:variants|also asked as|other wordings):?\1:?", re.I)
_DEFAULTS: Final = ("locale", "tags", "url")


def read(text: str, file: str, *, require_answer: bool = True) -> Parsed:
    """Read a Markdown file. Raises SourceError where it has neither headings nor a question in front."""
    lines = visible(text).split("\n")
    check_lines(lines, file)
    reading = Reading(file)
    fields, body = _front_matter(lines, file)
    page = _Page(lines, body, reading)
    if fields and _is_entry(fields, page):
        answer = "\n".join(lines[body:])
        record = {name: bare(value) for name, value in fields.items()} | {"answer": answer}
        read_records([Located(1, record)], reading)
        return finish(reading, require_answer=require_answer)
    if not page.headings:
        raise SourceError(
            file,
            "no question was recognised.",
            advice='Write each question as a heading, such as "## How …?".',
        )
    page.read_sections()
    _apply_defaults(fields, reading)
    return finish(reading, require_answer=require_answer)


def _front_matter(lines: Sequence[str], file: str) -> tuple[dict[str, Located], int]:
    """The fields in front, and the row at which the text begins."""
    if not lines or lines[0].rstrip() != "---":
        return {}, 0
    end = next((row for row in range(1, len(lines)) if lines[row].rstrip() in ("---", "...")), None)
    if end is None:
        raise SourceError(
            file, "the front matter is not closed.", line=1, advice="Close it with a line '---'."
        )
    documents = load_documents("\n".join(lines[1:end]), file, first_line=2)
    if not documents or documents[0].value is None:
        return {}, end + 1
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise SourceError(file, "the front matter must be fields, such as 'locale: en'.", line=2)
    return documents[0].value, end + 1


def _is_entry(fields: dict[str, Located], page: _Page) -> bool:
    names = {name.casefold() for name in fields}
    return "question" in names or (not page.headings and any(role_of(name) == "question" for name in names))


def _apply_defaults(fields: dict[str, Located], reading: Reading) -> None:
    defaults: dict[str, Any] = {}
    for name, held in fields.items():
        role, value = role_of(name), bare(held)
        if role not in _DEFAULTS or (role != "tags" and role in defaults):
            reading.drop(held.line, f"the field {name[:80]!r} in front is not used")
        elif value is None:
            continue
        elif role == "tags" and isinstance(value, list) and all(isinstance(tag, str) for tag in value):
            defaults["tags"] = [*defaults.get("tags", []), *value]
        elif not isinstance(value, str):
            expected = "text or a list of texts" if role == "tags" else "text"
            reading.refuse(held.line, f"the field {name[:80]!r} in front must be {expected}", shown(value))
        elif role == "tags":
            defaults["tags"] = [*defaults.get("tags", []), *split_cell(value, "tags")]
        else:
            defaults[role] = value
    for i, draft in enumerate(reading.drafts):
        url = defaults.get("url")
        if url and draft.id and "#" not in url:
            url = f"{url}#{draft.id}"
        reading.drafts[i] = replace(
            draft,
            tags=[*defaults.get("tags", []), *draft.tags],
            locale=draft.locale or defaults.get("locale"),
            url=draft.url or url,
        )


class _Page:
    """The blocks of a page from the row `body` on, and the headings among them."""

    def __init__(self, lines: Sequence[str], body: int, reading: Reading) -> None:
        self.lines, self.reading = lines, reading
        # Blank lines instead of the front matter keep the rows.
        source = "\n" * body + "\n".join(lines[body:])
        found: dict[str, Any] = {}
        tokens = [token for token in _BLOCKS.parse(source, found) if token.map]
        self.blocks = [token for token in tokens if token.level == 0 and token.nesting >= 0]
        self._find_definitions(found)
        self.content = {_rows(t)[0]: t.content for t in tokens if t.type == "inline" and t.level == 1}
        self.at = [i for i, block in enumerate(self.blocks) if block.type == "heading_open"]
        self.titles = [self.content.get(_rows(self.blocks[i])[0], "") for i in self.at]
        bounds = pairwise([*self.at, len(self.blocks)])
        self.headings = [
            Heading(
                level=int(self.blocks[i].tag[1]),
                text=_title(title)[0],
                has_text=any(not self._is_comment(block) for block in self.blocks[i + 1 : end]),
            )
            for (i, end), title in zip(bounds, self.titles, strict=True)
        ]

    def _find_definitions(self, found: dict[str, Any]) -> None:
        """The page's definitions of links by their folded names; those in lists and quotes stay there."""
        within = {row for block in self.blocks for row in range(*_rows(block))}
        self.definitions: dict[str, dict[str, Any]] = {
            name: link for name, link in found.get("references", {}).items() if link["map"][0] not in within
        }
        self.doubled = [link for link in found.get("duplicate_refs", ()) if link["map"][0] not in within]
        links = (*self.definitions.values(), *self.doubled)
        self.defining = {row for link in links for row in range(*link["map"])}
        self.used: set[str] = set()  # names of definitions
        self.copied = 0  # characters of definitions in answers

    def read_sections(self) -> None:
        """Drafts from the page's questions; everything outside them is reported."""
        self._drop_blocks(0, self.at[0], "outside any question")
        sections = find_sections(self.headings)
        tagged = {tag for section in sections for tag in section.tags}
        for section in sections:
            start = self.at[section.first]
            end = self.at[section.end] if section.end < len(self.at) else len(self.blocks)
            if section.role == "question":
                self._question(section, start, end)
                continue
            text = self.headings[section.first].text
            row = _rows(self.blocks[start])[0]
            if section.role == "title":
                self.reading.drop(row + 1, "the title of the page", text)
            elif text not in tagged:
                self.reading.drop(row + 1, "a category without questions", text)
            self._drop_blocks(start + 1, end, "outside any question")
        unused = [link for name, link in self.definitions.items() if name not in self.used]
        for link in unused:
            self.reading.drop(link["map"][0] + 1, "a link that no answer uses", self._source(link))
        for link in self.doubled:
            self.reading.drop(link["map"][0] + 1, "a link whose name is already taken", self._source(link))

    def _question(self, section: Section, start: int, end: int) -> None:
        row, below = _rows(self.blocks[start])
        question, id_ = _title(self.titles[section.first])
        draft = Draft(file=self.reading.file, line=row + 1, question=question, id=id_, tags=section.tags)
        last = _rows(self.blocks[end])[0] if end < len(self.blocks) else len(self.lines)
        kept = ["" if i in self.defining else self.lines[i] for i in range(below, last)]
        i = start + 1
        while i < end:
            block = self.blocks[i]
            first, after = _rows(block)
            following = self.blocks[i + 1] if i + 1 < end else None
            if self._is_comment(block):
                self._comment(self._text(block), first + 1, draft)
            elif self._announces(block) and following and following.type == "bullet_list_open":
                after = _rows(following)[1]
                items = re.split(r"^\s{0,3}[-*+]\s+", "\n".join(self.lines[first + 1 : after]), flags=re.M)
                draft.variants = [*draft.variants, *(plain(item) for item in items)]
                i += 1
            else:
                i += 1
                continue
            kept[first - below : after - below] = [""] * (after - first)
            i += 1
        answer = "\n".join(kept)
        draft.answer = "\n".join([answer, "", *self._definitions_for(answer)])
        self.reading.drafts.append(draft)

    def _definitions_for(self, answer: str) -> list[str]:
        """The source of the page's definitions that an answer uses, in its order."""
        if not self.definitions or "[" not in answer:
            return []
        # What the answer defines in its own lists and quotes goes to the new dict.
        tokens = _LINKS.parse(answer, {"references": ChainMap({}, self.definitions)})
        inner = (child for token in tokens for child in token.children or ())
        names = dict.fromkeys(
            name for child in inner for name in _link_names(child) if name in self.definitions
        )
        self.used.update(names)
        sources = [self._source(self.definitions[name]) for name in names]
        self.copied += sum(map(len, sources))
        if self.copied > MAX_COPIED:
            raise SourceError(
                self.reading.file,
                f"the answers use more than {MAX_COPIED:,} characters of link definitions, all counted.",
                advice="Write long addresses within the answers that use them.",
            )
        return sources

    def _source(self, link: dict[str, Any]) -> str:
        return "\n".join(self.lines[row] for row in range(*link["map"]))

    def _comment(self, text: str, line: int, draft: Draft) -> None:
        for match in _COMMENT.finditer(text):
            field = _FIELD.fullmatch(match[1])
            if not match[0].endswith("-->"):
                self.reading.refuse(line, "a comment that is never closed hides all that follows", match[1])
                continue
            if not field:
                self.reading.drop(line, "a comment", match[1])
                continue
            name, value = field[1].lower(), field[2].strip()
            if name in ("id", "locale", "url"):
                earlier = getattr(draft, name)
                if earlier and earlier != value:
                    self.reading.drop(line, f"this comment replaces the entry's {name}", earlier)
                setattr(draft, name, value)
            else:
                setattr(draft, name, [*getattr(draft, name), *split_cell(value, name)])

    def _announces(self, block: Token) -> bool:
        return block.type == "paragraph_open" and bool(_VARIANTS.fullmatch(self._text(block).strip()))

    def _is_comment(self, block: Token) -> bool:
        return block.type == "html_block" and not _COMMENT.sub("", self._text(block)).strip()

    def _text(self, block: Token) -> str:
        first, after = _rows(block)
        return "\n".join(self.lines[first:after])

    def _drop_blocks(self, start: int, end: int, reason: str) -> None:
        for block in self.blocks[start:end]:
            self.reading.drop(_rows(block)[0] + 1, reason, self._text(block))


def _rows(block: Token) -> tuple[int, int]:
    """First row, and the row after the last."""
    first, after = block.map or (0, 0)
    return first, after


def _link_names(token: Token) -> list[str]:
    """The folded names of definitions that a link, or an image and the links in its description, uses."""
    own = [token.meta["label"]] if "label" in token.meta else []
    return own + [name for child in token.children or () for name in _link_names(child)]


def _title(content: str) -> tuple[str, str]:
    """The plain text of a heading, and its explicit id."""
    match = _ID.search(content.rstrip())
    text = content[: match.start()] if match else content
    return clean_line(plain(text)), match[1] if match else ""
