"""Conversations of client keys that want them kept, and for how long each key wants that."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import Column, Double, String, Text, column, table, update
from sqlalchemy.dialects.mysql import MEDIUMTEXT

revision = "0005"
down_revision = "0004"

_SPAN: Final = "rescue_seconds"


def upgrade() -> None:
    """Make the table; no key that is there wants anything kept."""
    op.create_table(
        "transcripts",
        Column("id", String(64), primary_key=True),
        Column("key_id", String(128), nullable=False),
        Column("content", Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double, nullable=False),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index("transcripts_by_expiry", "transcripts", ["expires_at", "id"])
    op.create_index("transcripts_by_key", "transcripts", ["key_id"])
    op.add_column("client_keys", Column(_SPAN, Double))
    op.execute(update(table("client_keys", column(_SPAN, Double))).values({_SPAN: 0.0}))
    with op.batch_alter_table("client_keys") as batch:
        batch.alter_column(_SPAN, existing_type=Double(), nullable=False)


def downgrade() -> None:
    """Drop both; what was kept is lost."""
    with op.batch_alter_table("client_keys") as batch:
        batch.drop_column(_SPAN)
    op.drop_table("transcripts")
