"""Tokens for files that are imported."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable

import msgspec
import pytest

TokenMaker = Callable[..., str]


@pytest.fixture(scope="session")
def token() -> TokenMaker:
    """Make a token that claims what it is told to."""

    def made(**claims: object) -> str:
        parts = (b'{"alg":"HS256","typ":"JWT"}', msgspec.json.encode(claims), b"the signature")
        return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    return made
