"""The root of a store: the secret from which hashes and ids given to clients are derived, whatever seals.

It is the secret that sealed the store first. Until keys are rotated, the store's canary tells which one on
the ring that was; a rotation writes the root down, sealed, before it seals the canary anew. So client keys,
fingerprints and ids stay valid when the sealing key changes. Must never lie in the store unsealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.errors import ConfigError
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.storage.canary import CANARY, CANARY_CONTEXT

if TYPE_CHECKING:
    from grok2api.kit.secretbox import KeyRing
    from grok2api.storage.stores import MetaStore

ROOT: Final = "root"
ROOT_CONTEXT: Final = "meta/root"

SEALED_FACTS: Final = ((ROOT, ROOT_CONTEXT), (CANARY, CANARY_CONTEXT))
"""Facts that are sealed, in the order in which a rotation seals them anew: the canary is last, because until
the root is written down, the canary tells which secret it is."""


async def rooted_ring(ring: KeyRing, meta: MetaStore) -> KeyRing:
    """Return the ring with the store's root; the same ring where nothing is sealed yet.

    Raises:
        ConfigError: No key on the ring opens the root.
    """
    canary = await meta.get(CANARY)  # before the root, since a rotation writes the root first
    written = await meta.get(ROOT)
    try:
        if written is not None:
            return ring.rooted(SecretBox(ring).open(written, ROOT_CONTEXT))
        return ring if canary is None else ring.rooted(ring.maker(canary))
    except SealBroken as error:
        raise ConfigError(
            "storage: the store's root secret does not open, so client keys and ids would not be known; put "
            "back the GROK2API_SECRET_KEY that sealed it, or restore the store from a backup"
        ) from error


async def write_root(ring: KeyRing, meta: MetaStore) -> None:
    """Write the root of a rooted ring down, unless it is written already."""
    await meta.put_if_absent(ROOT, SecretBox(ring).seal(ring.root, ROOT_CONTEXT))
