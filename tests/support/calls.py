"""Calls made short, for tests that do not care about their bodies."""

from __future__ import annotations

from typing import Literal, Protocol

from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller


class MakeCall(Protocol):
    """Makes a call for `model`."""

    def __call__(
        self,
        model: str,
        *,
        dialect: Literal["chat", "responses"] = "chat",
        effort: str | None = None,
        tools: bool = False,
        caller: Caller | None = None,
    ) -> Call: ...


def make_call(
    model: str,
    *,
    dialect: Literal["chat", "responses"] = "chat",
    effort: str | None = None,
    tools: bool = False,
    caller: Caller | None = None,
) -> Call:
    """Return a call whose body is empty."""
    return Call(
        request_id="req_1",
        dialect=dialect,
        model=model,
        stream=False,
        body=Body({}),
        caller=caller or Caller("key_1", "test"),
        received_at=0.0,
        effort=effort,
        has_client_tools=tools,
    )
