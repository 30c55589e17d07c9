"""Attempts to sign in, which all workers and hosts count together."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Integer

from grok2api.storage.sql.migrations.steps import create_index, create_table, drop_table
from grok2api.storage.sql.types import short_text

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the table."""
    create_table(
        "sign_in_attempts",
        Column("id", short_text(64), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("failures", Integer, nullable=False),
        Column("known", Boolean, nullable=False),
        Column("first_at", Double, nullable=False),
        Column("last_at", Double, nullable=False),
        Column("expires_at", Double, nullable=False),
    )
    create_index("sign_in_attempts_by_expiry", "sign_in_attempts", ["expires_at"])


def downgrade() -> None:
    """Drop it; every worker counts for itself again."""
    drop_table("sign_in_attempts")
