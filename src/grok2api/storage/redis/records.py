"""The records of one Redis, put together from their stores.

Must never let a type of the driver out of this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.storage.records import Changes
from grok2api.storage.redis.access import RedisAnswers, RedisOperators, RedisSecondFactors, RedisTokens
from grok2api.storage.redis.assets import RedisAssets
from grok2api.storage.redis.attempts import RedisAttempts
from grok2api.storage.redis.audit import RedisAudit
from grok2api.storage.redis.budgets import RedisBudgets
from grok2api.storage.redis.claims import RedisClaims
from grok2api.storage.redis.contents import RedisContents
from grok2api.storage.redis.credentials import RedisCredentials
from grok2api.storage.redis.files import RedisFiles
from grok2api.storage.redis.jobs import RedisJobs
from grok2api.storage.redis.live import RedisLive
from grok2api.storage.redis.meta import RedisMeta
from grok2api.storage.redis.revised import RedisKeys, RedisModels
from grok2api.storage.redis.runs import RedisRuns
from grok2api.storage.redis.sessions import RedisSessions
from grok2api.storage.redis.settings import RedisSettings
from grok2api.storage.redis.transcripts import RedisTranscripts
from grok2api.storage.redis.usage import RedisUsage
from grok2api.storage.redis.videos import RedisVideos

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.redis.link import Link


class RedisRecords:
    """The records of one Redis, whose schema is this version's."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.credentials = RedisCredentials(link)
        self.keys = RedisKeys(link)
        self.settings = RedisSettings(link)
        self.models = RedisModels(link)
        self.usage = RedisUsage(link)
        self.live = RedisLive(link)
        self.claims = RedisClaims(link)
        self.jobs = RedisJobs(link)
        self.runs = RedisRuns(link)
        self.sessions = RedisSessions(link)
        self.operators = RedisOperators(link)
        self.second_factors = RedisSecondFactors(link)
        self.tokens = RedisTokens(link)
        self.answers = RedisAnswers(link)
        self.attempts = RedisAttempts(link)
        self.audit = RedisAudit(link)
        self.transcripts = RedisTranscripts(link)
        self.contents = RedisContents(link)
        self.videos = RedisVideos(link)
        self.assets = RedisAssets(link)
        self.files = RedisFiles(link)
        self.budgets = RedisBudgets(link)
        self.meta = RedisMeta(link)

    async def changes_since(self, revision: int) -> Changes:
        """Return what changed after `revision`.

        A Redis that was started anew may have lost its last changes and given their revisions out again, so
        every reader is told everything then.
        """
        present, *told = await self._link.ask("changes", "since", revision=str(revision))
        if not told:
            return Changes(revision=int(present))
        reset, credentials, keys, settings, models, gone = told
        return Changes(
            revision=int(present),
            credentials=await self.credentials.these(credentials),
            deleted_credentials=_deleted(gone, b"credential:"),
            keys=await self.keys.these(keys),
            deleted_keys=_deleted(gone, b"key:"),
            settings=await self.settings.these(settings),
            deleted_settings=_deleted(gone, b"setting:"),
            models=await self.models.these(models),
            deleted_models=_deleted(gone, b"model:"),
            reset=bool(reset),
        )

    async def ping(self) -> None:
        """Return if Redis answers."""
        await self._link.get("GET", self._link.key("revision"))

    async def close(self) -> None:
        """Close every connection."""
        await self._link.close()


def _deleted(tombstones: Sequence[bytes], kind: bytes) -> tuple[str, ...]:
    """Return the ids of one kind among tombstones, in the order of their deletions."""
    return tuple(each.removeprefix(kind).decode() for each in tombstones if each.startswith(kind))
