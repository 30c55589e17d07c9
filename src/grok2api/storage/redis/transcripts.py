"""Conversations of client keys that want them kept: sealed rows that are looked up by a hash.

Must never know what a row says, nor join two of them: which follows which is sealed as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.storage.records import Transcript
from grok2api.storage.redis.sealed_rows import RedisSealedRows

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link


class RedisTranscripts(RedisSealedRows[Transcript]):
    """Sealed conversations, one row for each response."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, "transcripts", "transcript", Transcript)
