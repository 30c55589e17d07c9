"""A collector of OpenTelemetry is told of real requests, and one that is away costs nobody anything."""

from __future__ import annotations

from pathlib import Path

from support.collector import Collector, collecting
from support.processes import Gateway, Sandbox, free_port

QUESTION = {"model": "grok-4", "messages": [{"role": "user", "content": "a secret canary"}]}
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def started(sandbox: Sandbox, directory: Path, endpoint: str) -> Gateway:
    return Gateway.start(
        directory,
        upstream=sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
        environment={
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic%20abc",
            "OTEL_SERVICE_NAME": "gateway of the tests",
        },
    )


def test_a_request_and_its_calls_are_told_within_the_client_s_trace(sandbox: Sandbox, tmp_path: Path) -> None:
    with collecting() as collector:
        gateway = started(sandbox, tmp_path, collector.url)
        try:
            sandbox.scenario("status", status=429, times=1, match={"path": "/responses"})
            status, headers, _ = gateway.post("/chat/completions", QUESTION, traceparent=PARENT)
            assert status == 200
            collector.wait_for(lambda told: any(span.kind == 2 for span in told.spans))
        finally:
            sandbox.clear()
            assert gateway.stop() == 0
        (whole,) = [span for span in collector.spans if span.kind == 2]
        calls = sorted((span for span in collector.spans if span.kind == 3), key=lambda span: span.start)
        assert (whole.name, whole.trace, whole.parent) == ("chat grok-4", TRACE, PARENT[36:52])
        assert whole.attributes["grok2api.request_id"] == headers["x-request-id"]
        assert whole.attributes["gen_ai.response.model"] == headers["x-grok2api-upstream-model"]
        assert whole.attributes["gen_ai.usage.output_tokens"] > 0
        assert [call.parent for call in calls] == [whole.id, whole.id]
        assert calls[0].attributes["error.type"] == "rate_limit"
        assert calls[0].attributes["http.response.status_code"] == 429
        assert "error.type" not in calls[1].attributes
        credentials = [call.attributes["grok2api.credential_id"] for call in calls]
        assert len(set(credentials)) == 2
        assert whole.start <= calls[0].start <= calls[0].end <= calls[1].start <= calls[1].end <= whole.end
        assert {each["service.name"] for each in collector.resources} == {"gateway of the tests"}
        assert {each["authorization"] for each in collector.headers} == {"Basic abc"}
        assert "canary" not in repr(collector)
        assert measured(collector, "gen_ai.client.operation.duration") == 1
        assert measured(collector, "gen_ai.client.token.usage") == 2


def measured(collector: Collector, name: str) -> int:
    return sum(int(point["count"]) for point in collector.points[name])


def test_a_collector_that_is_away_costs_nobody_anything(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(sandbox, tmp_path, f"http://127.0.0.1:{free_port()}")
    try:
        for _ in range(20):
            assert gateway.post("/chat/completions", QUESTION)[0] == 200
    finally:
        assert gateway.stop() == 0
