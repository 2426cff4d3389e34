"""Queries that were only typed on the way to another one are marked: feedback to them may come later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("queries", sa.Column("folded", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("queries_by_age", "queries", ["at"])
