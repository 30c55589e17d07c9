"""Files that clients uploaded: who made which."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double

from grok2api.storage.sql.migrations.steps import create_index, create_table, drop_table
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    create_table(
        "files",
        Column("id", short_text(64), primary_key=True),
        Column("key_id", short_text(128), nullable=False),
        Column("account", short_text(64), nullable=False),
        Column("upstream_id", short_text(256), nullable=False),
        Column("filename", LONG_TEXT, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("purpose", short_text(64), nullable=False),
        Column("mime", short_text(255), nullable=False),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double),
        Column("deleted_at", Double),
    )
    create_index("files_by_owner", "files", ["key_id", "created_at", "id"])
    create_index("files_by_expiry", "files", ["expires_at"])
    create_index("files_by_deletion", "files", ["deleted_at"])


def downgrade() -> None:
    """Drop it; upstream keeps the files, and nobody knows whose they are."""
    drop_table("files")
