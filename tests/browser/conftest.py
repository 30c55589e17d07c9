"""A browser, and a console to look at. Run by `make browser`, for not every machine has Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from support.console import CHROMIUM, Window, launch, serve_console, window
from support.processes import Gateway, Sandbox
from support.showcase import Showcase, showcase


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without any profile of a person."""
    if not CHROMIUM:
        pytest.fail("There is no Chromium: apt-get install chromium fonts-wqy-microhei")
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def issuing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox upstream of one's own."""
    started = Sandbox.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def shown(issuing: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with a small pool, which tests only look at."""
    keys = ("xai-sandbox-alice", "xai-sandbox-bob", "xai-sandbox-carol")
    started = serve_console(tmp_path_factory.mktemp("shown"), issuing, keys=keys)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showcase]:
    """A gateway that has been used for a while, which tests only look at."""
    with showcase(tmp_path_factory.mktemp("filled"), history=300) as made:
        yield made


@pytest.fixture(scope="session")
def operated(issuing: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway at which operators work: what a test changes, no other test minds."""
    started = serve_console(tmp_path_factory.mktemp("operated"), issuing, keys=("xai-sandbox-alice",))
    yield started
    started.stop()


@pytest.fixture
def opened(browser: Browser, operated: Gateway) -> Iterator[Window]:
    """A window of somebody who has signed in there."""
    with window(browser, operated.url) as one:
        one.sign_in()
        yield one


@pytest.fixture(scope="session")
def bare(issuing: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that holds nothing at all."""
    started = serve_console(tmp_path_factory.mktemp("bare"), issuing)
    yield started
    started.stop()
