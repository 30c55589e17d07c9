"""The command line in a fresh directory, and an upstream that it can ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grok2api.config.environment import PROXY_NAMES, known_names
from grok2api.config.fields import setting_fields
from grok2api.sandbox.serve import SandboxServer
from grok2api.storage.open import open_records
from support.command_line import CommandLine
from support.sandbox_issuer import Issuer


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    names = [name for setting in setting_fields() for name in known_names(setting)]
    for name in [*names, *PROXY_NAMES, *(name.lower() for name in PROXY_NAMES)]:
        monkeypatch.delenv(name, raising=False)
    command_line = CommandLine(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(command_line.data))
    monkeypatch.setenv("SERVER_PORT", "0")
    return command_line


@pytest.fixture
def put_health(run: CommandLine) -> Callable[[str, str, str, float | None], None]:
    """Return a function that gives a credential a health, as a server would."""

    async def put(identifier: str, status: str, reason: str, until: float | None) -> None:
        records = await open_records("local", "", run.data)
        try:
            await records.credentials.set_health(
                identifier, status=status, reason=reason, cooldown_until=until
            )
        finally:
            await records.close()

    return lambda *change: asyncio.run(put(*change))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """Serve the sandbox upstream from a thread; return its base URL."""
    ready, told = threading.Event(), list[str]()
    loop, ending = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with SandboxServer() as server:
            told.append(server.base_url)
            ready.set()
            await ending.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    yield told[0]
    loop.call_soon_threadsafe(ending.set)
    thread.join()
    loop.close()


@pytest.fixture
def upstream(run: CommandLine, sandbox: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the settings of `run` name the sandbox."""
    assert run.directory.is_dir()
    monkeypatch.setenv("GROK2API_GROK__BASE_URL", sandbox)
    return sandbox


@pytest.fixture
def issuer(run: CommandLine, upstream: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """Turn sign-ins on, at the sandbox."""
    assert run.directory.is_dir()
    service = Issuer(upstream)
    monkeypatch.setenv("GROK2API_OAUTH__ENABLED", "true")
    monkeypatch.setenv("GROK2API_OAUTH__ISSUER", service.url)
    service.post("", device_interval=0.05)
    yield service
    service.post("", device_interval=5.0, device_expires=1800.0)
