"""What the rules of the house look at more than once."""

from __future__ import annotations

import pytest

from support.admin_types import Schema, admin_document


@pytest.fixture(scope="session")
def admin_api() -> Schema:
    """Return the OpenAPI document of the admin API, asked for once: nobody changes it."""
    return admin_document()
