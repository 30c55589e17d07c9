"""The proxy of a credential as it lies in the store: sealed, since its URL may hold a password.

A record that an older version wrote in the clear still reads. Must never take a proxy that does not open for
none: calls would go out from an address that somebody wanted hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grok2api.kit.secretbox import SecretBox, is_sealed
from grok2api.storage.records import Credential


def proxy_context(credential_id: str) -> str:
    """Return the context under which a credential's proxy is sealed."""
    return f"credentials/{credential_id}/proxy"


def seal_proxy(url: str, credential_id: str, box: SecretBox) -> str:
    """Return what is kept of a proxy's URL; nothing of none."""
    return box.seal(url, proxy_context(credential_id)) if url else ""


def open_proxy(record: Credential, box: SecretBox) -> str:
    """Return the URL of a record's proxy, empty if it has none.

    Raises:
        SealBroken: it was sealed under another key, or for another credential.
    """
    stored = record.proxy
    return box.open(stored, proxy_context(record.id)) if is_sealed(stored) else stored


def with_sealed_proxy(changes: Mapping[str, object], credential_id: str, box: SecretBox) -> dict[str, Any]:
    """Return changes of a record as they are kept: a proxy among them is sealed."""
    url = changes.get("proxy")
    if not isinstance(url, str):
        return dict(changes)
    return {**changes, "proxy": seal_proxy(url, credential_id, box)}
