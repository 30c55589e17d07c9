"""The official SDKs as the tests use them: strict about every key, no retries; OpenAI's are judged."""

from __future__ import annotations

from typing import TypedDict

import httpx2
from anthropic import Anthropic
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

from support.processes import Gateway
from support.witness import AsyncJudgingTransport, JudgingTransport


def openai_client(gateway: Gateway, *, key: str | None = None, max_retries: int = 0) -> OpenAI:
    """Return a client of a gateway; `key` is another client key than the gateway's own."""
    return OpenAI(
        base_url=gateway.base_url,
        api_key=key or gateway.key,
        max_retries=max_retries,
        http_client=DefaultHttpxClient(transport=JudgingTransport()),
        _strict_response_validation=True,
    )


def anthropic_client(gateway: Gateway) -> Anthropic:
    """Return Anthropic's SDK, strict about every key and type."""
    return Anthropic(
        base_url=gateway.url, api_key=gateway.key, max_retries=0, _strict_response_validation=True
    )


def async_openai_client(gateway: Gateway, *, key: str | None = None, max_retries: int = 0) -> AsyncOpenAI:
    """Return a client that does not block."""
    return AsyncOpenAI(
        base_url=gateway.base_url,
        api_key=key or gateway.key,
        max_retries=max_retries,
        http_client=DefaultAsyncHttpxClient(transport=AsyncJudgingTransport()),
        _strict_response_validation=True,
    )


class Judged(TypedDict):
    """What makes a client of the SDK judged."""

    http_client: httpx2.Client


class JudgedAsync(TypedDict):
    """The same for a client that does not block."""

    http_client: httpx2.AsyncClient


def judged() -> Judged:
    """Return what a client of a test's own making is given to be judged."""
    return {"http_client": DefaultHttpxClient(transport=JudgingTransport())}


def judged_async() -> JudgedAsync:
    """Return the same for a client that does not block."""
    return {"http_client": DefaultAsyncHttpxClient(transport=AsyncJudgingTransport())}
