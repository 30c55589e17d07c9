"""Finds out at start whether the store was sealed with the key at hand, before anything is written.

Must never change a store that another key sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.errors import ConfigError
from grok2api.kit.secretbox import SealBroken, UnknownSealKey

if TYPE_CHECKING:
    from grok2api.kit.secretbox import SecretBox
    from grok2api.storage.stores import MetaStore

CANARY: Final = "canary"
CANARY_CONTEXT: Final = "meta/canary"
_SONG: Final = "grok2api"


async def check_canary(meta: MetaStore, box: SecretBox) -> None:
    """Return if `box` opens this store's canary, which is made at first use; else raise ConfigError."""
    sealed = await meta.get(CANARY)
    if sealed is None:
        sealed = await meta.put_if_absent(CANARY, box.seal(_SONG, CANARY_CONTEXT))
    try:
        box.open(sealed, CANARY_CONTEXT)
    except UnknownSealKey as error:
        raise ConfigError(
            "GROK2API_SECRET_KEY: this store was sealed with another secret key; put back the old "
            "GROK2API_SECRET_KEY or DATA_DIR/secret.key (nothing was changed)"
        ) from error
    except SealBroken as error:
        raise ConfigError(
            "storage: the store's canary is damaged, so its secrets cannot be trusted; restore the store "
            "from a backup (nothing was changed)"
        ) from error
