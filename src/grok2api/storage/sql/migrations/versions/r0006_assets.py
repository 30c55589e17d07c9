"""Pictures, clips and sounds: who holds the bytes, whose they are, and when they were last used."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Double, String

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "assets",
        Column("id", String(64), primary_key=True),
        Column("owner", String(128), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("mime", String(64), nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("etag", String(64), nullable=False),
        Column("created_at", Double, nullable=False),
        Column("last_used_at", Double, nullable=False),
        Column("host", String(64), nullable=False),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index("assets_by_age", "assets", ["created_at", "id"])
    op.create_index("assets_by_owner", "assets", ["owner", "created_at", "id"])
    op.create_index("assets_by_use", "assets", ["host", "last_used_at", "id"])
    op.create_index("assets_by_host", "assets", ["host", "id"])


def downgrade() -> None:
    """Drop it; the files stay where they are."""
    op.drop_table("assets")
