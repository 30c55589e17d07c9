"""Conversations of client keys that want them kept: sealed rows that are looked up by a hash.

Must never know what a row says, nor join two of them: which follows which is sealed as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.storage.records import Transcript
from grok2api.storage.sql.sealed_rows import SqlSealedRows
from grok2api.storage.sql.tables import transcripts

if TYPE_CHECKING:
    from grok2api.storage.sql.engine import Database


class SqlTranscripts(SqlSealedRows[Transcript]):
    """Sealed conversations, one row for each response."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, transcripts, Transcript)
