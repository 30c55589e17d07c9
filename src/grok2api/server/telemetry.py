"""Tells a collector of OpenTelemetry what requests did, once they are settled, if the settings ask for it.

A request pays for two entries in a queue; spans are made in a thread, a second later. What finds the queue
full is left out. Must never make a request wait, and never fail one.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import grok2api
from grok2api.api.context import RequestContext
from grok2api.canonical.trace import RequestTrace
from grok2api.config.extras import install_advice
from grok2api.config.sections.telling import Telemetry as Rules
from grok2api.errors import ConfigError
from grok2api.observability.logging import get_logger
from grok2api.observability.telemetry.story import Attempt, Story
from grok2api.storage.records import UsageRecord

if TYPE_CHECKING:
    from grok2api.observability.telemetry.exporter import Exporter

_log = get_logger("grok2api.telemetry")

PERIOD: Final = 1.0
_MOST_WAITING: Final = 10_000
_MOST_PARENTS: Final = 4096
_AT_ONCE: Final = 1000
_MILLISECONDS: Final = 1000.0
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.{0,64})?")


class Telemetry:
    """What a worker tells.

    Args:
        exporter: Who tells it.
    """

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter
        self._waiting: deque[Story] = deque()
        self._parents: OrderedDict[str, str] = OrderedDict()
        self.left_out = 0
        """Requests that found the queue full."""

    def began(self, context: RequestContext) -> None:
        """Note the trace that a client has begun, if it says so."""
        parent = context.header(b"traceparent")
        if parent and _TRACEPARENT.fullmatch(parent):
            self._parents[context.ledger_id] = parent
            if len(self._parents) > _MOST_PARENTS:
                self._parents.popitem(last=False)

    def settled(self, row: UsageRecord, trace: RequestTrace | None) -> None:
        """Take what a request did."""
        parent = self._parents.pop(row.request_id, "")
        if len(self._waiting) >= _MOST_WAITING:
            self.left_out += 1
            return
        self._waiting.append(_story(row, trace, parent))

    async def run(self) -> None:
        """Tell what waits."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            await asyncio.to_thread(self._exporter.export, batch)
        if self.left_out:
            _log.warning("requests not told to the collector", requests=self.left_out)
            self.left_out = 0

    async def close(self) -> None:
        """Tell the last ones; a collector that is away costs a few seconds."""
        await self.run()
        await asyncio.to_thread(self._exporter.close)


@asynccontextmanager
async def open_telemetry(rules: Rules, instance: str) -> AsyncIterator[Telemetry | None]:
    """Give what tells the collector of the settings; None where there is none.

    Args:
        rules: The settings.
        instance: This worker, among all of the service.

    Raises:
        ConfigError: the extra is missing.
    """
    if not rules.otlp_endpoint:
        yield None
        return
    telemetry = Telemetry(await asyncio.to_thread(_exporter, rules, instance))
    try:
        yield telemetry
    finally:
        await telemetry.close()


def _exporter(rules: Rules, instance: str) -> Exporter:
    try:
        from grok2api.observability.telemetry.exporter import Exporter, Target  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        raise ConfigError(
            f"telemetry.otlp_endpoint needs OpenTelemetry. Fix: {install_advice('otel')}."
        ) from None
    headers = dict(pair.split("=", 1) for pair in rules.otlp_headers)
    return Exporter(
        Target(
            endpoint=rules.otlp_endpoint,
            headers={name: unquote(value) for name, value in headers.items()},
            service=rules.service_name,
            version=grok2api.__version__,
            instance=instance,
            share=rules.sample_share,
        )
    )


def _story(row: UsageRecord, trace: RequestTrace | None, parent: str) -> Story:
    start = row.started_at
    attempts = [] if trace is None else [each for each in trace.attempts if each.sent is not None]
    return Story(
        request_id=row.request_id,
        traceparent=parent,
        started_at=start,
        ended_at=start + row.total_ms / _MILLISECONDS,
        first_byte_at=None if row.first_byte_ms is None else start + row.first_byte_ms / _MILLISECONDS,
        operation=row.operation,
        model=row.model,
        upstream_model=row.upstream_model,
        key_id=row.key_id,
        stream=row.stream,
        status=row.status,
        end=row.end,
        error_code=row.error_code,
        input_tokens=row.input_tokens,
        cached_tokens=row.cached_tokens,
        output_tokens=row.output_tokens,
        reasoning_tokens=row.reasoning_tokens,
        usage_known=row.usage_source == "upstream",
        cost_ticks=row.cost_ticks,
        attempts=tuple(
            Attempt(
                started_at=start + (each.sent or 0.0),
                ended_at=None if each.ended is None else start + each.ended,
                model=each.model,
                surface=each.surface,
                credential_id=each.decision.chosen or "",
                status=each.status,
                fault=each.fault,
            )
            for each in attempts
        ),
    )
