"""The questions that many people asked and that were answered, by collection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from sqlalchemy import Engine, and_, case, func, select

from search.querylog.errors import told_plainly
from search.querylog.tables import feedback, queries

DAYS: Final = 30
MOST: Final = 1000
"""Questions of a collection."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PopularQuery:
    """text: as it was asked last, personal data masked. entry_id: what answered it then. sessions: how many
    asked it.
    """

    text: str
    entry_id: str
    sessions: int


def popular_queries(engine: Engine, collection: str, *, least: int, now: datetime) -> list[PopularQuery]:
    """Questions that so many sessions asked in the last DAYS days and that were answered, most asked first.

    Those that more people found unhelpful than helpful are left out. engine: see
    search.querylog.database.connect. Raises QueryLogError.
    """
    since = (now - timedelta(days=DAYS) - _EPOCH) // _MICROSECOND
    voted = (
        select(feedback.c.query_id, func.sum(case((feedback.c.helpful, 1), else_=-1)).label("votes"))
        .where(feedback.c.kind == "helpful", feedback.c.at >= since)
        .group_by(feedback.c.query_id)
        .subquery()
    )
    sessions = func.count(queries.c.session.distinct())
    asked = (
        select(queries.c.normalised, sessions.label("sessions"), func.max(queries.c.query_id).label("newest"))
        .outerjoin(voted, voted.c.query_id == queries.c.query_id)
        .where(
            queries.c.collection == collection,
            queries.c.at >= since,
            queries.c.folded.is_(False),
            queries.c.decision == "answer",
        )
        .group_by(queries.c.normalised)
        .having(and_(sessions >= least, func.coalesce(func.sum(voted.c.votes), 0) >= 0))
        .order_by(sessions.desc(), queries.c.normalised)
        .limit(MOST)
        .subquery()
    )
    # Ids are made of the time, so that the highest is the newest.
    wanted = (
        select(queries.c.asked, queries.c.top_ids, asked.c.sessions)
        .join(asked, asked.c.newest == queries.c.query_id)
        .order_by(asked.c.sessions.desc(), asked.c.normalised)
    )
    with told_plainly(), engine.connect() as connection:
        return [
            PopularQuery(text=row.asked, entry_id=ids[0], sessions=row.sessions)
            for row in connection.execute(wanted)
            if (ids := orjson.loads(row.top_ids))
        ]
