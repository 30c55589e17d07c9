"""Where the one secret comes from that seals all the others.

`GROK2API_SECRET_KEY` if it is set; else DATA_DIR/secret.key, made at the first start and readable by its
owner only. Must never be printed, and never be replaced: what it sealed would be lost.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from grok2api.config.settings import Settings
from grok2api.errors import ConfigError
from grok2api.kit.secretbox import KeyRing

_FILE = "secret.key"


def load_key_ring(settings: Settings) -> KeyRing:
    """Return the key ring; make the key file at the first start.

    Raises:
        ConfigError: the file cannot be read, written, or is too short.
    """
    if settings.secrets.key:
        return KeyRing(settings.secrets.key, settings.secrets.previous_keys)
    path = Path(settings.storage.data_dir) / _FILE
    try:
        return KeyRing(_read_or_make(path), settings.secrets.previous_keys)
    except OSError as error:
        raise ConfigError(
            f"storage.data_dir = '{settings.storage.data_dir}': {path} cannot be used ({error.strerror}). "
            "Fix: make the directory writable, or set GROK2API_SECRET_KEY."
        ) from error
    except ValueError:
        raise ConfigError(
            f"{path} holds fewer than 32 characters. Fix: put back the right file; without it nothing that "
            "was sealed can be opened."
        ) from None


def _read_or_make(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    made = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(made + "\n")
        file.flush()
        os.fsync(file.fileno())
    return made
