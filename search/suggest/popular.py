"""Past queries as suggestions: what many people asked, in words that the FAQ itself uses."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine

from index import tokenizer
from index.errors import FaqError
from search.engine import SearchEngine
from search.querylog.database import connect
from search.querylog.errors import told_plainly
from search.querylog.popular import PopularQuery, popular_queries
from search.querylog.reading import no_log
from search.settings import Settings
from search.suggest.completer import Completer, Text

log = logging.getLogger("faq.suggest")

REFRESH_SECONDS: Final = 600.0


class Popular:
    """The past queries of every collection. One thread refreshes them, any may read.

    Others see what is suggested, so that nobody may plant it: a query is suggested where enough sessions
    asked it, it was answered, and it holds no word but those of the FAQ.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Never changed in place: a refresh puts another dict there by one assignment.
        self._completers: Mapping[str, tuple[SearchEngine, Completer]] = {}
        self._trouble = ""

    def of(self, engine: SearchEngine) -> Completer | None:
        """The completer of an engine's collection, None until there is one for this very engine."""
        known, completer = self._completers.get(engine.snapshot.collection, (None, None))
        return completer if known is engine else None

    def refresh(self, engines: Mapping[str, SearchEngine]) -> None:
        """Read the query log anew. What goes wrong with it is logged once, and leaves what was known."""
        try:
            if no_log(self._settings) is not None:
                return
            with _opened(self._settings.log_url) as database:
                self._completers = {
                    name: (engine, self._completer(engine, database)) for name, engine in engines.items()
                }
            self._trouble = ""
        except FaqError as error:
            if str(error) != self._trouble:
                log.warning("past queries can't be suggested: %s", error)
            self._trouble = str(error)

    def _completer(self, engine: SearchEngine, database: Engine) -> Completer:
        least = self._settings.log_min_sessions
        found = popular_queries(database, engine.snapshot.collection, least=least, now=datetime.now(UTC))
        return Completer(_texts(found, engine))


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    with told_plainly():
        engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _texts(found: list[PopularQuery], engine: SearchEngine) -> Iterator[Text]:
    entries = engine.snapshot.entries
    rows = {entry.id: row for row, entry in enumerate(entries)}
    wordings = [text for entry in entries for text in (entry.question, *entry.variants)]
    asked = {_folded(text) for text in wordings}
    public = set(tokenizer.FUNCTION_STEMS)
    for text in (*wordings, *(entry.answer for entry in entries)):
        public.update(tokenizer.stems(text))
    for query in found:
        known = public.issuperset(tokenizer.stems(query.text))
        masked = "[" in query.text  # something of one person
        if query.entry_id in rows and known and not masked and _folded(query.text) not in asked:
            asked.add(_folded(query.text))
            yield Text(kind="query", text=query.text, row=rows[query.entry_id])


def _folded(text: str) -> str:
    return " ".join(word for word, _ in tokenizer.words(text))
