"""The key that opens a store which is reached below its verbs.

Must never make a key file, and never let a store be touched whose secrets the key at hand does not open.
"""

from __future__ import annotations

from typing import Final

from grok2api.cli.store_checks import key_file
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError
from grok2api.kit.secretbox import KeyRing, SealBroken, SecretBox
from grok2api.server.secret_key import load_key_ring
from grok2api.storage.canary import CANARY, CANARY_CONTEXT
from grok2api.storage.transfer.porter import Porter

_UNSEALED: Final = "a store in which nothing is sealed needs no key at all"
"""Stands for the key of a store that has none yet; nothing is ever sealed with it."""


async def box_for(settings: Settings, store: Porter) -> SecretBox:
    """Return what opens the secrets of a store.

    Raises:
        ConfigError: The key is missing, or is not the one that sealed the store.
    """
    return SecretBox(await ring_for(settings, store))


async def ring_for(settings: Settings, store: Porter) -> KeyRing:
    """Return the key ring of the settings if it opens a store; errors as for `box_for`."""
    sealed = await store.fact(CANARY)
    if sealed is None:
        return KeyRing(_UNSEALED)
    path = key_file(settings)
    if path is not None and not path.exists():
        raise ConfigError(
            f"{path} is missing, and without it nothing in {store} opens; put it back, or set "
            "GROK2API_SECRET_KEY to what it held"
        )
    ring = load_key_ring(settings)
    try:
        SecretBox(ring).open(sealed, CANARY_CONTEXT)
    except SealBroken:
        raise ConfigError(
            f"GROK2API_SECRET_KEY: {store} was sealed with another secret key; put back the one that it was "
            "sealed with (nothing was changed)"
        ) from None
    return ring
