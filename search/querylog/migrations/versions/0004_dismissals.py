"""Gaps that the content team wants to see no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "dismissals",
        sa.Column("collection", sa.String(64), primary_key=True),
        sa.Column("gap", sa.String(32), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
