"""The column types that the databases spell differently, so that all of them keep and order texts alike.

Must never change for a column that exists: the migrations are written with these as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import String, Text
from sqlalchemy.dialects.mysql import LONGTEXT

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy.types import TypeEngine

LONG_TEXT: Final[TypeEngine[Any]] = Text().with_variant(LONGTEXT(), "mysql", "mariadb")
"""A text of any length: MySQL's TEXT ends at 64 KiB."""


def short_text(length: int) -> TypeEngine[Any]:
    """Return a text that may be a key; PostgreSQL orders it by its bytes, not by a language."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
