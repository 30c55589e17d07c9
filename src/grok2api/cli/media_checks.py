"""What `doctor` finds about media: room on the disk, the bucket and what opens it, where links lead.

Must never write, never ask the bucket, and never show what stands in the environment, only the names there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from grok2api.cli.store_checks import Finding
from grok2api.config.checks import is_loopback
from grok2api.config.extras import install_advice
from grok2api.config.settings import Settings

_MEBIBYTE: Final = 1_048_576
_FOLDER: Final = "media"
_PAIRS: Final = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "az": ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"),
    "gs": ("GOOGLE_SERVICE_ACCOUNT",),
}
"""By the scheme of a bucket: variables that open it, and that belong together."""
_OTHER_WAYS: Final = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_STORAGE_SAS_TOKEN",
)


def media(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    """Return what is found about media."""
    findings = [media_disk(settings), media_links(settings)]
    if settings.media.store_url:
        findings.append(media_bucket(settings.media.store_url, environ))
    return findings


def media_disk(settings: Settings) -> Finding:
    """Tell whether there is room for media, and for as much of it as the settings allow."""
    folder = Path(settings.storage.data_dir).absolute()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free // _MEBIBYTE
    spare = settings.media.min_free_mb
    if free <= spare:
        return Finding(
            "media disk",
            "mend",
            f"{free} MiB are free, and media takes none of the last {spare} (media.min_free_mb): new "
            "pictures and clips are refused; make room",
        )
    room, limit = free - spare, settings.cache.limit_mb
    if settings.media.store_url:
        return Finding("media disk", "ok", f"room for {room} MiB on their way to the bucket")
    if not (limit and settings.cache.enable_auto_clean):
        return Finding("media disk", "ok", f"room for {room} MiB; nothing limits media by its size")
    wanted = limit - _held(folder / _FOLDER)
    if room < wanted:
        return Finding(
            "media disk",
            "hint",
            f"room for {room} MiB more, and cache.limit_mb = {limit} allows {wanted}; lower it, or make room",
        )
    return Finding("media disk", "ok", f"room for {room} MiB; cache.limit_mb = {limit}")


def media_links(settings: Settings) -> Finding:
    """Tell whether clients can follow the links that they are given."""
    if settings.media.links == "upstream":
        return Finding("media links", "ok", "xAI's own (media.links)")
    if settings.storage.type != "local" and not settings.media.store_url:
        return Finding(
            "media links",
            "hint",
            "a file lies on the host that made it, and other hosts answer 404; "
            "with several hosts set media.store_url",
        )
    if settings.app.app_url:
        return Finding("media links", "ok", f"lead to {settings.app.app_url}")
    if is_loopback(settings.server.host) and not settings.server.trusted_proxies:
        return Finding("media links", "ok", "lead to this machine; behind a proxy set app.app_url")
    return Finding(
        "media links",
        "hint",
        "lead to whatever host a request names, since app.app_url is empty; set it to the address of clients",
    )


def media_bucket(url: str, environ: Mapping[str, str]) -> Finding:
    """Tell whether the bucket's address and the environment can open it; nothing is asked of it."""
    scheme = url.partition("://")[0]
    if importlib.util.find_spec("obstore") is None:
        return Finding("media bucket", "mend", f"the package obstore is missing; {install_advice('s3')}")
    pair = _PAIRS.get(scheme, ())
    missing = [name for name in pair if not environ.get(name, "").strip()]
    if not missing:
        return Finding("media bucket", "ok", f"{url}; opened by {' and '.join(pair)}" if pair else url)
    if len(missing) < len(pair):
        return Finding("media bucket", "mend", f"{missing[0]} is not set, and {url} needs it")
    others = [name for name in _OTHER_WAYS if environ.get(name, "").strip()]
    if others:
        return Finding("media bucket", "ok", f"{url}; opened by {others[0]}")
    return Finding(
        "media bucket",
        "hint",
        f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set: {url} opens only if this "
        "machine has a role that may",
    )


def _held(folder: Path) -> int:
    """Return the MiB that lie in a folder; what goes away meanwhile counts as nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(where) / name).lstat().st_size
            except OSError:
                continue
    return total // _MEBIBYTE
