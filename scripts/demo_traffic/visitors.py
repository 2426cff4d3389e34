"""Visitors: what they ask, what they make of the answer, and what they do then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from scripts.demo_traffic.rhythm import moments
from scripts.demo_traffic.topics import Habits, Topic
from scripts.demo_traffic.typing import typed
from search.query_id import query_id
from search.querylog.folding import normalise
from search.querylog.records import Feedback, LoggedQuery
from search.result import SearchResult

MARK: Final = "demo-"
"""What the session of every made-up query begins with; a real one is a hash, which never does."""
LOOKED_AT: Final = (1.0, 0.62, 0.38, 0.24, 0.15)
"""How likely a hit is looked at, by its position: after the fifth, none is."""
_API, _LOCALE, _ANOTHER = 0.17, 0.2, 0.22
_CLICK_RIGHT, _CLICK_WRONG, _VOTE, _VOTE_UNHAPPY, _SETTLE, _RETRY = 0.72, 0.06, 0.10, 0.35, 0.04, 0.45
_EVEN_SO: Final = 0.05
"""How many call an answer helpful that most are unhappy with."""

Ask = Callable[[str, str | None, datetime], tuple[str, SearchResult]]
"""(query, locale, time) → the snapshot that served then, and what it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """session: marked as made up. source: "widget" or "api"."""

    session: str
    source: str
    locale: str | None


class Crowd:
    """Everybody who comes in a period. The same seed gives the same people, who ask the same things."""

    def __init__(
        self, topics: Sequence[Topic], habits: Habits, *, ask: Ask, collection: str, random: Random
    ) -> None:
        self._topics, self._habits, self._ask = topics, habits, ask
        self._collection, self._random = collection, random

    def visit(self, since: datetime, until: datetime, sessions: int) -> list[LoggedQuery]:
        """The queries of so many sessions, each with its feedback, oldest first."""
        queries: list[LoggedQuery] = []
        random = self._random
        for at in moments(since, until, sessions, random):
            source = "api" if random.random() < _API else "widget"
            visitor = Visitor(
                session=f"{MARK}{random.getrandbits(64):016x}",
                source=source,
                locale="en" if random.random() < _LOCALE else None,
            )
            while at < until:
                when = (at - since) / (until - since)
                topic = random.choices(self._topics, [topic.weight(when) for topic in self._topics])[0]
                asked = self._pursue(topic, visitor, at, until)
                queries += asked
                if not asked or random.random() >= _ANOTHER:
                    break
                at = asked[-1].at + timedelta(seconds=random.uniform(40, 240))
        return sorted(queries, key=lambda query: (query.at, query.query_id))

    def _pursue(self, topic: Topic, visitor: Visitor, at: datetime, until: datetime) -> list[LoggedQuery]:
        """Ask about a topic, and again in other words where the answer is of no use: at most three times."""
        random = self._random
        wordings = random.sample(topic.wordings, min(3, len(topic.wordings)))
        asked: list[LoggedQuery] = []
        for wording in dict.fromkeys(wordings):
            if at >= until:
                break
            query, content = self._one(typed(wording, self._habits, random), topic, visitor, at)
            asked.append(query)
            if content or random.random() >= _RETRY:
                break
            at += timedelta(seconds=random.uniform(8, 45))
        return asked

    def _one(self, text: str, topic: Topic, visitor: Visitor, at: datetime) -> tuple[LoggedQuery, bool]:
        """One query, and whether it was answered to the visitor's content."""
        snapshot, result = self._ask(text, visitor.locale, at)
        query = LoggedQuery(
            query_id=query_id(int(at.timestamp() * 1000), self._random.randbytes(10)),
            at=at,
            session=visitor.session,
            collection=self._collection,
            snapshot=snapshot,
            source=visitor.source,
            locale=visitor.locale,
            asked=result.query,
            normalised=normalise(result.query),
            decision=result.decision,
            confidence=result.confidence,
            top_ids=tuple(hit.entry.id for hit in result.hits),
            milliseconds=round(self._random.lognormvariate(1.6, 0.35), 3),
        )
        return self._react(query, topic)

    def _react(self, query: LoggedQuery, topic: Topic) -> tuple[LoggedQuery, bool]:
        random = self._random
        at = query.at + timedelta(seconds=random.uniform(2, 15))
        said: list[Feedback] = []
        clicked = self._click(query, topic) if query.source == "widget" else None
        if clicked is not None:
            id_ = query.top_ids[clicked]
            said.append(
                Feedback(query_id=query.query_id, at=at, kind="click", entry_id=id_, position=clicked + 1)
            )
        shown = clicked if clicked is not None else 0
        about = query.top_ids[shown] if query.top_ids and query.decision != "no_answer" else None
        right = about in topic.entries
        unhappy = about in self._habits.rejected
        content = right and not (unhappy and random.random() < 0.5)
        if about is not None and random.random() < (_VOTE_UNHAPPY if unhappy else _VOTE):
            helpful = right and (not unhappy or random.random() < _EVEN_SO)
            reasons = self._habits.rejected.get(about, ()) if unhappy and right else self._habits.unhelpful
            said.append(
                Feedback(
                    query_id=query.query_id,
                    at=at + timedelta(seconds=random.uniform(5, 40)),
                    kind="helpful",
                    entry_id=about,
                    helpful=helpful,
                    reason=None if helpful else random.choice(reasons) or None,
                )
            )
        answers = [id_ for id_ in query.top_ids if id_ in topic.entries]
        if answers and not right and random.random() < _SETTLE:
            late = at + timedelta(seconds=random.uniform(30, 90))
            said.append(Feedback(query_id=query.query_id, at=late, kind="answer", entry_id=answers[0]))
        return replace(query, feedback=tuple(said)), content

    def _click(self, query: LoggedQuery, topic: Topic) -> int | None:
        """The position, from 0, of the hit that is opened: the upper ones are seen first."""
        for position, (id_, looked) in enumerate(zip(query.top_ids, LOOKED_AT, strict=False)):
            likely = _CLICK_RIGHT if id_ in topic.entries else _CLICK_WRONG
            if self._random.random() < looked * likely:
                return position
        return None
