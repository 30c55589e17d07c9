"""Background responses and their streams, kept for a while so that any worker can go on telling them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op
from sqlalchemy import Boolean, Column, Double, Integer, String, Text
from sqlalchemy.dialects.mysql import LONGTEXT

if TYPE_CHECKING:
    from sqlalchemy.schema import SchemaItem

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    _create(
        "runs",
        Column("id", String(128), primary_key=True),
        Column("state", String(16), nullable=False),
        Column("holder", String(255), nullable=False),
        Column("frames", Integer, nullable=False),
        Column("cut", Boolean, nullable=False),
        Column("cancel_wished", Boolean, nullable=False),
        Column("response", Text().with_variant(LONGTEXT(), "mysql"), nullable=False),
        Column("created_at", Double, nullable=False),
        Column("beat_at", Double, nullable=False),
        Column("ended_at", Double),
    )
    op.create_index("runs_by_holder", "runs", ["holder", "state"])
    op.create_index("runs_by_end", "runs", ["ended_at"])
    _create(
        "run_frames",
        Column("run_id", String(128), primary_key=True),
        Column("first", Integer, primary_key=True, autoincrement=False),
        Column("count", Integer, nullable=False),
        Column("content", Text().with_variant(LONGTEXT(), "mysql"), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("run_frames")
    op.drop_table("runs")


def _create(name: str, *items: SchemaItem) -> None:
    op.create_table(name, *items, mysql_charset="utf8mb4", mysql_collate="utf8mb4_bin", mysql_engine="InnoDB")
