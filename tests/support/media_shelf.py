"""Puts media where a running gateway keeps it, as another worker of the same server would."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from grok2api.accounting.client_keys import key_hash, new_client_key
from grok2api.kit.clock import SystemClock
from grok2api.kit.secretbox import KeyRing
from grok2api.media.disk import LocalDisk, host_of
from grok2api.media.library import MediaLibrary, MediaRules, Places
from grok2api.media.links import Links
from grok2api.media.names import name_of
from grok2api.server.prepare import PEPPER_PURPOSE
from grok2api.storage.open import open_records
from grok2api.storage.records import Asset, AssetKind
from grok2api.storage.stores import Records
from support.media_bench import a_clip
from support.processes import Gateway

Result = TypeVar("Result")
MEBIBYTE = 1_048_576


@dataclass
class MediaShelf:
    """The media of a gateway.

    Attributes:
        data: Its data directory, as this process reaches it.
        address: Under which links are made.
    """

    data: Path
    address: str
    spare: int = 0
    ring: KeyRing = field(init=False)

    def __post_init__(self) -> None:
        self.ring = KeyRing((self.data / "secret.key").read_text().strip())

    @classmethod
    def of(cls, gateway: Gateway) -> MediaShelf:
        return cls(gateway.directory / "data", gateway.url)

    def owner_of(self, client_key: str) -> str:
        """Return the id of a client key from the settings."""
        return f"key_{key_hash(client_key, self.ring.derive(PEPPER_PURPOSE))[:16]}"

    def new_key(self) -> tuple[str, str]:
        """Make a client key; return its id and the key."""
        key, plain = new_client_key("another", pepper=self.ring.derive(PEPPER_PURPOSE), now=time.time())
        self._run(lambda records: records.keys.add(key))
        return key.id, plain

    def keep(self, content: bytes, *, kind: AssetKind = "image", owner: str = "key_1") -> Asset:
        """Keep something."""
        return self._run(lambda records: self._library(records).keep(content, owner=owner, kind=kind))

    def keep_large(self, size: int) -> Asset:
        """Keep a clip of this size, of which only the beginning takes room on the disk."""
        asset = self.keep(a_clip(4096), kind="video")
        grown = Asset(
            id=secrets.token_hex(16),
            owner=asset.owner,
            kind="video",
            mime=asset.mime,
            size=size,
            etag=asset.etag,
            created_at=asset.created_at,
            last_used_at=asset.last_used_at,
            host=asset.host,
        )
        path = self.file(grown)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(self.file(asset).read_bytes())
        with path.open("r+b") as file:
            file.truncate(size)
        self._run(lambda records: records.assets.add(grown))
        return grown

    def add(self, asset: Asset) -> None:
        """Keep a record without its bytes."""
        self._run(lambda records: records.assets.add(asset))

    def known(self, asset: Asset) -> Asset | None:
        """Return what the records say."""
        return self._run(lambda records: records.assets.get(asset.id))

    def file(self, asset: Asset) -> Path:
        return self.data / "media" / name_of(asset)

    def link(self, asset: Asset, *, ago: float = 0.0, hours: float = 24.0) -> str:
        """Return the path and query of a link that was made some seconds ago."""
        made = Links(self.ring, hours=lambda: hours).link("", asset.id, now=time.time() - ago)
        assert made.startswith("/v1/media/")
        return made

    def _library(self, records: Records) -> MediaLibrary:
        root = self.data / "media"
        host = host_of(root)
        places = Places(root=root, host=host, backends={host: LocalDisk(root)})
        rules = MediaRules(limit=1024 * MEBIBYTE, spare=self.spare)
        return MediaLibrary(records.assets, places, SystemClock(), rules=lambda: rules)

    def _run(self, work: Callable[[Records], Awaitable[Result]]) -> Result:
        async def done() -> Result:
            records = await open_records("local", "", self.data)
            try:
                return await work(records)
            finally:
                await records.close()

        return asyncio.run(done())
