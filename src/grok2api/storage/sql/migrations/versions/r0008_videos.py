"""Video jobs: from the wish to the result, so that no crash loses one or makes it twice."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, String, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "videos",
        Column("id", String(128), primary_key=True),
        Column("key_id", String(128), nullable=False),
        Column("dialect", String(16), nullable=False),
        Column("operation", String(16), nullable=False),
        Column("state", String(16), nullable=False),
        Column("model", Text, nullable=False),
        Column("upstream_model", Text, nullable=False),
        Column("account_id", String(255), nullable=False),
        Column("credential_id", String(128), nullable=False),
        Column("upstream_id", String(255), nullable=False),
        Column("prompt", Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
        Column("seconds", Integer, nullable=False),
        Column("size", String(32), nullable=False),
        Column("resolution", String(16), nullable=False),
        Column("progress", Integer, nullable=False),
        Column("source_id", String(128), nullable=False),
        Column("link", Text, nullable=False),
        Column("duration", Double),
        Column("cost_ticks", BigInteger),
        Column("asset_id", String(128), nullable=False),
        Column("error_code", String(64), nullable=False),
        Column("error_message", Text, nullable=False),
        Column("forgotten", Boolean, nullable=False),
        Column("request_id", String(128), nullable=False),
        Column("idempotency", String(64), unique=True),
        Column("request_hash", String(64), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("started_at", Double, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("completed_at", Double),
        Column("expires_at", Double),
        Column("holder", String(255), nullable=False),
        Column("fence", BigInteger, nullable=False),
        Column("held_until", Double, nullable=False),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index("videos_by_owner", "videos", ["key_id", "created_at", "id"])
    op.create_index("videos_by_holding", "videos", ["state", "held_until"])
    op.create_index("videos_by_end", "videos", ["completed_at"])


def downgrade() -> None:
    """Drop it; jobs that are not over are lost."""
    op.drop_table("videos")
