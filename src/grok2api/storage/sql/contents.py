"""Words of requests of client keys whose words are kept: sealed rows that are looked up by a hash.

Must never know what a row says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.storage.contents import RequestContent
from grok2api.storage.sql.sealed_rows import SqlSealedRows
from grok2api.storage.sql.tables import request_contents

if TYPE_CHECKING:
    from grok2api.storage.sql.engine import Database


class SqlContents(SqlSealedRows[RequestContent]):
    """Words of requests, one row for each request."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, request_contents, RequestContent)
