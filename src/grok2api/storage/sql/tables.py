"""The tables, as this version of the program sees them; a column is named like the field it keeps.

They stay within what SQLite, PostgreSQL and MySQL 8 share: every indexed text has a length, times are
doubles, lists are JSON text, and MySQL compares text byte by byte as the others do.
Must never be the source of a database: the migrations are, and a test holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects.mysql import LONGTEXT, MEDIUMTEXT

if TYPE_CHECKING:
    from sqlalchemy.schema import SchemaItem

metadata: Final = MetaData()


def _table(name: str, *items: SchemaItem) -> Table:
    return Table(
        name, metadata, *items, mysql_charset="utf8mb4", mysql_collate="utf8mb4_bin", mysql_engine="InnoDB"
    )


credentials: Final = _table(
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
    Column("former_accounts", Text, nullable=False),
    Column("team_id", String(255), nullable=False),
    Column("user_id", String(255), nullable=False),
    Column("login", Text, nullable=False),
    Column("acls", Text, nullable=False),
    Column("probed_at", Double),
    Column("fingerprint", String(128), nullable=False, unique=True),
    Column("hint", String(64), nullable=False),
    Column("secret", Text, nullable=False),
    Column("expires_at", Double),
    Column("refreshed_at", Double),
    Column("generation", Integer, nullable=False),
    Column("refresh_intent", Text, nullable=False),
    Column("refresh_error", Text, nullable=False),
    Column("refresh_dead", Boolean, nullable=False),
    Column("quota_left", Double),
    Column("quota_source", String(64), nullable=False),
    Column("quota_at", Double),
    Column("enabled", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("cooldown_until", Double),
    Column("cleared_at", Double),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("credentials_by_revision", "revision"),
)

client_keys: Final = _table(
    "client_keys",
    Column("id", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", String(128), nullable=False, unique=True),
    Column("hint", String(64), nullable=False),
    Column("models", Text, nullable=False),
    Column("strict", Boolean, nullable=False),
    Column("pool_tags", Text, nullable=False),
    Column("pool_tier", String(16), nullable=False),
    Column("rescue_seconds", Double, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("expires_at", Double),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("client_keys_by_revision", "revision"),
)

setting_overrides: Final = _table(
    "setting_overrides",
    Column("path", String(255), primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("setting_overrides_by_revision", "revision"),
)

usage_records: Final = _table(
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
    Index("usage_records_by_time", "started_at", "request_id"),
)

request_traces: Final = _table(
    "request_traces",
    Column("started_at", Double, primary_key=True),
    Column("request_id", String(128), primary_key=True),
    Column("content", Text, nullable=False),
)
"""Keyed by time first: rows are written in that order, which costs a third, and are forgotten by it."""

claims: Final = _table(
    "claims",
    Column("name", String(255), primary_key=True),
    Column("holder", String(255), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", Double, nullable=False),
    Column("lifetime", Double, nullable=False),
)
"""A row stays when its claim is let go, because it holds the last fence; its holder is then empty."""

admin_sessions: Final = _table(
    "admin_sessions",
    Column("hash", String(128), primary_key=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)

jobs: Final = _table(
    "jobs",
    Column("id", String(128), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("holder", String(255), nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("result", Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index("jobs_by_age", "created_at", "id"),
)

runs: Final = _table(
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
    Index("runs_by_holder", "holder", "state"),
    Index("runs_by_end", "ended_at"),
)

run_frames: Final = _table(
    "run_frames",
    Column("run_id", String(128), primary_key=True),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("content", Text().with_variant(LONGTEXT(), "mysql"), nullable=False),
)
"""Batches of a run's stream; frame `first` is the one with that number."""

transcripts: Final = _table(
    "transcripts",
    Column("id", String(64), primary_key=True),
    Column("key_id", String(128), nullable=False),
    Column("content", Text().with_variant(MEDIUMTEXT(), "mysql"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("transcripts_by_expiry", "expires_at", "id"),
    Index("transcripts_by_key", "key_id"),
)

videos: Final = _table(
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
    Index("videos_by_owner", "key_id", "created_at", "id"),
    Index("videos_by_holding", "state", "held_until"),
    Index("videos_by_end", "completed_at"),
)

assets: Final = _table(
    "assets",
    Column("id", String(64), primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("mime", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("last_used_at", Double, nullable=False),
    Column("host", String(64), nullable=False),
    Index("assets_by_age", "created_at", "id"),
    Index("assets_by_owner", "owner", "created_at", "id"),
    Index("assets_by_use", "host", "last_used_at", "id"),
    Index("assets_by_host", "host", "id"),
)

files: Final = _table(
    "files",
    Column("id", String(64), primary_key=True),
    Column("key_id", String(128), nullable=False),
    Column("account", String(64), nullable=False),
    Column("upstream_id", String(256), nullable=False),
    Column("filename", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("mime", String(255), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("deleted_at", Double),
    Index("files_by_owner", "key_id", "created_at", "id"),
    Index("files_by_expiry", "expires_at"),
    Index("files_by_deletion", "deleted_at"),
)

meta: Final = _table(
    "meta",
    Column("name", String(128), primary_key=True),
    Column("value", Text, nullable=False),
)

revision_counter: Final = _table(
    "revision_counter",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
    Column("forgotten", BigInteger, nullable=False),
)
"""One row: the last revision given out, and the last one whose tombstone was dropped."""

tombstones: Final = _table(
    "tombstones",
    Column("kind", String(16), primary_key=True),
    Column("id", String(255), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Index("tombstones_by_revision", "revision"),
)
"""What was deleted, and when: kind is credential, key or setting."""
