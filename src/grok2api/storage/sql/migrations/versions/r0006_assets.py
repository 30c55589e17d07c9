"""Pictures, clips and sounds: who holds the bytes, whose they are, and when they were last used."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double

from grok2api.storage.sql.migrations.steps import create_index, create_table, drop_table
from grok2api.storage.sql.types import short_text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    create_table(
        "assets",
        Column("id", short_text(64), primary_key=True),
        Column("owner", short_text(128), nullable=False),
        Column("kind", short_text(16), nullable=False),
        Column("mime", short_text(64), nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("etag", short_text(64), nullable=False),
        Column("created_at", Double, nullable=False),
        Column("last_used_at", Double, nullable=False),
        Column("host", short_text(64), nullable=False),
    )
    create_index("assets_by_age", "assets", ["created_at", "id"])
    create_index("assets_by_owner", "assets", ["owner", "created_at", "id"])
    create_index("assets_by_use", "assets", ["host", "last_used_at", "id"])
    create_index("assets_by_host", "assets", ["host", "id"])


def downgrade() -> None:
    """Drop it; the files stay where they are."""
    drop_table("assets")
