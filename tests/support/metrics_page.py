"""Reads the metrics of a gateway as Prometheus does."""

from __future__ import annotations

from support.processes import Gateway, request

TOKEN = "a-token-for-the-metrics"


def metrics(gateway: Gateway) -> dict[str, float]:
    """Return the value of every sample, labels and all."""
    status, _, content = request(
        "GET", f"{gateway.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert status == 200, content
    lines = [line for line in content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def answered(page: dict[str, float]) -> dict[str, float]:
    """Return how many requests were answered, by status."""
    name = 'grok2api_http_requests_total{status="'
    return {key.removeprefix(name)[:3]: value for key, value in page.items() if key.startswith(name)}
