"""Tells stories to a collector over OTLP; the only place that knows OpenTelemetry's SDK.

Spans are made from what is known after the end, with the times at which things were, so that a request pays
nothing while it runs. Building them is work: `export` belongs into a thread. What a collector does not take
is dropped after some tries; nobody waits for it. Must never be imported unless the settings ask for it: the
SDK is an extra.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from grok2api.canonical.usage import TICKS_PER_DOLLAR
from grok2api.observability.telemetry import conventions as names
from grok2api.observability.telemetry.story import Attempt, Story

_SCOPE: Final = "grok2api"
_NANOSECONDS: Final = 1_000_000_000
_METRIC_MILLISECONDS: Final = 15_000
_ATTEMPT_SECONDS: Final = 10.0
_CLOSING_MILLISECONDS: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where it goes.

    Attributes:
        endpoint: Of OTLP over HTTP, without `/v1/traces`.
        share: The part of requests whose spans are sent, 0 to 1, where the client has not decided.
    """

    endpoint: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    service: str
    version: str
    instance: str
    share: float


class Exporter:
    """Sends spans and metrics, in the background of its own threads.

    Args:
        target: Where it goes.
    """

    def __init__(self, target: Target) -> None:
        resource = Resource.create(
            {
                "service.name": target.service,
                "service.version": target.version,
                "service.instance.id": target.instance,
            }
        )
        endpoint, headers = target.endpoint.rstrip("/"), dict(target.headers)
        self._tracing = TracerProvider(
            resource=resource, sampler=ParentBased(TraceIdRatioBased(target.share)), shutdown_on_exit=False
        )
        self._tracing.add_span_processor(
            BatchSpanProcessor(
                OTLPSpanExporter(f"{endpoint}/v1/traces", headers=headers, timeout=_ATTEMPT_SECONDS)
            )
        )
        self._tracer = self._tracing.get_tracer(_SCOPE, target.version)
        reader = PeriodicExportingMetricReader(
            OTLPMetricExporter(f"{endpoint}/v1/metrics", headers=headers, timeout=_ATTEMPT_SECONDS),
            export_interval_millis=_METRIC_MILLISECONDS,
        )
        self._metering = MeterProvider(resource=resource, metric_readers=[reader], shutdown_on_exit=False)
        meter = self._metering.get_meter(_SCOPE, target.version)
        self._duration = meter.create_histogram(
            names.DURATION, "s", explicit_bucket_boundaries_advisory=names.DURATION_BOUNDS
        )
        self._first_chunk = meter.create_histogram(
            names.FIRST_CHUNK, "s", explicit_bucket_boundaries_advisory=names.DURATION_BOUNDS
        )
        self._tokens = meter.create_histogram(
            names.TOKENS, "{token}", explicit_bucket_boundaries_advisory=names.TOKEN_BOUNDS
        )
        self._cost = meter.create_counter(names.COST, "USD")

    def export(self, stories: Iterable[Story]) -> None:
        """Make spans and measurements of some stories; they leave a little later."""
        for story in stories:
            self._trace(story)
            self._measure(story)

    def close(self) -> None:
        """Send what waits, within seconds, and stop."""
        self._tracing.force_flush(_CLOSING_MILLISECONDS)
        self._tracing.shutdown()
        self._metering.shutdown(_CLOSING_MILLISECONDS)

    def _trace(self, story: Story) -> None:
        carrier = {"traceparent": story.traceparent} if story.traceparent else {}
        span = self._tracer.start_span(
            names.span_name(names.operation(story), story.model),
            TraceContextTextMapPropagator().extract(carrier),
            SpanKind.SERVER,
            names.request_attributes(story),
            start_time=_nanoseconds(story.started_at),
        )
        if span.is_recording():
            inside = set_span_in_context(span)
            for attempt in story.attempts:
                call = self._tracer.start_span(
                    names.span_name(names.operation(story), attempt.model),
                    inside,
                    SpanKind.CLIENT,
                    names.attempt_attributes(story, attempt),
                    start_time=_nanoseconds(attempt.started_at),
                )
                if attempt.fault:
                    call.set_status(Status(StatusCode.ERROR, attempt.fault))
                call.end(_nanoseconds(_end_of(attempt, story)))
            if story.first_byte_at is not None:
                span.add_event("first byte", timestamp=_nanoseconds(story.first_byte_at))
            if story.status >= 500:
                span.set_status(Status(StatusCode.ERROR, names.error_type(story)))
        span.end(_nanoseconds(story.ended_at))

    def _measure(self, story: Story) -> None:
        attributes = names.common(story)
        self._duration.record(max(0.0, story.ended_at - story.started_at), attributes)
        if story.stream and story.first_byte_at is not None:
            self._first_chunk.record(max(0.0, story.first_byte_at - story.started_at), attributes)
        if story.usage_known:
            self._tokens.record(story.input_tokens, {**attributes, "gen_ai.token.type": "input"})
            self._tokens.record(story.output_tokens, {**attributes, "gen_ai.token.type": "output"})
        if story.cost_ticks:
            self._cost.add(story.cost_ticks / TICKS_PER_DOLLAR, attributes)


def _end_of(attempt: Attempt, story: Story) -> float:
    return story.ended_at if attempt.ended_at is None else attempt.ended_at


def _nanoseconds(moment: float) -> int:
    return int(moment * _NANOSECONDS)
