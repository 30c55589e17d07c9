"""Background responses and their streams, kept for a while so that any worker can go on telling them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Integer

from grok2api.storage.sql.migrations.steps import create_index, create_table, drop_table
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    create_table(
        "runs",
        Column("id", short_text(128), primary_key=True),
        Column("state", short_text(16), nullable=False),
        Column("holder", short_text(255), nullable=False),
        Column("frames", Integer, nullable=False),
        Column("cut", Boolean, nullable=False),
        Column("cancel_wished", Boolean, nullable=False),
        Column("response", LONG_TEXT, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("beat_at", Double, nullable=False),
        Column("ended_at", Double),
    )
    create_index("runs_by_holder", "runs", ["holder", "state"])
    create_index("runs_by_end", "runs", ["ended_at"])
    create_table(
        "run_frames",
        Column("run_id", short_text(128), primary_key=True),
        Column("first", Integer, primary_key=True, autoincrement=False),
        Column("count", Integer, nullable=False),
        Column("content", LONG_TEXT, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    drop_table("run_frames")
    drop_table("runs")
