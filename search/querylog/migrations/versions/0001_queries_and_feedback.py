"""Queries, and the feedback to their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "queries",
        sa.Column("query_id", sa.String(36), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("session", sa.String(32)),
        sa.Column("collection", sa.String(64), nullable=False),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("locale", sa.String(128)),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("normalised", sa.Text, nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("top_ids", sa.Text, nullable=False),
        sa.Column("milliseconds", sa.Double, nullable=False),
    )
    op.create_index("queries_by_time", "queries", ["collection", "at"])
    op.create_index("queries_by_session", "queries", ["session", "at"])
    op.create_table(
        "feedback",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("query_id", sa.String(36), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entry_id", sa.String(128)),
        sa.Column("position", sa.Integer),
        sa.Column("helpful", sa.Boolean),
        sa.Column("reason", sa.Text),
    )
    op.create_index("feedback_by_query", "feedback", ["query_id"])
    op.create_index("feedback_by_time", "feedback", ["at"])
