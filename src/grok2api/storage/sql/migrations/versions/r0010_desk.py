"""Operators, tokens, kept answers, the audit, versions of settings; sessions tell whose they are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer

from grok2api.storage.sql.migrations.steps import (
    add_filled_columns,
    create_index,
    create_table,
    drop_columns,
    drop_table,
)
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0010"
down_revision = "0009"

_NEW = ("operators", "api_tokens", "admin_answers", "audit_entries", "setting_versions")


def upgrade() -> None:
    """Make the tables; sessions from before have no stamp, and so have ended."""
    add_filled_columns(
        "admin_sessions",
        {
            "operator_id": (short_text(128), ""),
            "stamp": (short_text(128), ""),
            "last_used_at": (Double(), 0.0),
            "address": (LONG_TEXT, ""),
            "agent": (LONG_TEXT, ""),
        },
    )
    _make_accounts()
    _make_audit()
    _make_versions()


def _make_accounts() -> None:
    create_table(
        "operators",
        Column("id", short_text(128), primary_key=True),
        Column("name", LONG_TEXT, nullable=False),
        Column("mark", short_text(128), nullable=False, unique=True),
        Column("role", short_text(16), nullable=False),
        Column("password_hash", LONG_TEXT, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
    )
    create_table(
        "api_tokens",
        Column("id", short_text(128), primary_key=True),
        Column("name", LONG_TEXT, nullable=False),
        Column("role", short_text(16), nullable=False),
        Column("hash", short_text(128), nullable=False, unique=True),
        Column("hint", short_text(64), nullable=False),
        Column("created_by", LONG_TEXT, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double),
        Column("last_used_at", Double),
    )
    create_table(
        "admin_answers",
        Column("id", short_text(64), primary_key=True),
        Column("digest", short_text(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("media_type", short_text(255), nullable=False),
        Column("content", LONG_TEXT, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double, nullable=False),
    )
    create_index("admin_answers_by_expiry", "admin_answers", ["expires_at"])


def _make_audit() -> None:
    create_table(
        "audit_entries",
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("of", BigInteger, nullable=False),
        Column("at", Double, nullable=False),
        Column("actor_id", short_text(128), nullable=False),
        Column("actor", short_text(255), nullable=False),
        Column("role", short_text(16), nullable=False),
        Column("way", short_text(16), nullable=False),
        Column("address", LONG_TEXT, nullable=False),
        Column("action", short_text(128), nullable=False),
        Column("target", short_text(255), nullable=False),
        Column("outcome", short_text(16), nullable=False),
        Column("status", Integer, nullable=False),
        Column("request_id", short_text(255), nullable=False),
        Column("before", LONG_TEXT, nullable=False),
        Column("after", LONG_TEXT, nullable=False),
        Column("hash", short_text(64), nullable=False),
    )
    create_index("audit_entries_by_action", "audit_entries", ["action", "sequence"])
    create_index("audit_entries_by_actor", "audit_entries", ["actor", "sequence"])
    create_index("audit_entries_by_target", "audit_entries", ["target", "sequence"])
    create_index("audit_entries_by_request", "audit_entries", ["request_id"])


def _make_versions() -> None:
    create_table(
        "setting_versions",
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("at", Double, nullable=False),
        Column("actor", LONG_TEXT, nullable=False),
        Column("request_id", short_text(255), nullable=False),
        Column("restored", BigInteger),
        Column("content", LONG_TEXT, nullable=False),
    )


def downgrade() -> None:
    """Drop them; the audit and the versions are lost, settings stay as they are."""
    for name in _NEW:
        drop_table(name)
    drop_columns("admin_sessions", ["operator_id", "stamp", "last_used_at", "address", "agent"])
