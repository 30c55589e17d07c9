"""What a collector is told of requests: spans with their times, and measurements by the conventions."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from grok2api.observability.telemetry.exporter import Exporter, Target
from grok2api.observability.telemetry.story import Attempt, Story
from support.collector import Collector, Span, collecting

FAILED = Attempt(
    started_at=100.1,
    ended_at=100.4,
    model="grok-4.7",
    surface="responses",
    credential_id="cred_1",
    status=429,
    fault="rate_limited",
)
ANSWERED = replace(FAILED, started_at=100.5, ended_at=None, credential_id="cred_2", status=0, fault="")
STORY = Story(
    request_id="req_1",
    traceparent="",
    started_at=100.0,
    ended_at=103.25,
    first_byte_at=101.0,
    operation="chat",
    model="grok-4",
    upstream_model="grok-4.7",
    key_id="key_1",
    stream=True,
    status=200,
    end="completed",
    error_code="",
    input_tokens=20,
    cached_tokens=5,
    output_tokens=30,
    reasoning_tokens=0,
    usage_known=True,
    cost_ticks=25_000_000,
    attempts=(FAILED, ANSWERED),
)
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def told(*stories: Story, share: float = 1.0) -> Collector:
    with collecting() as collector:
        headers = MappingProxyType({"x-key": "abc"})
        exporter = Exporter(
            Target(
                endpoint=collector.url + "/",
                headers=headers,
                service="gateway",
                version="1.0",
                instance="worker_1",
                share=share,
            )
        )
        exporter.export(stories)
        exporter.close()
    return collector


def named(collector: Collector, name: str) -> Span:
    (span,) = [each for each in collector.spans if each.name == name]
    return span


def test_a_request_is_a_span_with_its_calls_inside() -> None:
    collector = told(STORY)
    whole = named(collector, "chat grok-4")
    calls = sorted((each for each in collector.spans if each.kind == 3), key=lambda span: span.start)
    assert (whole.kind, whole.parent, whole.start, whole.end) == (2, "", 100.0, 103.25)
    assert whole.events == ["first byte"]
    assert whole.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "x_ai",
        "gen_ai.request.model": "grok-4",
        "gen_ai.response.model": "grok-4.7",
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 5,
        "gen_ai.usage.output_tokens": 30,
        "http.response.status_code": 200,
        "grok2api.request_id": "req_1",
        "grok2api.key_id": "key_1",
        "grok2api.end": "completed",
        "grok2api.cost_in_usd_ticks": 25_000_000,
        "grok2api.usage_known": True,
        "grok2api.stream": True,
        "grok2api.attempts": 2,
    }
    assert [(each.parent, each.trace) for each in calls] == [(whole.id, whole.trace)] * 2
    assert [(each.start, each.end, each.status) for each in calls] == [(100.1, 100.4, 2), (100.5, 103.25, 0)]
    assert calls[0].attributes["error.type"] == "rate_limited"
    assert calls[1].attributes["grok2api.credential_id"] == "cred_2"
    assert all(each["x-key"] == "abc" for each in collector.headers)
    assert collector.resources[0]["service.name"] == "gateway"
    assert collector.resources[0]["service.instance.id"] == "worker_1"


def test_a_client_s_own_trace_goes_on() -> None:
    whole = named(told(replace(STORY, traceparent=PARENT)), "chat grok-4")
    assert (whole.trace, whole.parent) == (PARENT[3:35], PARENT[36:52])


@pytest.mark.parametrize(
    ("story", "share", "spans"),
    [
        (STORY, 0.0, 0),
        (replace(STORY, traceparent=PARENT), 0.0, 3),
        (replace(STORY, traceparent=UNSAMPLED), 1.0, 0),
        (replace(STORY, traceparent="nonsense\r\nx"), 1.0, 3),
    ],
)
def test_who_decides_whether_spans_are_sent(story: Story, share: float, spans: int) -> None:
    collector = told(story, share=share)
    assert len(collector.spans) == spans
    (duration,) = collector.points["gen_ai.client.operation.duration"]
    assert duration["count"] == 1


def test_a_failure_is_named_and_only_ours_is_an_error() -> None:
    ours = replace(STORY, status=502, end="failed", error_code="upstream_error", usage_known=False)
    gone = replace(STORY, request_id="req_2", model="grok-3", status=499, end="client_gone", error_code="")
    collector = told(ours, gone)
    first, second = named(collector, "chat grok-4"), named(collector, "chat grok-3")
    assert (first.status, first.attributes["error.type"]) == (2, "upstream_error")
    assert (second.status, second.attributes["error.type"]) == (0, "client_gone")


def test_what_is_measured() -> None:
    collector = told(STORY, replace(STORY, request_id="req_2", stream=False))
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "x_ai",
        "gen_ai.request.model": "grok-4",
        "gen_ai.response.model": "grok-4.7",
    }
    assert collector.points["gen_ai.client.operation.duration"] == [
        {"attributes": attributes, "count": 2, "sum": 6.5}
    ]
    (first,) = collector.points["gen_ai.client.operation.time_to_first_chunk"]
    assert (first["count"], first["sum"]) == (1, 1.0)
    tokens = {
        point["attributes"]["gen_ai.token.type"]: point["sum"]
        for point in collector.points["gen_ai.client.token.usage"]
    }
    assert tokens == {"input": 40, "output": 60}
    (cost,) = collector.points["grok2api.cost"]
    assert cost["value"] == pytest.approx(0.005)
