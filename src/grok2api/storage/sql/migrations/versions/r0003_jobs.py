"""Long work that operators start, kept so that any worker can tell of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Integer

from grok2api.storage.sql.migrations.steps import create_index, create_table, drop_table
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    create_table(
        "jobs",
        Column("id", short_text(128), primary_key=True),
        Column("kind", short_text(64), nullable=False),
        Column("state", short_text(16), nullable=False),
        Column("holder", short_text(255), nullable=False),
        Column("total", Integer, nullable=False),
        Column("done", Integer, nullable=False),
        Column("failed", Integer, nullable=False),
        Column("message", LONG_TEXT, nullable=False),
        Column("result", LONG_TEXT, nullable=False),
        Column("cancel_requested", Boolean, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
    )
    create_index("jobs_by_age", "jobs", ["created_at", "id"])


def downgrade() -> None:
    """Drop it."""
    drop_table("jobs")
