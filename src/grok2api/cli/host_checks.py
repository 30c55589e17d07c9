"""What `doctor` finds about the machine: Python, the data directory, the key file, the port.

Must never make a file or listen for longer than it takes to see that it could.
"""

from __future__ import annotations

import errno
import os
import platform
import socket
import stat
import sys
from pathlib import Path
from typing import Final

import msgspec

import grok2api
from grok2api.cli.store_checks import Finding, key_file
from grok2api.config.extras import install_advice
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError
from grok2api.upstream.transport import Timeouts, Transport, TransportError

_OLDEST: Final = (3, 11)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ANY_HOST: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  only compared
_HEALTHY: Final = {"status": "ok"}
_REDIS_SECONDS: Final = 2.0


def python_version() -> Finding:
    """Tell whether Python is new enough."""
    if sys.version_info[:2] >= _OLDEST:
        return Finding("python", "ok", f"{platform.python_version()}, grok2api {grok2api.__version__}")
    return Finding("python", "mend", f"{platform.python_version()} is too old; 3.11 or newer is needed")


def data_directory(settings: Settings) -> Finding:
    """Tell whether the data directory can be written, by its owner alone."""
    path = Path(settings.storage.data_dir)
    if not path.exists():
        parent = next(each for each in path.absolute().parents if each.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            return Finding("data directory", "hint", f"{path} is not there yet; the first start makes it")
        return Finding("data directory", "mend", f"{path} cannot be made: {parent} is not writable")
    if not path.is_dir():
        return Finding("data directory", "mend", f"{path} is no directory; see storage.data_dir")
    if not os.access(path, os.W_OK | os.X_OK):
        return Finding(
            "data directory", "mend", f"{path} is not writable; change its owner or storage.data_dir"
        )
    if _open_to_others(path):
        return Finding("data directory", "mend", f"others can look into {path}; run: chmod 700 {path}")
    return Finding("data directory", "ok", str(path))


def secret_file(settings: Settings) -> Finding:
    """Tell whether the secret key is there and private."""
    path = key_file(settings)
    if path is None:
        return Finding("secret key", "ok", "from the settings (GROK2API_SECRET_KEY)")
    if not path.exists():
        return Finding("secret key", "hint", f"{path} is not there yet; the first start makes it")
    if not os.access(path, os.R_OK):
        return Finding("secret key", "mend", f"{path} cannot be read; change its owner")
    if _open_to_others(path):
        return Finding("secret key", "mend", f"others can read {path}; run: chmod 600 {path}")
    return Finding("secret key", "ok", f"{path}; keep a copy of it apart from backups of the store")


async def port(settings: Settings) -> Finding:
    """Tell whether the server can listen, or does already."""
    host, number = settings.server.host, settings.server.port
    trouble = _listening_trouble(host, number)
    if trouble is None:
        return Finding("port", "ok", f"{host}:{number} is free" if number else "any free one")
    if trouble.errno == errno.EADDRINUSE and await _answers(host, number):
        return Finding("port", "ok", f"a grok2api answers on {host}:{number}")
    if trouble.errno == errno.EADDRINUSE:
        return Finding("port", "mend", f"another program listens on {host}:{number}; set SERVER_PORT")
    return Finding("port", "mend", f"{host}:{number} cannot be listened on ({trouble.strerror})")


async def shared_state(settings: Settings) -> list[Finding]:
    """Tell whether Redis answers, if it is to hold what workers share."""
    url, name = settings.storage.redis_location(), "shared state"
    if not url:
        return []
    try:
        from grok2api.storage.redis_state.client import trouble_with  # noqa: PLC0415  an extra

        trouble = await trouble_with(url, seconds=_REDIS_SECONDS)
    except ModuleNotFoundError:
        return [Finding(name, "mend", f"the driver of Redis is missing; {install_advice('redis')}")]
    except ConfigError as error:
        return [Finding(name, "mend", str(error))]
    if trouble:
        advice = "start it or mend REDIS_URL; until then each worker goes by its share of limits"
        return [Finding(name, "mend", f"Redis does not answer ({trouble}); {advice}")]
    return [Finding(name, "ok", "Redis answers")]


def _open_to_others(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & _OTHERS)


def _listening_trouble(host: str, number: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, number))
        except OSError as error:
            return error
    return None


async def _answers(host: str, number: int) -> bool:
    """Tell whether what listens there answers as our server does."""
    reached = _ANY_HOST.get(host, host)
    url = f"http://{f'[{reached}]' if ':' in reached else reached}:{number}/health"
    async with Transport(
        user_agent="grok2api doctor", timeouts=lambda: Timeouts(connect=2.0, silence=2.0)
    ) as transport:
        try:
            reply = await transport.open("GET", url, headers={"Accept": "application/json"})
            body = await reply.beginning()
            return bool(msgspec.json.decode(body) == _HEALTHY)
        except (TransportError, msgspec.DecodeError):
            return False
