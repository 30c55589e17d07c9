"""Settings that the store holds, with a version for every change of them.

The versions are a list of texts, in which that with number n is the n-th. Must never keep a part of a change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.storage.records import Conflict, SettingOverride
from grok2api.storage.redis.codec import Codec
from grok2api.storage.redis.revised import TOMBSTONES_KEPT, RevisedRows, list_of
from grok2api.storage.versions import SettingVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.redis.link import Link


class RedisSettings(RevisedRows[SettingOverride]):
    """Settings changed while the server runs."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, Codec(SettingOverride), "setting")
        self._versions = Codec(SettingVersion)
        self._versions_key = link.key("settings:versions")

    async def put(self, setting: SettingOverride, /) -> SettingOverride:
        """Keep an override, in place of the one with this path if there is one."""
        return await self._put(setting.path, setting, make=True)

    async def apply(
        self, version: SettingVersion, overrides: Sequence[SettingOverride], removed: Sequence[str], /
    ) -> None:
        """Keep some overrides, forget others and note the version, all or nothing; Conflict if not next."""
        kept = await self._write(
            "apply",
            rows=[(each.path, self._codec.encode(each)) for each in overrides],
            ids=list_of(removed),
            tombstones=TOMBSTONES_KEPT,
            version=self._versions.encode_whole(version),
            last=str(version.number - 1),
        )
        if not kept:
            raise Conflict("another version is the next one")

    async def version(self, number: int, /) -> SettingVersion | None:
        """Return a version."""
        found = await self._link.get("LINDEX", self._versions_key, number - 1) if number > 0 else None
        return None if found is None else self._versions.decode_whole(found)

    async def versions(self, limit: int, /, *, before: int | None = None) -> tuple[SettingVersion, ...]:
        """Return the newest versions, newest first, or the newest before a number."""
        end = int(await self._link.get("LLEN", self._versions_key))
        end = end if before is None else min(end, before - 1)
        start = max(end - limit, 0)
        rows = await self._link.get("LRANGE", self._versions_key, start, end - 1) if end > start else ()
        return tuple(self._versions.decode_whole(each) for each in reversed(rows))
