"""Words of requests of client keys whose words are kept: sealed rows that are looked up by a hash.

Must never know what a row says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.storage.contents import RequestContent
from grok2api.storage.redis.sealed_rows import RedisSealedRows

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link


class RedisContents(RedisSealedRows[RequestContent]):
    """Words of requests, one row for each request."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, "contents", "content", RequestContent)
