"""nginx, Caddy and HAProxy, started from the shipped files in front of a gateway."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import ssl
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.processes import ROOT, Gateway, free_port

_NGINX = """
{user}daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/grok2api.conf;
}}
"""


def find(name: str) -> str | None:
    """Return a server's program, also where only root has it on the path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")


def trusting_everyone() -> ssl.SSLContext:
    """Return how a client meets a certificate that nobody has signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass
class ReverseProxy:
    """One of them, running."""

    process: subprocess.Popen[bytes]
    url: str

    @classmethod
    def start(cls, name: str, folder: Path, *upstreams: str) -> Self:
        """Start `nginx`, `caddy` or `haproxy`; addresses and a certificate are put into its file."""
        program = find(name)
        assert program is not None
        folder.mkdir(parents=True)
        port = free_port()
        _certificate(folder)
        command = _STARTING[name](program, folder, port, [urlsplit(each).netloc for each in upstreams])
        with (folder / "output.log").open("wb") as output:
            environment = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        scheme = "http" if name == "haproxy" else "https"
        proxy = cls(process, f"{scheme}://localhost:{port}")
        proxy._await(folder)
        return proxy

    def _await(self, folder: Path) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with_tls(self.url + "/health")
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise AssertionError((folder / "output.log").read_text())

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=20)


def with_tls(url: str) -> tuple[int, bytes]:
    """GET an address of a proxy; return status and body."""
    with urllib.request.urlopen(url, timeout=5, context=trusting_everyone()) as answer:  # noqa: S310
        return answer.status, answer.read()


def client_of(gateway: Gateway) -> aiohttp.ClientSession:
    """Return a client with the gateway's key that trusts the proxy's certificate."""
    connector = aiohttp.TCPConnector(ssl=trusting_everyone(), limit=0)
    return aiohttp.ClientSession(connector=connector, headers=gateway.headers)


def _nginx(program: str, folder: Path, port: int, upstreams: list[str]) -> list[str]:
    text = (ROOT / "deploy" / "nginx" / "grok2api.conf").read_text(encoding="utf-8")
    for shipped, here in (
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        (
            "server 127.0.0.1:8000 max_fails=0;",
            " ".join(f"server {each} max_fails=0;" for each in upstreams),
        ),
        ("/etc/ssl/grok.example.com/fullchain.pem", f"{folder}/certificate.pem"),
        ("/etc/ssl/grok.example.com/privkey.pem", f"{folder}/key.pem"),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    (folder / "grok2api.conf").write_text(text, encoding="utf-8")
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(user=user, folder=folder), encoding="utf-8")
    start = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*start, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    return start


def _caddy(program: str, folder: Path, port: int, upstreams: list[str]) -> list[str]:
    text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    pair = f"{folder}/certificate.pem {folder}/key.pem"
    for shipped, here in (
        ("grok.example.com {", f"https://localhost:{port} {{\n\ttls {pair}"),
        ("127.0.0.1:8000", " ".join(upstreams)),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    file = folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{text}", encoding="utf-8")
    return [program, "run", "--config", str(file), "--adapter", "caddyfile"]


def _haproxy(program: str, folder: Path, port: int, upstreams: list[str]) -> list[str]:
    text = (ROOT / "deploy" / "haproxy" / "haproxy.cfg").read_text(encoding="utf-8")
    for shipped, here in (
        ("bind :8000", f"bind 127.0.0.1:{port}"),
        (
            "server-template replica 8 grok2api:8000",
            "\n    ".join(f"server replica{number} {each}" for number, each in enumerate(upstreams)),
        ),
        (" resolvers docker init-addr none", ""),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    file = folder / "haproxy.cfg"
    file.write_text(text, encoding="utf-8")
    return [program, "-db", "-f", str(file)]


_STARTING: Final = {"nginx": _nginx, "caddy": _caddy, "haproxy": _haproxy}


def _certificate(folder: Path) -> None:
    """Write a certificate for localhost that is good for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
