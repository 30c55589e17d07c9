"""The admin API, somebody who has signed in, and somebody who has not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from support.admin_client import Browser
from support.admin_server import AdminServer


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def admin() -> AsyncIterator[AdminServer]:
    async with AdminServer.running() as server:
        yield server


@pytest.fixture
async def stranger(admin: AdminServer) -> AsyncIterator[Browser]:
    """Somebody who has not signed in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Browser(admin.base, http)


@pytest.fixture
async def operator(admin: AdminServer) -> AsyncIterator[Browser]:
    """Somebody who has signed in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        browser = Browser(admin.base, http)
        await browser.sign_in()
        yield browser
