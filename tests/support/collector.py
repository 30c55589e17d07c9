"""A collector of OpenTelemetry over HTTP that keeps what it was told."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from typing_extensions import override

from support.plain_server import plain_server


@dataclass(frozen=True)
class Span:
    """A span as it came."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    start: float
    end: float
    status: int
    attributes: dict[str, Any]
    events: list[str]


@dataclass
class Collector:
    """What came."""

    url: str
    spans: list[Span] = field(default_factory=list)
    points: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By metric: attributes, and `count` and `sum` or `value`, as they came last."""
    resources: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """All that came, unpacked."""

    def wait_for(self, told: Callable[[Collector], bool], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not told(self):
            assert time.monotonic() < end, (self.spans, self.points)
            time.sleep(0.05)

    def take_spans(self, body: bytes) -> None:
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(_attributes(group.resource.attributes))
            self.spans.extend(
                Span(
                    each.name,
                    each.kind,
                    each.trace_id.hex(),
                    each.span_id.hex(),
                    each.parent_span_id.hex(),
                    each.start_time_unix_nano / 1e9,
                    each.end_time_unix_nano / 1e9,
                    each.status.code,
                    _attributes(each.attributes),
                    [event.name for event in each.events],
                )
                for scope in group.scope_spans
                for each in scope.spans
            )

    def take_metrics(self, body: bytes) -> None:
        for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in group.scope_metrics:
                for metric in scope.metrics:
                    points = [
                        {"attributes": _attributes(point.attributes), "count": point.count, "sum": point.sum}
                        for point in metric.histogram.data_points
                    ] + [
                        {"attributes": _attributes(point.attributes), "value": point.as_double}
                        for point in metric.sum.data_points
                    ]
                    self.points[metric.name] = points


@contextmanager
def collecting() -> Iterator[Collector]:
    """Give a collector for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            collector.headers.append({name.lower(): value for name, value in self.headers.items()})
            collector.bodies.append(body)
            take = {"/v1/traces": collector.take_spans, "/v1/metrics": collector.take_metrics}[self.path]
            take(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        @override
        def log_message(self, *_words: object) -> None:
            pass

    with plain_server(Handler) as address:
        collector = Collector(address)
        yield collector


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    return getattr(value, value.WhichOneof("value") or "string_value")
