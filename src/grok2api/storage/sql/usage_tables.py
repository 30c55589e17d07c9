"""The tables of the ledger: its rows, their sums, and how requests came to their credentials.

What `tables` says of all tables holds here too.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer

from grok2api.storage.sql.tabling import METADATA, table
from grok2api.storage.sql.types import LONG_TEXT, short_text
from grok2api.storage.usage import COUNTED, FIRST_BYTE_CLASSES, TOTAL_CLASSES, RollupKey

__all__ = ["METADATA", "request_traces", "usage_records", "usage_rollups", "usage_spans", "usage_totals"]

usage_records: Final = table(
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
    Column("cost_source", short_text(16), nullable=False),
    Column("price_ticks", BigInteger),
    Column("saved_ticks", BigInteger, nullable=False),
    Column("queue_ms", Double, nullable=False),
    Column("first_byte_ms", Double),
    Column("total_ms", Double, nullable=False),
    Column("upstream_request_id", LONG_TEXT, nullable=False),
    Index("usage_records_by_time", "started_at", "request_id"),
    Index("usage_records_by_key", "key_id", "started_at"),
    Index("usage_records_by_credential", "credential_id", "started_at"),
)

usage_rollups: Final = table(
    "usage_rollups",
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, short_text(128), primary_key=True) for name in RollupKey._fields[1:]),
    *(Column(name, BigInteger, nullable=False) for name in COUNTED),
    *(Column(name, Integer, nullable=False) for name in (*FIRST_BYTE_CLASSES, *TOTAL_CLASSES)),
    Index("usage_rollups_by_credential", "credential_id", "hour"),
)
"""What rows came to, by the hour in which their requests began; kept longer than the rows."""

usage_spans: Final = table(
    "usage_spans",
    Column("axis", short_text(16), primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("name", short_text(128), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in COUNTED),
    *(Column(name, Integer, nullable=False) for name in (*FIRST_BYTE_CLASSES, *TOTAL_CLASSES)),
    clustered=True,
)
"""The same along one axis, by hours, days and blocks of days."""

usage_totals: Final = table(
    "usage_totals",
    Column("credential_id", short_text(128), primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_ticks", BigInteger, nullable=False),
    Column("last_used_at", Double, nullable=False),
)
"""What credentials have served since they are there; kept for ever."""

request_traces: Final = table(
    "request_traces",
    Column("started_at", Double, primary_key=True),
    Column("request_id", short_text(255), primary_key=True),
    Column("content", LONG_TEXT, nullable=False),
)
"""Keyed by time first: rows are written in that order, which costs a third, and are forgotten by it."""
