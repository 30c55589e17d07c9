"""A pasted key becomes a credential: checked, sealed, and recognisable without being opened.

Must never let a plain secret out: the record holds it sealed, a fingerprint finds it again, a hint shows it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from grok2api.errors import InvalidRequest
from grok2api.kit.ids import new_id
from grok2api.kit.secretbox import SecretBox
from grok2api.storage.records import Credential, Tier

_LONGEST_KEY: Final = 512
_SHOWN: Final = 4
_LONG_ENOUGH_TO_SHOW: Final = 16
_STRANGE: Final = re.compile("[^!-~]")


def secret_context(credential_id: str) -> str:
    """Return the context under which a credential's secret is sealed."""
    return f"credentials/{credential_id}/secret"


def fingerprint(key: str, pepper: bytes) -> str:
    """Return the keyed hash by which the same key is recognised: 64 hexadecimal digits."""
    return hmac.digest(pepper, key.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def hint(key: str) -> str:
    """Return the part of a key that may be shown."""
    prefix = "xai-" if key.startswith("xai-") else ""
    return f"{prefix}…{key[-_SHOWN:]}" if len(key) >= _LONG_ENOUGH_TO_SHOW else f"{prefix}…"


def new_credential(
    key: str,
    *,
    box: SecretBox,
    pepper: bytes,
    now: float,
    name: str = "",
    tier: Tier = "super",
    tags: tuple[str, ...] = (),
) -> Credential:
    """Return the record of an API key. Until upstream names its account, it is an account of its own.

    Args:
        key: The key, as pasted; white space around it is forgiven.
        box: Seals it.
        pepper: Key of the fingerprint.
        now: Wall time in seconds.
        name: What people call it; the hint if empty.
        tier: What it may be used for.
        tags: Free words.

    Raises:
        InvalidRequest: it cannot be a key.
    """
    checked = _checked(key)
    identifier, mark = new_id("cred"), fingerprint(checked, pepper)
    return Credential(
        id=identifier,
        kind="api_key",
        name=name or hint(checked),
        tier=tier,
        tags=tags,
        account_id=f"acct_{mark[:16]}",
        fingerprint=mark,
        hint=hint(checked),
        secret=box.seal(checked, secret_context(identifier)),
        created_at=now,
        updated_at=now,
    )


def _checked(key: str) -> str:
    stripped = key.strip()
    if not stripped:
        raise InvalidRequest("The key is empty.", param="key")
    if len(stripped) > _LONGEST_KEY:
        raise InvalidRequest(f"The key is longer than {_LONGEST_KEY} characters.", param="key")
    if _STRANGE.search(stripped):
        raise InvalidRequest(
            "The key holds white space or characters that no key has; paste it alone, on one line.",
            param="key",
        )
    return stripped
