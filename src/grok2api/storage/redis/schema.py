"""Which version wrote the keys, and how those of an older one are brought up to date.

Must never touch a store that a newer version wrote. A step may be repeated: a process that dies half-way
leaves the old number behind, and the next one begins anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from grok2api.storage.redis.link import Link

    Step = Callable[[Link], Awaitable[None]]

VERSION: Final = 1
STEPS: Final[Mapping[int, Step]] = {}
"""What brings a store to each version from the one before."""

_NAME: Final = "schema"
_NONE: Final = 0


async def present_version(link: Link, newest: int = VERSION) -> int:
    """Return the version of the keys, 0 if there are none; ConfigError if it is an unknown one."""
    kept = await link.get("GET", link.key(_NAME))
    present = _NONE if kept is None else int(kept)
    if present > newest:
        raise ConfigError(
            f"database: its schema {present} is unknown to this grok2api, which knows up to {newest}; "
            "start the newer version that wrote it, or restore a backup; nothing was changed"
        )
    return present


async def upgrade(link: Link, newest: int = VERSION, steps: Mapping[int, Step] = STEPS) -> None:
    """Bring the keys to the newest version; ConfigError if a newer one wrote them."""
    present = await present_version(link, newest)
    if present == _NONE:
        await link.change(("SET", link.key(_NAME), newest, "NX"))
        return
    for version in range(present + 1, newest + 1):
        await steps[version](link)
        await link.change(("SET", link.key(_NAME), version))
