"""Long work that operators start, kept so that any worker can tell of it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Double, Integer, String, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "jobs",
        Column("id", String(128), primary_key=True),
        Column("kind", String(64), nullable=False),
        Column("state", String(16), nullable=False),
        Column("holder", String(255), nullable=False),
        Column("total", Integer, nullable=False),
        Column("done", Integer, nullable=False),
        Column("failed", Integer, nullable=False),
        Column("message", Text, nullable=False),
        Column("result", Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
        Column("cancel_requested", Boolean, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index("jobs_by_age", "jobs", ["created_at", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("jobs")
