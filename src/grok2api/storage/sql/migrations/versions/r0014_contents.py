"""Words of requests, sealed, and which client keys have theirs kept for how long."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Boolean, Column, Double, Integer
from sqlalchemy.types import TypeEngine

from grok2api.storage.sql.migrations.steps import (
    add_filled_columns,
    create_index,
    create_table,
    drop_columns,
    drop_table,
)
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0014"
down_revision = "0013"

_FILLED: Final[dict[str, tuple[TypeEngine[Any], object]]] = {
    "record_content": (Boolean(), False),
    "content_hours": (Integer(), 0),
}


def upgrade() -> None:
    """Make the table; of no key that is there words are kept."""
    create_table(
        "request_contents",
        Column("id", short_text(64), primary_key=True),
        Column("request_id", short_text(255), nullable=False),
        Column("key_id", short_text(128), nullable=False),
        Column("content", LONG_TEXT, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double, nullable=False),
    )
    create_index("request_contents_by_expiry", "request_contents", ["expires_at", "id"])
    create_index("request_contents_by_key", "request_contents", ["key_id"])
    add_filled_columns("client_keys", _FILLED)


def downgrade() -> None:
    """Drop both; what was kept is lost."""
    drop_columns("client_keys", list(_FILLED))
    drop_table("request_contents")
