"""Conversations of client keys that want them kept, and for how long each key wants that."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Double

from grok2api.storage.sql.migrations.steps import (
    add_filled_columns,
    create_index,
    create_table,
    drop_columns,
    drop_table,
)
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0005"
down_revision = "0004"

_SPAN: Final = "rescue_seconds"


def upgrade() -> None:
    """Make the table; no key that is there wants anything kept."""
    create_table(
        "transcripts",
        Column("id", short_text(64), primary_key=True),
        Column("key_id", short_text(128), nullable=False),
        Column("content", LONG_TEXT, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double, nullable=False),
    )
    create_index("transcripts_by_expiry", "transcripts", ["expires_at", "id"])
    create_index("transcripts_by_key", "transcripts", ["key_id"])
    add_filled_columns("client_keys", {_SPAN: (Double(), 0.0)})


def downgrade() -> None:
    """Drop both; what was kept is lost."""
    drop_columns("client_keys", [_SPAN])
    drop_table("transcripts")
