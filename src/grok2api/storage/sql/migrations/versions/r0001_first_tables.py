"""The first tables: credentials, client keys, settings, the usage ledger and the revision counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, String, Table, Text, UniqueConstraint

if TYPE_CHECKING:
    from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and the counter's one row."""
    _create_credentials()
    _create_client_keys()
    _create_setting_overrides()
    _create_usage_records()
    _create_revisions()
    _create("meta", Column("name", String(128), primary_key=True), Column("value", Text, nullable=False))


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
        op.drop_table(name)


def _create(name: str, *items: SchemaItem) -> Table:
    return op.create_table(
        name, *items, mysql_charset="utf8mb4", mysql_collate="utf8mb4_bin", mysql_engine="InnoDB"
    )


def _create_credentials() -> None:
    _create(
        "credentials",
        Column("id", String(128), primary_key=True),
        Column("kind", String(16), nullable=False),
        Column("name", Text, nullable=False),
        Column("tier", String(16), nullable=False),
        Column("tags", Text, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("weight", Integer, nullable=False),
        Column("max_concurrency", Integer, nullable=False),
        Column("proxy", Text, nullable=False),
        Column("models", Text, nullable=False),
        Column("note", Text, nullable=False),
        Column("account_id", String(255), nullable=False),
        Column("fingerprint", String(128), nullable=False),
        Column("hint", String(64), nullable=False),
        Column("secret", Text, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("status", String(16), nullable=False),
        Column("reason", Text, nullable=False),
        Column("cooldown_until", Double),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
        Column("revision", BigInteger, nullable=False),
        UniqueConstraint("fingerprint"),
    )
    op.create_index("credentials_by_revision", "credentials", ["revision"])


def _create_client_keys() -> None:
    _create(
        "client_keys",
        Column("id", String(128), primary_key=True),
        Column("name", Text, nullable=False),
        Column("hash", String(128), nullable=False),
        Column("hint", String(64), nullable=False),
        Column("models", Text, nullable=False),
        Column("strict", Boolean, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("expires_at", Double),
        Column("created_at", Double, nullable=False),
        Column("updated_at", Double, nullable=False),
        Column("revision", BigInteger, nullable=False),
        UniqueConstraint("hash"),
    )
    op.create_index("client_keys_by_revision", "client_keys", ["revision"])


def _create_setting_overrides() -> None:
    _create(
        "setting_overrides",
        Column("path", String(255), primary_key=True),
        Column("value", Text, nullable=False),
        Column("updated_at", Double, nullable=False),
        Column("revision", BigInteger, nullable=False),
    )
    op.create_index("setting_overrides_by_revision", "setting_overrides", ["revision"])


def _create_usage_records() -> None:
    _create(
        "usage_records",
        Column("request_id", String(128), primary_key=True),
        Column("started_at", Double, nullable=False),
        Column("key_id", String(128), nullable=False),
        Column("operation", String(64), nullable=False),
        Column("model", Text, nullable=False),
        Column("upstream_model", Text, nullable=False),
        Column("credential_id", String(128), nullable=False),
        Column("account_id", Text, nullable=False),
        Column("stream", Boolean, nullable=False),
        Column("status", Integer, nullable=False),
        Column("end", String(64), nullable=False),
        Column("error_code", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("input_tokens", BigInteger, nullable=False),
        Column("cached_tokens", BigInteger, nullable=False),
        Column("output_tokens", BigInteger, nullable=False),
        Column("reasoning_tokens", BigInteger, nullable=False),
        Column("usage_source", String(16), nullable=False),
        Column("cost_ticks", BigInteger, nullable=False),
        Column("first_byte_ms", Double),
        Column("total_ms", Double, nullable=False),
        Column("upstream_request_id", Text, nullable=False),
    )
    op.create_index("usage_records_by_time", "usage_records", ["started_at", "request_id"])


def _create_revisions() -> None:
    counter = _create(
        "revision_counter",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("value", BigInteger, nullable=False),
        Column("forgotten", BigInteger, nullable=False),
    )
    op.bulk_insert(counter, [{"id": 1, "value": 0, "forgotten": 0}])
    _create(
        "tombstones",
        Column("kind", String(16), primary_key=True),
        Column("id", String(255), primary_key=True),
        Column("revision", BigInteger, nullable=False),
    )
    op.create_index("tombstones_by_revision", "tombstones", ["revision"])
