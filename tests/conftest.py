"""Fixtures for the whole suite: a sandbox upstream and a gateway, each a real process."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from openai import AsyncOpenAI, OpenAI

from support.processes import Gateway, Sandbox
from support.sdk import async_openai_client, openai_client
from support.starting import WARM

# How long an example takes says how busy the machine is, and nothing else.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# A shell ignores SIGINT for what it runs in the background, and every child would inherit that; some tests
# interrupt a child.
signal.signal(signal.SIGINT, signal.default_int_handler)

PLAIN = "not chaos and not browser"
POOL = ("xai-sandbox-alice", "xai-sandbox-bob")


def pytest_configure(config: pytest.Config) -> None:
    """Let the plain suite fork the program; what measures it, which another marker picks, starts it anew.

    Nothing of what is imported and collected is garbage, and looking for it again and again takes long.
    """
    gc.disable()
    if config.getoption("markexpr") == PLAIN:
        os.environ[WARM] = "1"


def pytest_collection_finish() -> None:
    """Take what was collected out of every later garbage collection: thousands of tests do not change."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The upstream, without faults and with an empty journal."""
    shared_sandbox.clear()
    yield shared_sandbox
    shared_sandbox.clear()


@pytest.fixture(scope="session")
def gateway(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with two credentials, shared by the tests that leave it as it is."""
    started = Gateway.start(tmp_path_factory.mktemp("gateway"), upstream=shared_sandbox.base_url, keys=POOL)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def client(gateway: Gateway) -> Iterator[OpenAI]:
    """The official SDK, strict about every key and type."""
    with openai_client(gateway) as made:
        yield made


@pytest.fixture
def async_client(gateway: Gateway) -> AsyncOpenAI:
    return async_openai_client(gateway)
