"""What the pool's tests share."""

from __future__ import annotations

import pytest

from grok2api.canonical.plan import Demand
from grok2api.kit.secretbox import KeyRing, SecretBox
from support.pool_bench import Bench


@pytest.fixture(scope="session")
def box() -> SecretBox:
    return SecretBox(KeyRing("a secret key of more than thirty-two characters"))


@pytest.fixture
def bench(box: SecretBox) -> Bench:
    return Bench(box)


@pytest.fixture
def demand() -> Demand:
    return Demand("grok-4.3")
