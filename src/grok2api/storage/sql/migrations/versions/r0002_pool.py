"""What the pool keeps: the state of sign-ins, claims, how requests came to credentials, operators' sessions.

A new column that may not be empty is filled before that is asked of it: no default that all three databases
allow for a long text could do so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, String, Text, column, table, update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.schema import SchemaItem
    from sqlalchemy.types import TypeEngine

revision = "0002"
down_revision = "0001"

_FILLED_CREDENTIAL: Final[dict[str, tuple[TypeEngine[Any], object]]] = {
    "former_accounts": (Text(), "[]"),
    "team_id": (String(255), ""),
    "user_id": (String(255), ""),
    "login": (Text(), ""),
    "acls": (Text(), "[]"),
    "generation": (Integer(), 0),
    "refresh_intent": (Text(), ""),
    "refresh_error": (Text(), ""),
    "refresh_dead": (Boolean(), False),
    "quota_source": (String(64), ""),
}
_OPEN_CREDENTIAL: Final = ("probed_at", "expires_at", "refreshed_at", "quota_left", "quota_at", "cleared_at")
_FILLED_KEY: Final[dict[str, tuple[TypeEngine[Any], object]]] = {
    "pool_tags": (Text(), "[]"),
    "pool_tier": (String(16), ""),
}


def upgrade() -> None:
    """Add the columns and the tables; every row stays."""
    for name in _OPEN_CREDENTIAL:
        op.add_column("credentials", Column(name, Double))
    _add_filled("credentials", _FILLED_CREDENTIAL)
    _add_filled("client_keys", _FILLED_KEY)
    _create(
        "claims",
        Column("name", String(255), primary_key=True),
        Column("holder", String(255), nullable=False),
        Column("fence", BigInteger, nullable=False),
        Column("until", Double, nullable=False),
        Column("lifetime", Double, nullable=False),
    )
    _create(
        "request_traces",
        Column("started_at", Double, primary_key=True),
        Column("request_id", String(128), primary_key=True),
        Column("content", Text, nullable=False),
    )
    _create(
        "admin_sessions",
        Column("hash", String(128), primary_key=True),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double, nullable=False),
    )


def downgrade() -> None:
    """Drop what was added."""
    for name in ("admin_sessions", "request_traces", "claims"):
        op.drop_table(name)
    _drop_columns("client_keys", tuple(_FILLED_KEY))
    _drop_columns("credentials", (*_FILLED_CREDENTIAL, *_OPEN_CREDENTIAL))


def _create(name: str, *items: SchemaItem) -> None:
    op.create_table(name, *items, mysql_charset="utf8mb4", mysql_collate="utf8mb4_bin", mysql_engine="InnoDB")


def _add_filled(name: str, columns: Mapping[str, tuple[TypeEngine[Any], object]]) -> None:
    for each, (kind, _) in columns.items():
        op.add_column(name, Column(each, kind))
    rows = table(name, *(column(each, kind) for each, (kind, _) in columns.items()))
    op.execute(update(rows).values({each: value for each, (_, value) in columns.items()}))
    with op.batch_alter_table(name) as batch:
        for each, (kind, _) in columns.items():
            batch.alter_column(each, existing_type=kind, nullable=False)


def _drop_columns(name: str, columns: tuple[str, ...]) -> None:
    with op.batch_alter_table(name) as batch:
        for each in columns:
            batch.drop_column(each)
