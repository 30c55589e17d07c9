"""Fetchers with rules of a test's own, and what is looked at whenever a URL is not fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from grok2api.kit.netguard import Rules, read_opening
from grok2api.upstream.transport import Fetcher, FetchFailed, Policy, Resolver
from support.web_host import Names, WebHost, answer, web_host

PUBLIC = "93.184.215.14"
PICTURE = answer(b"picture", content_type="Image/PNG; charset=x", set_cookie="canary=1; Path=/")


@asynccontextmanager
async def fetching(
    *, opened: Sequence[str] = (), ports: Sequence[int] = (), names: Resolver | None = None, **options: Any
) -> AsyncIterator[Fetcher]:
    policy = Policy(
        rules=Rules(
            openings=tuple(read_opening(text) for text in opened), ports=frozenset((80, 443, *ports))
        ),
        limit=options.pop("limit", 1_000_000),
        seconds=options.pop("seconds", 30.0),
        trusted_origins=frozenset(options.pop("trusted", ())),
    )
    async with Fetcher(
        user_agent="grok2api/test", policy=lambda: policy, resolver=names or Names(), **options
    ) as fetcher:
        yield fetcher


async def refused(fetcher: Fetcher, url: str, **options: Any) -> FetchFailed:
    """Return why a URL is not fetched, after a look at what a client would read."""
    with pytest.raises(FetchFailed) as caught:
        await fetcher.read(url, **options)
    error = caught.value.at("messages[0].content[1].image_url.url")
    assert (error.status, error.code, error.param) == (
        400,
        "invalid_value",
        "messages[0].content[1].image_url.url",
    )
    return caught.value


@asynccontextmanager
async def open_host(says: dict[str, bytes], **options: Any) -> AsyncIterator[tuple[WebHost, Fetcher, str]]:
    """Yield a host that may be fetched from, a fetcher, and the host's address."""
    async with (
        web_host(says) as host,
        fetching(opened=[f"127.0.0.1:{host.port}"], **options) as fetcher,
    ):
        yield host, fetcher, f"http://127.0.0.1:{host.port}"
