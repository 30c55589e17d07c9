"""What the routing tests share: the shipped catalogue, and calls made short."""

from __future__ import annotations

import pytest

from grok2api.routing.catalogue import Catalogue, load
from support.calls import MakeCall, make_call


@pytest.fixture(scope="session")
def call() -> MakeCall:
    return make_call


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load()
