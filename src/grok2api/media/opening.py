"""From the settings to the places where media lie: the one module that knows which there are.

Must never put what opens a bucket into an error: it stands in the environment, and stays there.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from grok2api.config.extras import install_advice
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError
from grok2api.media.backends import Backend
from grok2api.media.disk import LocalDisk, host_of
from grok2api.media.library import Places
from grok2api.storage.stores import MetaStore

_FOLDER: Final = "media"
_NAMESPACE: Final = "media namespace"
OBJECT_STORAGE: Final = ""
"""Who holds what lies in object storage."""


async def open_places(settings: Settings, meta: MetaStore) -> Places:
    """Return the places of these settings; the disk is one of them, for what was kept there before.

    In object storage everything lies under a name that the records remember, so that two services that share
    a bucket never take each other's media for leftovers.

    Raises:
        ConfigError: the folder cannot be used, or the object storage cannot be set up.
        StorageError: the records do not answer.
    """
    root = Path(settings.storage.data_dir) / _FOLDER
    host = _host(root, settings)
    backends: dict[str, Backend] = {host: LocalDisk(root)}
    if url := settings.media.store_url:
        namespace = await meta.put_if_absent(_NAMESPACE, secrets.token_hex(8))
        backends[OBJECT_STORAGE] = _object_storage(url, namespace)
        host = OBJECT_STORAGE
    return Places(root=root, host=host, backends=backends)


def _host(root: Path, settings: Settings) -> str:
    try:
        return host_of(root)
    except OSError as error:
        raise ConfigError(
            f"storage.data_dir = '{settings.storage.data_dir}': {root} cannot be used ({error.strerror}). "
            "Fix: make the directory writable."
        ) from error


def _object_storage(url: str, namespace: str) -> Backend:
    try:
        from grok2api.media.objects import open_bucket  # noqa: PLC0415  the extra may not be installed
    except ImportError:
        raise ConfigError(
            f"media.store_url = '{url}': object storage needs the package obstore. "
            f"Fix: {install_advice('s3')}; or leave the setting out."
        ) from None
    return open_bucket(url, namespace)
