"""What a worker is asked so that it reads all of its settings: each endpoint, each job, the console's doors.

What comes of it is judged elsewhere; here it only has to go well. Must never leave anything running.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
import msgspec

from grok2api.kit.secretbox import SecretBox
from grok2api.pool.importing import new_credential
from grok2api.server.prepare import FINGERPRINT_PURPOSE
from support.identity_provider import CLIENT, CLIENT_SECRET, IdentityProvider, identity_provider
from support.processes import Sandbox
from support.watched_settings import Watch, WatchedOptions
from support.web_host import WebHost, answer, web_host
from support.worker_here import WorkerHere

ADMIN = "/admin/api"
PASSWORD = "a long password of the console"
KEY, SEED = "sk-a-client-key-of-the-walk", "xai-sandbox-alice"
TEXT, PICTURES, CLIPS = "grok-4-mini", "grok-imagine-1.0", "grok-imagine-1.0-video"
SOON = "a cat !sandbox:seconds=0.1"
ORIGIN = "https://chat.example"


def configuration(directory: Path, upstream: str, issuer: str, webhook: str) -> Path:
    """Write the file of settings under which every door stands open, and return its path."""
    text = f"""
        storage.data_dir = {json.dumps(str(directory / "data"))}
        grok = {{ base_url = "{upstream}", api_keys = ["{SEED}"], retry_backoff_base = 0.0 }}
        app = {{ api_key = ["{KEY}"], app_key = "{PASSWORD}" }}
        oauth.enabled = true
        metrics.token = "a-token-of-the-metrics"
        cors.allow_origins = ["{ORIGIN}"]
        video.poll_seconds = 0.1
        [oidc]
        enabled = true
        issuer = "{issuer}"
        client_id = "{CLIENT}"
        client_secret = "{CLIENT_SECRET}"
        roles = ["grok-admins=owner"]
        email_domains = ["example.com"]
        sign_out_at_provider = true
        [alerts]
        webhook_url = "{webhook}"
        allow_private = true
    """
    path = directory / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


class Walk:
    """One worker, and whoever wants something of it."""

    def __init__(self, worker: WorkerHere, sandbox: Sandbox, provider: IdentityProvider) -> None:
        self._worker = worker
        self._sandbox = sandbox
        self._provider = provider
        self._client: dict[str, str] = {}
        self._program: dict[str, str] = {}
        self._person: dict[str, str] = {}

    @classmethod
    @asynccontextmanager
    async def open(
        cls, sandbox: Sandbox, directory: Path, watch: Watch
    ) -> AsyncIterator[tuple[Self, WorkerHere]]:
        """Start a worker whose settings are watched, and give the way through it."""
        async with identity_provider() as provider, web_host() as host:
            host.says["/hook"] = answer(b"taken")
            provider.claims |= {"email": "zoe@example.com", "email_verified": True}
            file = configuration(directory, sandbox.base_url, provider.url, _hook(host))
            options = WatchedOptions(watch=watch, directory=directory, config_file=file)
            async with WorkerHere.running(options) as worker:
                walk = cls(worker, sandbox, provider)
                await walk._arrive()
                yield walk, worker

    async def go(self) -> None:
        """Have all done once."""
        await self._jobs()
        await self._turns()
        await self._faults()
        await self._background()
        await self._socket()
        await self._pictures()
        await self._films()
        await self._sound()
        await self._files()
        await self._open_paths()
        await self._console()
        await self._single_sign_on()
        await self._jobs()

    async def _arrive(self) -> None:
        """Become a program of the admin API, and a client whose words are kept; the pool has one that is out.

        Of that one xAI was asked just now, so that it is looked at when that is due again.
        """
        services = self._worker.services
        pepper, now = services.ring.derive(FINGERPRINT_PURPOSE), services.clock.now()
        out = new_credential(
            "xai-sandbox-bob", name="out", tags=(), box=SecretBox(services.ring), pepper=pepper, now=now
        )
        await services.records.credentials.add(replace(out, status="blocked", probed_at=now))
        await self._jobs()
        session = await self._asked("POST", f"{ADMIN}/session", {"password": PASSWORD})
        self._person = {"Authorization": f"Bearer {session['token']}"}
        made = await self._asked("POST", f"{ADMIN}/tokens", {"name": "walk", "role": "owner"}, **self._person)
        self._program = {"Authorization": f"Bearer {made['token']}"}
        kept = {"name": "kept", "record_content": True}
        key = await self._asked("POST", f"{ADMIN}/keys", kept, **self._program)
        self._client = {"Authorization": f"Bearer {key['key']}"}
        await self._jobs()

    async def _asked(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = headers if path.startswith(ADMIN) else self._client | headers
        status, content = await self._worker.send(method, path, body, sent)
        assert status < 400, f"{method} {path}: {status} {content[:500]!r}"
        return msgspec.json.decode(content) if content[:1] in b"{[" else content

    async def _jobs(self) -> None:
        await self._worker.look_after()

    async def _turns(self) -> None:
        said = [{"role": "user", "content": "Why?"}]
        for stream in (False, True):
            body = {"model": TEXT, "messages": said, "stream": stream}
            await self._asked("POST", "/v1/chat/completions", body, Origin=ORIGIN)
            await self._asked("POST", "/v1/messages", body | {"max_tokens": 100})
            await self._asked("POST", "/v1/responses", {"model": TEXT, "input": "Why?", "stream": stream})
        await self._asked("POST", "/v1/messages/count_tokens", {"model": TEXT, "messages": said})
        await self._asked("GET", "/v1/models")
        await self._asked("GET", f"/v1/models/{TEXT}")

    async def _faults(self) -> None:
        """Have a call fail, so that it is asked whether to try again."""
        await asyncio.to_thread(self._sandbox.scenario, "status", amount=1, status=500, times=1)
        await self._worker.send("POST", "/v1/responses", {"model": TEXT, "input": "Why?"}, self._client)
        await asyncio.to_thread(self._sandbox.clear)

    async def _background(self) -> None:
        made = await self._asked(
            "POST", "/v1/responses", {"model": TEXT, "input": "Why?", "background": True}
        )
        path = f"/v1/responses/{made['id']}"
        while (await self._asked("GET", path))["status"] in {"queued", "in_progress"}:
            await self._jobs()
        await self._asked("GET", f"{path}?stream=true")

    async def _socket(self) -> None:
        url = self._worker.url.replace("http", "ws", 1) + "/v1/responses"
        turn = {"type": "response.create", "model": TEXT, "store": False, "input": "Why?"}
        async with self._worker.http.ws_connect(url, headers=self._client) as socket:
            await socket.send_json(turn)
            while (await socket.receive_json())["type"] != "response.completed":
                pass

    async def _pictures(self) -> None:
        made = await self._asked("POST", "/v1/images/generations", {"prompt": "a cat"})
        link = made["data"][0]["url"]
        await self._asked("GET", "/v1/media/" + link.partition("/v1/media/")[2])
        await self._asked("POST", "/v1/images/generations", {"prompt": "a cat", "stream": True})
        await self._drawn(PICTURES)

    async def _drawn(self, model: str) -> None:
        said = [{"role": "user", "content": SOON}]
        call = self._asked("POST", "/v1/chat/completions", {"model": model, "messages": said})
        await self._while_jobs_run(call)

    async def _films(self) -> None:
        made = await self._asked("POST", "/v1/videos", {"prompt": SOON})
        path = f"/v1/videos/{made['id']}"
        while (told := await self._asked("GET", path))["status"] in {"queued", "in_progress"}:
            await self._jobs()
        assert told["status"] == "completed", told
        await self._asked("GET", f"{path}/content")
        native = {"prompt": SOON, "model": "grok-imagine-video"}
        begun = await self._asked("POST", "/v1/videos/generations", native)
        while (await self._asked("GET", f"/v1/videos/{begun['request_id']}"))["status"] == "pending":
            await self._jobs()
        await self._drawn(CLIPS)

    async def _while_jobs_run(self, call: Any) -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(call)
            while not task.done():
                await self._jobs()
                await asyncio.sleep(0.02)

    async def _sound(self) -> None:
        spoken = {"model": "tts-1", "voice": "alloy", "input": "Hello."}
        sound = await self._asked("POST", "/v1/audio/speech", spoken)
        await self._asked("POST", "/v1/audio/speech", spoken | {"stream_format": "sse"})
        await self._asked("GET", "/v1/tts/voices")
        for stream in ("false", "true"):
            form = _form({"model": "whisper-1", "stream": stream}, "speech.mp3", sound)
            await self._asked("POST", "/v1/audio/transcriptions", form)

    async def _files(self) -> None:
        made = await self._asked("POST", "/v1/files", _form({"purpose": "assistants"}, "a.txt", b"words"))
        await self._asked("GET", f"/v1/files/{made['id']}/content")
        await self._asked("DELETE", f"/v1/files/{made['id']}")

    async def _open_paths(self) -> None:
        await self._asked("GET", "/metrics", Authorization="Bearer a-token-of-the-metrics")
        await self._asked("GET", "/ready")

    async def _console(self) -> None:
        """Do what a person does, and what a program does."""
        await self._asked("POST", f"{ADMIN}/session", {"password": PASSWORD})
        await self._asked("GET", f"{ADMIN}/session", **self._person)
        await self._asked("GET", f"{ADMIN}/setup", **self._person)
        for path in ("system", "pool", "media", "prices", "keys", "alerts", "network", "contents"):
            await self._asked("GET", f"{ADMIN}/{path}", **self._program)
        await self._asked("GET", f"{ADMIN}/tokens", **self._person)
        one, _out = (await self._asked("GET", f"{ADMIN}/credentials", **self._program))["data"]
        tested = await self._asked("POST", f"{ADMIN}/credentials/{one['id']}/test", **self._program)
        told = await self._asked("POST", f"{ADMIN}/alerts/test", **self._program)
        assert (tested["ok"], told["reason"]) == (True, "")

    async def _single_sign_on(self) -> None:
        """Come in by the identity provider, look around, and leave again."""
        cookies: dict[str, str] = {}
        begun = await self._visited("/session/sso?page=/", cookies)
        answer = self._provider.approve(begun)
        where = await self._visited(f"/session/sso/callback?{urlencode(answer)}", cookies)
        assert "failed" not in where, where
        await self._visited("/session", cookies)
        await self._visited("/session/sso/end", cookies)

    async def _visited(self, path: str, cookies: dict[str, str]) -> str:
        """Ask as a browser does; return where it is led."""
        told = "; ".join(f"{name}={value}" for name, value in cookies.items())
        url = self._worker.url + ADMIN + path
        async with self._worker.http.get(url, headers={"Cookie": told}, allow_redirects=False) as got:
            for line in got.headers.getall("Set-Cookie", []):
                cookies.update({name: each.value for name, each in SimpleCookie(line).items()})
            return got.headers.get("Location", "")


def _form(fields: dict[str, str], filename: str, content: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData(fields)
    form.add_field("file", content, filename=filename)
    return form


def _hook(host: WebHost) -> str:
    return f"http://127.0.0.1:{host.port}/hook"
