"""The query log's tables as they are now; search/querylog/migrations/ tells how they came to be."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

HEAD: Final = "0004"
"""The newest migration."""

metadata: Final = MetaData()

# Times are whole microseconds since 1970 UTC: the same number in every database, and quick to compare.
queries: Final = Table(
    "queries",
    metadata,
    Column("query_id", String(36), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("session", String(32)),
    Column("collection", String(64), nullable=False),
    Column("snapshot", String(64), nullable=False),
    Column("source", String(32), nullable=False),
    Column("locale", String(128)),
    Column("asked", Text, nullable=False),
    Column("normalised", Text, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("confidence", Double, nullable=False),
    Column("top_ids", Text, nullable=False),  # a JSON list
    Column("milliseconds", Double, nullable=False),
    # Only typed on the way to another query. It stays for a while: feedback to it may still come.
    Column("folded", Boolean, nullable=False, server_default=false()),
    Index("queries_by_time", "collection", "at"),
    Index("queries_by_session", "session", "at"),
    Index("queries_by_age", "at"),
)

feedback: Final = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("query_id", String(36), nullable=False),  # of a query that may be written later
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("entry_id", String(128)),
    Column("position", Integer),
    Column("helpful", Boolean),
    Column("reason", Text),
    Index("feedback_by_query", "query_id"),
    Index("feedback_by_time", "at"),
)

reports: Final = Table(
    "reports",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("collection", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("reports_by_kind", "collection", "kind", "at"),
)

dismissals: Final = Table(  # gaps that the content team wants to see no more; ids say nothing of who asked
    "dismissals",
    metadata,
    Column("collection", String(64), primary_key=True),
    Column("gap", String(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
)

properties: Final = Table(  # such as the salt of sessions
    "properties",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
