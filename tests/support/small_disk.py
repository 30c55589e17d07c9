"""A gateway whose data lies on a disk of a few megabytes that is filled to the last byte (Linux).

The disk is mounted in a namespace of its own, so that no rights are needed and nothing is left behind. What
happens there is told by a program that runs inside, this very module: one line of JSON with what was seen.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from grok2api.errors import MediaStoreFull
from grok2api.storage.records import Asset
from support.media_bench import MEBIBYTE, a_clip, a_picture
from support.media_shelf import MediaShelf
from support.processes import Gateway, request
from support.raw_http import message, send

SIZE = 24 * MEBIBYTE
SPARE = 6 * MEBIBYTE
TESTS = Path(__file__).resolve().parents[1]
_MOUNT = 'mount -t tmpfs -o size="$1",mode=700 tmpfs "$2" && shift 2 && exec "$@"'
Seen = dict[str, Any]


def can_mount() -> bool:
    """Tell whether this machine lets anybody have a namespace with a disk of its own."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return tried.returncode == 0


def see(directory: Path, upstream: str) -> Seen:
    """Have everything happen on a small disk under `directory`; return what was seen, step by step."""
    (directory / "data").mkdir(parents=True)
    inside = [sys.executable, "-m", "support.small_disk", str(directory), upstream]
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", _MOUNT, "sh", str(SIZE), str(directory / "data"), *inside],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent / "src")))},
    )
    assert ran.returncode == 0, ran.stderr
    seen: Seen = json.loads(ran.stdout.splitlines()[-1])
    return seen


class _Disk:
    """The disk, seen from inside."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._data = gateway.directory / "data"
        self._ballast = self._data / "ballast"
        self._shelf = MediaShelf.of(gateway)
        self._link = self._shelf.link(self._shelf.keep(a_picture()))

    def told(self) -> Seen:
        """Return what the server answers, how much room there is, and what lies half on the way."""
        place = os.statvfs(self._data)
        return {
            "models": request("GET", f"{self._gateway.base_url}/models", headers=self._gateway.headers)[0],
            "ready": request("GET", f"{self._gateway.url}/ready")[0],
            "picture": send(self._gateway.url, message("GET", self._link)).status,
            "free": place.f_bavail * place.f_frsize,
            "half files": len(list((self._data / "media" / "incoming").iterdir())),
        }

    def keep(self, size: int, spare: int = 0) -> Asset | str:
        """Keep a clip; return it, or the code of the refusal."""
        self._shelf.spare = spare
        try:
            return self._shelf.keep(a_clip(size), kind="video")
        except MediaStoreFull as refused:
            return f"{refused.status} {refused.code}"

    def fill(self) -> None:
        """Leave not a byte."""
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def relieve(self) -> None:
        """Take back what `fill` took."""
        self._ballast.unlink()

    def serves(self, asset: Asset) -> bool:
        """Tell whether a link to a clip gives it whole."""
        reply = send(self._gateway.url, message("GET", self._shelf.link(asset)))
        return reply.body == a_clip(asset.size)


def _happen(disk: _Disk) -> Seen:
    seen: Seen = {"kept": 0}
    while isinstance(refusal := disk.keep(MEBIBYTE, SPARE), Asset):
        seen["kept"] += 1
    seen["refused for the database"] = refusal
    seen["with room for the database"] = disk.told()
    seen["refused in the middle"] = disk.keep(SIZE)
    seen["after a half file"] = disk.told()
    disk.fill()
    seen["refused without a byte"] = disk.keep(MEBIBYTE)
    seen["without a byte"] = disk.told()
    disk.relieve()
    again = disk.keep(MEBIBYTE)
    seen["served again"] = isinstance(again, Asset) and disk.serves(again)
    return seen


def main() -> None:
    """Run inside the namespace."""
    directory, upstream = Path(sys.argv[1]), sys.argv[2]
    gateway = Gateway.start(
        directory,
        upstream=upstream,
        keys=("xai-sandbox-alice",),
        environment={"GROK2API_MEDIA__MIN_FREE_MB": str(SPARE // MEBIBYTE)},
    )
    try:
        seen = _happen(_Disk(gateway))
    finally:
        gateway.stop()
    sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main()
