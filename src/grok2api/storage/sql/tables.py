"""The tables, as this version of the program sees them; a column is named like the field it keeps.

They stay within what SQLite, PostgreSQL and MySQL 8 share: every indexed text has a length, times are
doubles, lists are JSON text, and every database compares and orders text byte by byte.
A new database is made from these, an older one by the migrations, and tests hold the two together: never
change one without the other.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer

from grok2api.storage.sql import usage_tables
from grok2api.storage.sql.tabling import table
from grok2api.storage.sql.types import LONG_TEXT, short_text

metadata: Final = usage_tables.METADATA
"""All tables; those of the ledger are made by `usage_tables`."""

credentials: Final = table(
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
    Column("former_accounts", LONG_TEXT, nullable=False),
    Column("team_id", short_text(255), nullable=False),
    Column("user_id", short_text(255), nullable=False),
    Column("login", LONG_TEXT, nullable=False),
    Column("acls", LONG_TEXT, nullable=False),
    Column("probed_at", Double),
    Column("fingerprint", short_text(128), nullable=False, unique=True),
    Column("hint", short_text(64), nullable=False),
    Column("secret", LONG_TEXT, nullable=False),
    Column("expires_at", Double),
    Column("refreshed_at", Double),
    Column("generation", Integer, nullable=False),
    Column("refresh_intent", LONG_TEXT, nullable=False),
    Column("refresh_error", LONG_TEXT, nullable=False),
    Column("refresh_dead", Boolean, nullable=False),
    Column("quota_left", Double),
    Column("quota_source", short_text(64), nullable=False),
    Column("quota_at", Double),
    Column("enabled", Boolean, nullable=False),
    Column("status", short_text(16), nullable=False),
    Column("reason", LONG_TEXT, nullable=False),
    Column("cooldown_until", Double),
    Column("cleared_at", Double),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("credentials_by_revision", "revision"),
)

client_keys: Final = table(
    "client_keys",
    Column("id", short_text(128), primary_key=True),
    Column("name", LONG_TEXT, nullable=False),
    Column("hash", short_text(128), nullable=False, unique=True),
    Column("hint", short_text(64), nullable=False),
    Column("models", LONG_TEXT, nullable=False),
    Column("strict", Boolean, nullable=False),
    Column("pool_tags", LONG_TEXT, nullable=False),
    Column("pool_tier", short_text(16), nullable=False),
    Column("rescue_seconds", Double, nullable=False),
    Column("endpoints", LONG_TEXT, nullable=False),
    Column("networks", LONG_TEXT, nullable=False),
    Column("rpm", Integer, nullable=False),
    Column("tpm", Integer, nullable=False),
    Column("max_concurrency", Integer, nullable=False),
    Column("budget_day_ticks", BigInteger, nullable=False),
    Column("budget_month_ticks", BigInteger, nullable=False),
    Column("never_log", Boolean, nullable=False),
    Column("record_content", Boolean, nullable=False),
    Column("content_hours", Integer, nullable=False),
    Column("note", LONG_TEXT, nullable=False),
    Column("former_hash", short_text(128), nullable=False),
    Column("former_until", Double),
    Column("enabled", Boolean, nullable=False),
    Column("expires_at", Double),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("client_keys_by_revision", "revision"),
)

budget_windows: Final = table(
    "budget_windows",
    Column("key_id", short_text(128), primary_key=True),
    Column("name", short_text(16), primary_key=True),
    Column("spent", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
)

budget_holds: Final = table(
    "budget_holds",
    Column("id", short_text(255), primary_key=True),
    Column("key_id", short_text(128), nullable=False),
    Column("day", short_text(16), nullable=False),
    Column("month", short_text(16), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("until", Double, nullable=False),
    Column("settled", Boolean, nullable=False),
    Index("budget_holds_by_end", "until"),
    Index("budget_holds_by_key", "key_id", "until"),
)

setting_overrides: Final = table(
    "setting_overrides",
    Column("path", short_text(255), primary_key=True),
    Column("value", LONG_TEXT, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("setting_overrides_by_revision", "revision"),
)

model_overrides: Final = table(
    "model_overrides",
    Column("id", short_text(255), primary_key=True),
    Column("content", LONG_TEXT, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("model_overrides_by_revision", "revision"),
)

live_views: Final = table(
    "live_views",
    Column("holder", short_text(255), primary_key=True),
    Column("at", Double, nullable=False),
    Column("content", LONG_TEXT, nullable=False),
)

live_wishes: Final = table(
    "live_wishes",
    Column("name", short_text(255), primary_key=True),
    Column("until", Double, nullable=False),
)

claims: Final = table(
    "claims",
    Column("name", short_text(255), primary_key=True),
    Column("holder", short_text(255), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", Double, nullable=False),
    Column("lifetime", Double, nullable=False),
)
"""A row stays when its claim is let go, because it holds the last fence; its holder is then empty."""

admin_sessions: Final = table(
    "admin_sessions",
    Column("hash", short_text(128), primary_key=True),
    Column("operator_id", short_text(128), nullable=False),
    Column("stamp", short_text(128), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("last_used_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("address", LONG_TEXT, nullable=False),
    Column("agent", LONG_TEXT, nullable=False),
)

operators: Final = table(
    "operators",
    Column("id", short_text(128), primary_key=True),
    Column("name", LONG_TEXT, nullable=False),
    Column("mark", short_text(128), nullable=False, unique=True),
    Column("role", short_text(16), nullable=False),
    Column("password_hash", LONG_TEXT, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("identity", short_text(64)),
    Column("issuer", LONG_TEXT),
    Column("subject", LONG_TEXT),
    Index("operators_by_identity", "identity", unique=True),
)

second_factors: Final = table(
    "second_factors",
    Column("id", short_text(128), primary_key=True),
    Column("secret", LONG_TEXT, nullable=False),
    Column("recovery_codes", LONG_TEXT, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
)

api_tokens: Final = table(
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

admin_answers: Final = table(
    "admin_answers",
    Column("id", short_text(64), primary_key=True),
    Column("digest", short_text(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("media_type", short_text(255), nullable=False),
    Column("content", LONG_TEXT, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("admin_answers_by_expiry", "expires_at"),
)

sign_in_attempts: Final = table(
    "sign_in_attempts",
    Column("id", short_text(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("first_at", Double, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("sign_in_attempts_by_expiry", "expires_at"),
)

audit_entries: Final = table(
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
    Index("audit_entries_by_action", "action", "sequence"),
    Index("audit_entries_by_actor", "actor", "sequence"),
    Index("audit_entries_by_target", "target", "sequence"),
    Index("audit_entries_by_request", "request_id"),
)

setting_versions: Final = table(
    "setting_versions",
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("actor", LONG_TEXT, nullable=False),
    Column("request_id", short_text(255), nullable=False),
    Column("restored", BigInteger),
    Column("content", LONG_TEXT, nullable=False),
)

jobs: Final = table(
    "jobs",
    Column("id", short_text(128), primary_key=True),
    Column("kind", short_text(64), nullable=False),
    Column("state", short_text(16), nullable=False),
    Column("holder", short_text(255), nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("message", LONG_TEXT, nullable=False),
    Column("result", LONG_TEXT, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index("jobs_by_age", "created_at", "id"),
)

runs: Final = table(
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
    Index("runs_by_holder", "holder", "state"),
    Index("runs_by_end", "ended_at"),
)

run_frames: Final = table(
    "run_frames",
    Column("run_id", short_text(128), primary_key=True),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("content", LONG_TEXT, nullable=False),
)
"""Batches of a run's stream; frame `first` is the one with that number."""

transcripts: Final = table(
    "transcripts",
    Column("id", short_text(64), primary_key=True),
    Column("key_id", short_text(128), nullable=False),
    Column("content", LONG_TEXT, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("transcripts_by_expiry", "expires_at", "id"),
    Index("transcripts_by_key", "key_id"),
)

request_contents: Final = table(
    "request_contents",
    Column("id", short_text(64), primary_key=True),
    Column("request_id", short_text(255), nullable=False),
    Column("key_id", short_text(128), nullable=False),
    Column("content", LONG_TEXT, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("request_contents_by_expiry", "expires_at", "id"),
    Index("request_contents_by_key", "key_id"),
)

videos: Final = table(
    "videos",
    Column("id", short_text(128), primary_key=True),
    Column("key_id", short_text(128), nullable=False),
    Column("dialect", short_text(16), nullable=False),
    Column("operation", short_text(16), nullable=False),
    Column("state", short_text(16), nullable=False),
    Column("model", LONG_TEXT, nullable=False),
    Column("upstream_model", LONG_TEXT, nullable=False),
    Column("account_id", short_text(255), nullable=False),
    Column("credential_id", short_text(128), nullable=False),
    Column("upstream_id", short_text(255), nullable=False),
    Column("prompt", LONG_TEXT, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("size", short_text(32), nullable=False),
    Column("resolution", short_text(16), nullable=False),
    Column("progress", Integer, nullable=False),
    Column("source_id", short_text(128), nullable=False),
    Column("link", LONG_TEXT, nullable=False),
    Column("duration", Double),
    Column("cost_ticks", BigInteger),
    Column("asset_id", short_text(128), nullable=False),
    Column("error_code", short_text(64), nullable=False),
    Column("error_message", LONG_TEXT, nullable=False),
    Column("forgotten", Boolean, nullable=False),
    Column("request_id", short_text(255), nullable=False),
    Column("idempotency", short_text(64), unique=True),
    Column("request_hash", short_text(64), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("completed_at", Double),
    Column("expires_at", Double),
    Column("holder", short_text(255), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("held_until", Double, nullable=False),
    Index("videos_by_owner", "key_id", "created_at", "id"),
    Index("videos_by_holding", "state", "held_until"),
    Index("videos_by_end", "completed_at"),
)

assets: Final = table(
    "assets",
    Column("id", short_text(64), primary_key=True),
    Column("owner", short_text(128), nullable=False),
    Column("kind", short_text(16), nullable=False),
    Column("mime", short_text(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", short_text(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("last_used_at", Double, nullable=False),
    Column("host", short_text(64), nullable=False),
    Index("assets_by_age", "created_at", "id"),
    Index("assets_by_owner", "owner", "created_at", "id"),
    Index("assets_by_kind", "kind", "created_at", "id"),
    Index("assets_by_owner_kind", "owner", "kind", "created_at", "id"),
    Index("assets_by_use", "host", "last_used_at", "id"),
    Index("assets_by_host", "host", "id"),
)

files: Final = table(
    "files",
    Column("id", short_text(64), primary_key=True),
    Column("key_id", short_text(128), nullable=False),
    Column("account", short_text(64), nullable=False),
    Column("upstream_id", short_text(256), nullable=False),
    Column("filename", LONG_TEXT, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("purpose", short_text(64), nullable=False),
    Column("mime", short_text(255), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("deleted_at", Double),
    Index("files_by_owner", "key_id", "created_at", "id"),
    Index("files_by_expiry", "expires_at"),
    Index("files_by_deletion", "deleted_at"),
)

meta: Final = table(
    "meta",
    Column("name", short_text(128), primary_key=True),
    Column("value", LONG_TEXT, nullable=False),
)

revision_counter: Final = table(
    "revision_counter",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
    Column("forgotten", BigInteger, nullable=False),
)
"""One row: the last revision given out, and the last one whose tombstone was dropped."""

tombstones: Final = table(
    "tombstones",
    Column("kind", short_text(16), primary_key=True),
    Column("id", short_text(255), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Index("tombstones_by_revision", "revision"),
)
"""What was deleted, and when: kind is credential, key or setting."""
