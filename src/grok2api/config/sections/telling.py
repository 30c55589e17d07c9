"""Settings of telemetry: what is told to a collector of OpenTelemetry."""

from __future__ import annotations

from typing import Annotated

from grok2api.config import checks, schema


class Telemetry(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Traces and metrics over OTLP; needs the extra `otel`."""

    otlp_endpoint: Annotated[
        str,
        schema.setting(
            "Address of a collector that takes OTLP over HTTP, without /v1/traces; empty tells nothing.",
            "接收 OTLP/HTTP 的收集器地址，不含 /v1/traces；留空则不发送。",
            reload="restart",
            names=("OTEL_EXPORTER_OTLP_ENDPOINT",),
            check=checks.collector_url,
            allowed=("must be empty or an http or https URL", "留空，或 http、https 地址"),
            fix="write it as http://collector:4318.",
        ),
    ] = ""
    otlp_headers: Annotated[
        tuple[str, ...],
        schema.setting(
            "Headers for the collector, each as name=value.",
            "发给收集器的请求头，每项写作 name=value。",
            reload="restart",
            secret=True,
            names=("OTEL_EXPORTER_OTLP_HEADERS",),
            check=checks.named_values,
            allowed=("must be a list of name=value", "name=value 的列表"),
            fix="write it as authorization=Basic%20abc or x-api-key=abc, separated by commas.",
        ),
    ] = ()
    service_name: Annotated[
        str,
        schema.setting(
            "Under which name this service shows itself to the collector.",
            "本服务在收集器中的名称。",
            reload="restart",
            names=("OTEL_SERVICE_NAME",),
        ),
    ] = "grok2api"
    sample_share: Annotated[
        float,
        schema.setting(
            "Share of requests whose spans are sent; a client that sends a traceparent decides for itself.",
            "发送追踪的请求比例；客户端带有 traceparent 时由其自行决定。",
            reload="restart",
            ge=0.0,
            le=1.0,
        ),
    ] = 1.0
