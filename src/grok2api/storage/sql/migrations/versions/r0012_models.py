"""What operators say of models: names of their own, and other meanings of known ones."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double

from grok2api.storage.sql.migrations.steps import create_index, create_table, drop_table
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    create_table(
        "model_overrides",
        Column("id", short_text(255), primary_key=True),
        Column("content", LONG_TEXT, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
        Column("revision", BigInteger, nullable=False),
    )
    create_index("model_overrides_by_revision", "model_overrides", ["revision"])


def downgrade() -> None:
    """Drop it; every model means again what the program says."""
    drop_table("model_overrides")
