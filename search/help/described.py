"""What pages tell machines: JSON-LD of schema.org, sitemaps, llms.txt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from markupsafe import Markup, escape

from index.entry import Entry
from search.engine import SearchEngine
from search.help.listing import categories
from search.help.site import Site, collection_path, entry_path
from search.markup.html import html_of
from search.markup.marks import snippet
from search.markup.tree import text_of, tree_of

MOST_QUESTIONS: Final = 100
MOST_CHARACTERS: Final = 200_000
"""Of a page's JSON-LD: search engines read no more, and people wait for it."""
MOST_URLS: Final = 50_000
"""Of a sitemap, says sitemaps.org."""
MOST_LINKS: Final = 2000
"""Of a collection in llms.txt: what reads it has to hold it in mind."""
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_MARKDOWN: Final = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#|!"})


def linked_data(entries: Iterable[Entry], *, url: str, locale: str) -> Markup:
    """A FAQPage as JSON-LD, to stand in a script element: nothing in it can end that."""
    questions: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        answer = str(html_of(tree_of(entry.answer)))
        size += len(entry.question) + len(answer)
        if not answer:
            continue
        if len(questions) == MOST_QUESTIONS or (questions and size > MOST_CHARACTERS):
            break
        questions.append(
            {
                "@type": "Question",
                "name": entry.question,
                "acceptedAnswer": {"@type": "Answer", "text": answer},
            }
        )
    page = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "url": url,
        "inLanguage": locale,
        "mainEntity": questions,
    }
    return Markup(orjson.dumps(page).decode().translate(_ESCAPED))  # noqa: S704 (escaped for where it stands)


def description(entry: Entry) -> str:
    """An answer in a line of plain text."""
    return text_of(snippet(tree_of(entry.answer))).strip()


def sitemap_index(engines: Iterable[SearchEngine], site: Site) -> str:
    """The sitemaps of all collections."""
    maps = [
        f"<sitemap><loc>{escape(site.url(f'/sitemap-{engine.snapshot.collection}-{number}.xml'))}</loc>"
        f"<lastmod>{_day(engine.snapshot.manifest.created)}</lastmod></sitemap>"
        for engine in engines
        for number in range(1, pages_of(engine) + 1)
    ]
    return _xml("sitemapindex", maps)


def pages_of(engine: SearchEngine) -> int:
    """The sitemaps that a collection needs."""
    return (len(engine.snapshot.entries) + MOST_URLS) // MOST_URLS


def sitemap(engine: SearchEngine, site: Site, *, number: int) -> str:
    """A sitemap of a collection, by number from 1."""
    collection = engine.snapshot.collection
    paths = [collection_path(collection)]
    paths += [entry_path(collection, entry.id) for entry in engine.snapshot.entries]
    day = _day(engine.snapshot.manifest.created)
    some = paths[(number - 1) * MOST_URLS : number * MOST_URLS]
    urls = [f"<url><loc>{escape(site.url(path))}</loc><lastmod>{day}</lastmod></url>" for path in some]
    return _xml("urlset", urls)


def robots(site: Site) -> str:
    """robots.txt: questions and answers are for everyone, the rest is of no use to a search engine."""
    closed = ("/v1/", "/admin", "/metrics", "/docs", "/demo", "/help/*/search")
    lines = ["User-agent: *", *(f"Disallow: {site.local(path)}" for path in closed)]
    return "\n".join([*lines, "", f"Sitemap: {site.url('/sitemap.xml')}", ""])


def llms_text(engines: Sequence[SearchEngine], site: Site) -> str:
    """llms.txt after llmstxt.org: what there is, in Markdown."""
    lines = [
        "# Questions and answers",
        "",
        "> Frequently asked questions with their answers. Ask in your own words: "
        f"`{site.url('/v1/search')}?q=…` returns ranked answers as JSON, each with the probability that it "
        "is right.",
        "",
    ]
    for engine in engines:
        snapshot = engine.snapshot
        for category in categories(snapshot.entries[:MOST_LINKS]):
            title = snapshot.manifest.title or snapshot.collection
            lines += [f"## {_plain(f'{title}: {category.name}' if category.name else title)}", ""]
            lines += [
                f"- [{_plain(entry.question)}]({site.url(entry_path(snapshot.collection, entry.id))})"
                for entry in category.entries
            ]
            lines.append("")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """A line that Markdown shows as it is."""
    return " ".join(text.split()).translate(_MARKDOWN)


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _xml(root: str, parts: Iterable[str]) -> str:
    start = f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', start, *parts, f"</{root}>", ""])
