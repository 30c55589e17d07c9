"""Operators whom an identity provider vouches for, and the authenticator apps of accounts."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Double, column, delete, table

from grok2api.storage.sql.migrations.steps import (
    add_columns,
    create_index,
    create_table,
    drop_columns,
    drop_index,
    drop_table,
)
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0015"
down_revision = "0014"

_INDEX = "operators_by_identity"


def upgrade() -> None:
    """Tell of operators who they are elsewhere, and make the table of second factors."""
    add_columns("operators", ["identity"], short_text(64))
    add_columns("operators", ["issuer", "subject"], LONG_TEXT)
    create_index(_INDEX, "operators", ["identity"], unique=True)
    create_table(
        "second_factors",
        Column("id", short_text(128), primary_key=True),
        Column("secret", LONG_TEXT, nullable=False),
        Column("recovery_codes", LONG_TEXT, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
    )


def downgrade() -> None:
    """Drop them: passwords alone are asked for again, and who has none loses the account."""
    drop_table("second_factors")
    drop_index(_INDEX, "operators")
    without_password = table("operators", column("password_hash"))
    op.execute(delete(without_password).where(without_password.c.password_hash == ""))
    drop_columns("operators", ["identity", "issuer", "subject"])
