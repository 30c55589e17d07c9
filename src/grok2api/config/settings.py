"""The whole settings tree. Frozen: a change makes a new tree, so one request sees one state.

Printing it shows no secret (see `schema.Section`).
"""

from __future__ import annotations

import msgspec

from grok2api.config.sections import (
    alerting,
    calling,
    entering,
    fetching,
    making,
    pooling,
    releasing,
    serving,
    storing,
    telling,
)

BOOTSTRAP_SECTIONS = frozenset({"server", "log", "storage", "secrets"})
"""Needed before the store is open, so the store cannot set them."""


class Settings(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Every setting, by section."""

    server: serving.Server = msgspec.field(default_factory=serving.Server)
    log: serving.Log = msgspec.field(default_factory=serving.Log)
    storage: storing.Storage = msgspec.field(default_factory=storing.Storage)
    secrets: storing.Secrets = msgspec.field(default_factory=storing.Secrets)
    app: serving.App = msgspec.field(default_factory=serving.App)
    admin: entering.Admin = msgspec.field(default_factory=entering.Admin)
    oidc: entering.Oidc = msgspec.field(default_factory=entering.Oidc)
    grok: calling.Grok = msgspec.field(default_factory=calling.Grok)
    routing: calling.Routing = msgspec.field(default_factory=calling.Routing)
    pool: pooling.Pool = msgspec.field(default_factory=pooling.Pool)
    token: pooling.Token = msgspec.field(default_factory=pooling.Token)
    metrics: serving.Metrics = msgspec.field(default_factory=serving.Metrics)
    stream: serving.Stream = msgspec.field(default_factory=serving.Stream)
    websocket: serving.Websocket = msgspec.field(default_factory=serving.Websocket)
    responses: storing.Responses = msgspec.field(default_factory=storing.Responses)
    media: storing.Media = msgspec.field(default_factory=storing.Media)
    video: making.Video = msgspec.field(default_factory=making.Video)
    fetch: fetching.Fetch = msgspec.field(default_factory=fetching.Fetch)
    cache: storing.Cache = msgspec.field(default_factory=storing.Cache)
    performance: pooling.Performance = msgspec.field(default_factory=pooling.Performance)
    cors: serving.Cors = msgspec.field(default_factory=serving.Cors)
    oauth: calling.Oauth = msgspec.field(default_factory=calling.Oauth)
    ledger: storing.Ledger = msgspec.field(default_factory=storing.Ledger)
    alerts: alerting.Alerts = msgspec.field(default_factory=alerting.Alerts)
    telemetry: telling.Telemetry = msgspec.field(default_factory=telling.Telemetry)
    releases: releasing.Releases = msgspec.field(default_factory=releasing.Releases)
