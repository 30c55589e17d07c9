"""Starting: settings, store, sandbox if asked for, then uvicorn with one worker or several.

A worker is described by one picklable value, so that several workers start from the same facts as one.
Must never decide anything about a request.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn

from grok2api.config.loaded import Loaded
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError
from grok2api.kit.core_files import leave_no_core
from grok2api.observability.logging import configure_logging, get_logger
from grok2api.server.forwarding import Forwarded
from grok2api.server.lifespan import Worker
from grok2api.server.options import StartOptions
from grok2api.server.prepare import Prepared
from grok2api.server.protocol import GuardedHttpProtocol
from grok2api.server.sandbox_process import Sandbox, SandboxProcess
from grok2api.server.store_wait import prepared_when_there
from grok2api.server.supervisor import Supervisor
from grok2api.server.websocket_protocol import GuardedWebSocketProtocol

_BACKLOG = 4096
_WORKER_PATIENCE = 60
"""Seconds that a worker may take to answer its supervisor: it does so once it has imported everything, and
one that is killed for being slow on a busy machine comes no nearer."""
_PING_SECONDS = 20.0
_PONG_SECONDS = 60.0
DEFAULT_BASE_URL = Settings().grok.base_url


class StartFailed(Exception):
    """The worker did not start; the log says why."""


@dataclass(frozen=True, slots=True)
class WorkerFactory:
    """Makes the application in a worker process."""

    options: StartOptions
    sandbox: Sandbox | None
    boards: Path | None = None
    """Where the metrics of all workers are; None if there is one worker only."""

    def __call__(self) -> Forwarded:
        """Return the application."""
        loaded = self.options.load()
        configure_logging(loaded.settings.log.level, loaded.settings.log.format)
        worker = Worker(self.options, self.sandbox, self._end_sandbox, self.boards)
        return Forwarded(worker, loaded.settings.server.trusted_proxies)

    def _end_sandbox(self) -> None:
        get_logger("grok2api.server").info("live", reason="the first real credential ended the sandbox")
        if self.sandbox is not None:
            try:
                os.kill(self.sandbox.pid, signal.SIGTERM)
            except ProcessLookupError:
                return


def serve(options: StartOptions, announce: Callable[[Loaded, Prepared, Sandbox | None], None]) -> None:
    """Serve until a signal ends it.

    Args:
        announce: Told once what was found and made, right before the socket is served.

    Raises:
        ConfigError: it cannot start.
    """
    loaded = options.load()
    settings = loaded.settings
    configure_logging(settings.log.level, settings.log.format)
    leave_no_core()
    listener = _listen(settings)
    child = SandboxProcess()
    try:
        prepared = asyncio.run(prepared_when_there(settings, listener))
        sandbox = child.start() if _wants_sandbox(options, settings, prepared) else None
        announce(loaded, prepared, sandbox)
        with _boards(settings) as boards:
            _run(settings, WorkerFactory(options, sandbox, boards), listener)
    finally:
        child.stop()
        listener.close()


@contextmanager
def _boards(settings: Settings) -> Iterator[Path | None]:
    """Give the place where several workers keep their metrics for each other."""
    if settings.server.workers == 1:
        yield None
        return
    from grok2api.observability.metrics.places import server_directory  # noqa: PLC0415  not on Windows

    with server_directory(Path(settings.storage.data_dir).absolute() / "run" / "metrics") as directory:
        yield directory


def _wants_sandbox(options: StartOptions, settings: Settings, prepared: Prepared) -> bool:
    """Only where it was asked for, nothing real is there, and no other upstream was named."""
    return options.sandbox and not prepared.has_credential and settings.grok.base_url == DEFAULT_BASE_URL


def _listen(settings: Settings) -> socket.socket:
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"server.host/server.port = {host}:{port} cannot be listened on ({error.strerror}). "
            "Fix: stop the program that uses it, or set SERVER_PORT to another port."
        ) from None
    listener.set_inheritable(True)
    return listener


def _run(settings: Settings, factory: WorkerFactory, listener: socket.socket) -> None:
    config = uvicorn.Config(
        factory,
        factory=True,
        workers=settings.server.workers,
        http=GuardedHttpProtocol.with_deadline(settings.server.header_timeout),
        ws=GuardedWebSocketProtocol,
        ws_max_size=settings.server.max_body_mb * 1_048_576,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PONG_SECONDS,
        ws_per_message_deflate=False,  # each event would cost processor time, and an upload could be a bomb
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=settings.server.idle_timeout,
        proxy_headers=False,  # done by Forwarded, which notes before who connected
        timeout_worker_healthcheck=_WORKER_PATIENCE,
        timeout_graceful_shutdown=int(settings.server.drain_seconds) + 5,
        h11_max_incomplete_event_size=None,
    )
    if settings.server.workers > 1:
        Supervisor(config, [listener]).run()
    else:
        _run_alone(uvicorn.Server(config), listener)


def _run_alone(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve in this process until it is told to stop; that is a success, so the process exits with 0.

    uvicorn raises the signal again once it has shut down. With the default handler the process would die of
    it, and what `serve` has started would not be ended.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, stop)
    server.run(sockets=[listener])
    if not server.started:
        raise StartFailed
