"""What is measured, and how each of it is started: the stub itself, nginx, our gateway, LiteLLM.

A target listens on 127.0.0.1 and forwards to the stub. Every one has its files in the run's temporary
directory; nothing of the machine's own nginx, settings or data is read or touched.
"""

from __future__ import annotations

import http.client
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.processes import BenchError, Server, free_port, memory_mb
from bench.scenarios import CLIENT_KEY, MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.processes import Cores, Tools

ROOT = Path(__file__).resolve().parents[1]
UPSTREAM_KEY = "xai-bench-key"
OWN_VARIABLES = ("GROK2API_", "SERVER_", "REDIS_", "DATABASE_", "XAI_", "DATA_DIR", "LOG_LEVEL")


@dataclass(frozen=True, slots=True)
class Target:
    """One thing under test; without a `pid` its CPU and memory are not known."""

    name: str
    port: int
    server: Server | None = None
    pid: int | None = None
    startup_s: float | None = None
    idle_mb: float | None = None
    peer: bool = False
    """A peer is slow by comparison: it gets the short loads, once, on the chat surface only."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What every target is started upon."""

    stub_port: int
    directory: Path
    cores: Cores
    open_files: int

    def new_directory(self, name: str) -> Path:
        """Make an empty directory for one start of a target."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.directory))


def get(port: int, path: str, timeout_s: float = 2.0) -> tuple[int, bytes]:
    """Fetch a path of 127.0.0.1; status 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def await_ready(name: str, server: Server, port: int, path: str, limit_s: float) -> float:
    """Wait until a GET answers 200 and return the seconds it took.

    Raises:
        BenchError: It ended, or was not ready in time; the message holds the end of its log.
    """
    start = time.monotonic()
    while time.monotonic() - start < limit_s:
        if get(port, path)[0] == 200:
            return time.monotonic() - start
        if not server.running():
            break
        time.sleep(0.005)
    state = "did not answer in time" if server.running() else f"ended with code {server.process.returncode}"
    lines = server.last_lines()
    server.stop()
    raise BenchError(f"{name} {state}: GET {path} on port {port}. The end of its log:\n{lines}")


def _ready_target(
    name: str, server: Server, port: int, path: str, limit_s: float, *, peer: bool = False
) -> Target:
    startup = await_ready(name, server, port, path, limit_s)
    time.sleep(0.3)
    return Target(name, port, server, server.pid, startup, memory_mb(server.pid), peer)


def start_stub(tools: Tools, ground: Ground) -> Target:
    """Start the upstream; as a target it is `direct`, with no CPU figures of its own."""
    log = ground.directory / "stub.log"
    server = Server([str(tools.stub), str(ground.stub_port)], log=log, core=ground.cores.load)
    await_ready("the stub", server, ground.stub_port, "/stub/stats", 5)
    return Target("direct", ground.stub_port, server)


def find_nginx() -> str | None:
    """Return the nginx binary, also where only root has it on the path."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")


NGINX_CONFIG = """
{user}daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections {files}; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_max_body_size 64m;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    tcp_nodelay on;
    upstream stub {{
        server 127.0.0.1:{stub_port};
        keepalive 1024;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://stub;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Authorization "Bearer {key}";
            proxy_buffering off;
            proxy_read_timeout 600s;
        }}
    }}
}}
"""


def start_nginx(binary: str, ground: Ground) -> Target:
    """Start nginx as a plain reverse proxy with one worker, from a configuration of our own."""
    directory = ground.new_directory("nginx")
    port = free_port()
    config = directory / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""
    config.write_text(
        NGINX_CONFIG.format(
            user=user,
            files=min(ground.open_files, 16384),
            directory=directory,
            stub_port=ground.stub_port,
            port=port,
            key=UPSTREAM_KEY,
        )
    )
    command = [binary, "-p", str(directory), "-e", str(directory / "error.log"), "-c", str(config)]
    server = Server(command, log=directory / "output.log", core=ground.cores.target)
    return _ready_target("nginx", server, port, "/v1/models", 10)


def start_gateway(ground: Ground, extra: Mapping[str, str]) -> Target:
    """Start our gateway as a user would: `main.py serve` in an empty directory, settings by environment."""
    directory = ground.new_directory("gateway")
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.upper().startswith(OWN_VARIABLES)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment |= {
        "DATA_DIR": str(directory / "data"),
        "SERVER_WORKERS": "1",
        "XAI_API_KEY": UPSTREAM_KEY,
        "GROK2API_GROK__BASE_URL": f"http://127.0.0.1:{ground.stub_port}/v1",
        "GROK2API_APP__API_KEY": CLIENT_KEY,
        "GROK2API_PERFORMANCE__MAX_CONCURRENT": "10000",
        "LOG_LEVEL": "WARNING",
        **extra,
    }
    main = ROOT / "main.py"
    if not main.exists():
        raise BenchError(f"the gateway cannot be started: {main} does not exist.")
    command = [sys.executable, str(main), "serve", "--host", "127.0.0.1", "--port", str(port)]
    server = Server(
        command,
        log=directory / "gateway.log",
        core=ground.cores.target,
        environment=environment,
        directory=directory,
    )
    return _ready_target("gateway", server, port, "/ready", 30)


LITELLM_CONFIG = """
model_list:
  - model_name: {model}
    litellm_params:
      model: openai/grok-4.3
      api_base: http://127.0.0.1:{stub_port}/v1
      api_key: {upstream_key}
general_settings:
  master_key: {client_key}
"""


def start_litellm(venv: Path, ground: Ground) -> Target:
    """Start LiteLLM's proxy from the virtual environment given.

    Raises:
        BenchError: That environment has no `litellm` command.
    """
    binary = venv / "bin" / "litellm"
    if not binary.exists():
        raise BenchError(f"no LiteLLM proxy at {binary}: install it there with pip install 'litellm[proxy]'.")
    directory = ground.new_directory("litellm")
    port = free_port()
    config = directory / "config.yaml"
    config.write_text(
        LITELLM_CONFIG.format(
            model=MODEL, stub_port=ground.stub_port, upstream_key=UPSTREAM_KEY, client_key=CLIENT_KEY
        )
    )
    server = Server(
        [
            str(binary),
            "--config",
            str(config),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--num_workers",
            "1",
        ],
        log=directory / "litellm.log",
        core=ground.cores.target,
        environment=os.environ | {"LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR"},
        directory=directory,
    )
    return _ready_target("litellm", server, port, "/health/readiness", 90, peer=True)
