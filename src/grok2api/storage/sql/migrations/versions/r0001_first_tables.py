"""The first tables: credentials, client keys, settings, the usage ledger and the revision counter."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, UniqueConstraint

from grok2api.storage.sql.migrations.steps import add_row, create_index, create_table, drop_table
from grok2api.storage.sql.types import LONG_TEXT, short_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and the counter's one row."""
    _create_credentials()
    _create_client_keys()
    _create_setting_overrides()
    _create_usage_records()
    _create_revisions()
    create_table(
        "meta", Column("name", short_text(128), primary_key=True), Column("value", LONG_TEXT, nullable=False)
    )


def downgrade() -> None:
    """Drop everything."""
    for name in (
        "meta",
        "tombstones",
        "revision_counter",
        "usage_records",
        "setting_overrides",
        "client_keys",
        "credentials",
    ):
        drop_table(name)


def _create_credentials() -> None:
    create_table(
        "credentials",
        Column("id", short_text(128), primary_key=True),
        Column("kind", short_text(16), nullable=False),
        Column("name", LONG_TEXT, nullable=False),
        Column("tier", short_text(16), nullable=False),
        Column("tags", LONG_TEXT, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("weight", Integer, nullable=False),
        Column("max_concurrency", Integer, nullable=False),
        Column("proxy", LONG_TEXT, nullable=False),
        Column("models", LONG_TEXT, nullable=False),
        Column("note", LONG_TEXT, nullable=False),
        Column("account_id", short_text(255), nullable=False),
        Column("fingerprint", short_text(128), nullable=False),
        Column("hint", short_text(64), nullable=False),
        Column("secret", LONG_TEXT, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("status", short_text(16), nullable=False),
        Column("reason", LONG_TEXT, nullable=False),
        Column("cooldown_until", Double),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
        Column("revision", BigInteger, nullable=False),
        UniqueConstraint("fingerprint"),
    )
    create_index("credentials_by_revision", "credentials", ["revision"])


def _create_client_keys() -> None:
    create_table(
        "client_keys",
        Column("id", short_text(128), primary_key=True),
        Column("name", LONG_TEXT, nullable=False),
        Column("hash", short_text(128), nullable=False),
        Column("hint", short_text(64), nullable=False),
        Column("models", LONG_TEXT, nullable=False),
        Column("strict", Boolean, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("expires_at", Double),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
        Column("revision", BigInteger, nullable=False),
        UniqueConstraint("hash"),
    )
    create_index("client_keys_by_revision", "client_keys", ["revision"])


def _create_setting_overrides() -> None:
    create_table(
        "setting_overrides",
        Column("path", short_text(255), primary_key=True),
        Column("value", LONG_TEXT, nullable=False),
        Column("updated_at", Double, nullable=False),
        Column("revision", BigInteger, nullable=False),
    )
    create_index("setting_overrides_by_revision", "setting_overrides", ["revision"])


def _create_usage_records() -> None:
    create_table(
        "usage_records",
        Column("request_id", short_text(255), primary_key=True),
        Column("started_at", Double, nullable=False),
        Column("key_id", short_text(128), nullable=False),
        Column("operation", short_text(64), nullable=False),
        Column("model", LONG_TEXT, nullable=False),
        Column("upstream_model", LONG_TEXT, nullable=False),
        Column("credential_id", short_text(128), nullable=False),
        Column("account_id", LONG_TEXT, nullable=False),
        Column("stream", Boolean, nullable=False),
        Column("status", Integer, nullable=False),
        Column("end", short_text(64), nullable=False),
        Column("error_code", LONG_TEXT, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("input_tokens", BigInteger, nullable=False),
        Column("cached_tokens", BigInteger, nullable=False),
        Column("output_tokens", BigInteger, nullable=False),
        Column("reasoning_tokens", BigInteger, nullable=False),
        Column("usage_source", short_text(16), nullable=False),
        Column("cost_ticks", BigInteger, nullable=False),
        Column("first_byte_ms", Double),
        Column("total_ms", Double, nullable=False),
        Column("upstream_request_id", LONG_TEXT, nullable=False),
    )
    create_index("usage_records_by_time", "usage_records", ["started_at", "request_id"])


def _create_revisions() -> None:
    create_table(
        "revision_counter",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("value", BigInteger, nullable=False),
        Column("forgotten", BigInteger, nullable=False),
    )
    add_row("revision_counter", {"id": 1, "value": 0, "forgotten": 0}, key="id")
    create_table(
        "tombstones",
        Column("kind", short_text(16), primary_key=True),
        Column("id", short_text(255), primary_key=True),
        Column("revision", BigInteger, nullable=False),
    )
    create_index("tombstones_by_revision", "tombstones", ["revision"])
