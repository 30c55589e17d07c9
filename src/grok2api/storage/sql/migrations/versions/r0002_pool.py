"""What the pool keeps: the state of sign-ins, claims, traces of requests, operators' sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer

from grok2api.storage.sql.migrations.steps import (
    add_columns,
    add_filled_columns,
    create_table,
    drop_columns,
    drop_table,
)
from grok2api.storage.sql.types import LONG_TEXT, short_text

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0002"
down_revision = "0001"

_FILLED_CREDENTIAL: Final[dict[str, tuple[TypeEngine[Any], object]]] = {
    "former_accounts": (LONG_TEXT, "[]"),
    "team_id": (short_text(255), ""),
    "user_id": (short_text(255), ""),
    "login": (LONG_TEXT, ""),
    "acls": (LONG_TEXT, "[]"),
    "generation": (Integer(), 0),
    "refresh_intent": (LONG_TEXT, ""),
    "refresh_error": (LONG_TEXT, ""),
    "refresh_dead": (Boolean(), False),
    "quota_source": (short_text(64), ""),
}
_OPEN_CREDENTIAL: Final = ("probed_at", "expires_at", "refreshed_at", "quota_left", "quota_at", "cleared_at")
_FILLED_KEY: Final[dict[str, tuple[TypeEngine[Any], object]]] = {
    "pool_tags": (LONG_TEXT, "[]"),
    "pool_tier": (short_text(16), ""),
}


def upgrade() -> None:
    """Add the columns and the tables; every row stays."""
    add_columns("credentials", _OPEN_CREDENTIAL, Double())
    add_filled_columns("credentials", _FILLED_CREDENTIAL)
    add_filled_columns("client_keys", _FILLED_KEY)
    create_table(
        "claims",
        Column("name", short_text(255), primary_key=True),
        Column("holder", short_text(255), nullable=False),
        Column("fence", BigInteger, nullable=False),
        Column("until", Double, nullable=False),
        Column("lifetime", Double, nullable=False),
    )
    create_table(
        "request_traces",
        Column("started_at", Double, primary_key=True),
        Column("request_id", short_text(255), primary_key=True),
        Column("content", LONG_TEXT, nullable=False),
    )
    create_table(
        "admin_sessions",
        Column("hash", short_text(128), primary_key=True),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double, nullable=False),
    )


def downgrade() -> None:
    """Drop what was added."""
    for name in ("admin_sessions", "request_traces", "claims"):
        drop_table(name)
    drop_columns("client_keys", tuple(_FILLED_KEY))
    drop_columns("credentials", (*_FILLED_CREDENTIAL, *_OPEN_CREDENTIAL))
