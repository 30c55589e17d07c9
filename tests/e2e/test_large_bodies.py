"""A body that is too large is refused in a way that its sender gets to read."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

from support.processes import Gateway, Sandbox


def test_the_sender_of_too_much_reads_why(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(
        tmp_path,
        upstream=sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment={"GROK2API_SERVER__MAX_BODY_MB": "1"},
    )
    try:
        body = json.dumps({"model": "grok-3", "input": "x" * 20_000_000}).encode()
        for chunked in (False, True):
            connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
            pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
            connection.request(
                "POST",
                "/v1/responses",
                body=pieces if chunked else body,
                headers=gateway.headers | {"Content-Type": "application/json"},
                encode_chunked=chunked,
            )
            answer = connection.getresponse()
            assert answer.status == 413
            assert json.loads(answer.read())["error"]["code"] == "request_too_large"
            connection.close()
    finally:
        gateway.stop()
