"""Responses in the background, as a client without an SDK sees them."""

from __future__ import annotations

import json
from typing import Any

from support.observing import eventually
from support.processes import Gateway

RESPONSES = "/responses"
TEXT = "say exactly: the quick brown fox"


def asking(text: str = TEXT, **more: Any) -> dict[str, Any]:
    return {"model": "grok-4", "input": text, "background": True, **more}


def created(gateway: Gateway, text: str = TEXT, **more: Any) -> dict[str, Any]:
    """Return a background response as it was answered."""
    status, _, answer = gateway.post(RESPONSES, asking(text, **more))
    assert status == 200, answer
    made: dict[str, Any] = json.loads(answer)
    return made


def shown(gateway: Gateway, identifier: str) -> dict[str, Any]:
    status, _, answer = gateway.get(f"{RESPONSES}/{identifier}")
    assert status == 200, answer
    found: dict[str, Any] = json.loads(answer)
    return found


def ended(gateway: Gateway, identifier: str) -> dict[str, Any]:
    """Return a response once it has ended."""

    def look() -> dict[str, Any] | None:
        found = shown(gateway, identifier)
        return None if found["status"] in {"queued", "in_progress"} else found

    found: dict[str, Any] = eventually(look, "the response's end")
    return found


def streamed(gateway: Gateway, identifier: str, after: int | None = None) -> bytes:
    """Return the stream of a response from some event on, to its end."""
    more = "" if after is None else f"&starting_after={after}"
    status, headers, body = gateway.get(f"{RESPONSES}/{identifier}?stream=true{more}")
    assert status == 200, body
    assert headers["content-type"].startswith("text/event-stream")
    return body


def frames(body: bytes) -> list[bytes]:
    """Return the frames of a stream without comments."""
    return [frame for frame in body.split(b"\n\n")[:-1] if not frame.startswith(b":")]
