"""Video jobs: from the wish to the result, so that no crash loses one or makes it twice."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer

from grok2api.storage.sql.migrations.steps import create_index, create_table, drop_table
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    create_table(
        "videos",
        Column("id", short_text(128), primary_key=True),
        Column("key_id", short_text(128), nullable=False),
        Column("dialect", short_text(16), nullable=False),
        Column("operation", short_text(16), nullable=False),
        Column("state", short_text(16), nullable=False),
        Column("model", LONG_TEXT, nullable=False),
        Column("upstream_model", LONG_TEXT, nullable=False),
        Column("account_id", short_text(255), nullable=False),
        Column("credential_id", short_text(128), nullable=False),
        Column("upstream_id", short_text(255), nullable=False),
        Column("prompt", LONG_TEXT, nullable=False),
        Column("seconds", Integer, nullable=False),
        Column("size", short_text(32), nullable=False),
        Column("resolution", short_text(16), nullable=False),
        Column("progress", Integer, nullable=False),
        Column("source_id", short_text(128), nullable=False),
        Column("link", LONG_TEXT, nullable=False),
        Column("duration", Double),
        Column("cost_ticks", BigInteger),
        Column("asset_id", short_text(128), nullable=False),
        Column("error_code", short_text(64), nullable=False),
        Column("error_message", LONG_TEXT, nullable=False),
        Column("forgotten", Boolean, nullable=False),
        Column("request_id", short_text(255), nullable=False),
        Column("idempotency", short_text(64), unique=True),
        Column("request_hash", short_text(64), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("started_at", Double, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("completed_at", Double),
        Column("expires_at", Double),
        Column("holder", short_text(255), nullable=False),
        Column("fence", BigInteger, nullable=False),
        Column("held_until", Double, nullable=False),
    )
    create_index("videos_by_owner", "videos", ["key_id", "created_at", "id"])
    create_index("videos_by_holding", "videos", ["state", "held_until"])
    create_index("videos_by_end", "videos", ["completed_at"])


def downgrade() -> None:
    """Drop it; jobs that are not over are lost."""
    drop_table("videos")
