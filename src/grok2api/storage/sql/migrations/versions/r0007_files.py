"""Files that clients uploaded: who made which."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Double, String, Text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "files",
        Column("id", String(64), primary_key=True),
        Column("key_id", String(128), nullable=False),
        Column("account", String(64), nullable=False),
        Column("upstream_id", String(256), nullable=False),
        Column("filename", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("purpose", String(64), nullable=False),
        Column("mime", String(255), nullable=False),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double),
        Column("deleted_at", Double),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index("files_by_owner", "files", ["key_id", "created_at", "id"])
    op.create_index("files_by_expiry", "files", ["expires_at"])
    op.create_index("files_by_deletion", "files", ["deleted_at"])


def downgrade() -> None:
    """Drop it; upstream keeps the files, and nobody knows whose they are."""
    op.drop_table("files")
