"""Videos as a client asks for them over HTTP, and what the sandbox and the store know of them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.observing import database, eventually
from support.processes import CLIENT_KEY, Gateway, Sandbox, request

VIDEOS = "/videos"
OTHER_KEY = "sk-test-other-key-0123456789"
KEYS = tuple(f"xai-sandbox-{name}" for name in ("alice", "bob", "carol", "dave"))
THEIRS = {"Authorization": f"Bearer {OTHER_KEY}"}
SOON = {"GROK2API_VIDEO__POLL_SECONDS": "0.1", "GROK2API_APP__API_KEY": f"{CLIENT_KEY},{OTHER_KEY}"}
LOOKS = 1600
"""How often it is looked for what takes its time: forty seconds at least."""
QUICK = "a cat !sandbox:seconds=0.3"

Told = dict[str, Any]


def start(directory: Path, sandbox: Sandbox, *, keys: tuple[str, ...] = KEYS, **environment: str) -> Gateway:
    """Start a gateway that asks about videos often, with two client keys."""
    return Gateway.start(directory, upstream=sandbox.base_url, keys=keys, environment={**SOON, **environment})


def created(gateway: Gateway, prompt: str = QUICK, **more: object) -> Told:
    """Ask for a video in OpenAI's dialect."""
    status, _, answer = gateway.post(VIDEOS, {"prompt": prompt, **more})
    assert status == 200, answer
    told: Told = json.loads(answer)
    return told


def generated(gateway: Gateway, prompt: str = QUICK, **more: object) -> str:
    """Ask for a video in xAI's dialect; return its id."""
    body = {"prompt": prompt, "model": "grok-imagine-video", **more}
    status, _, answer = gateway.post(f"{VIDEOS}/generations", body)
    assert status == 200, answer
    told: Told = json.loads(answer)
    assert set(told) == {"request_id"}
    identifier: str = told["request_id"]
    return identifier


def shown(gateway: Gateway, identifier: str) -> Told:
    """Return how a video stands."""
    status, _, answer = gateway.get(f"{VIDEOS}/{identifier}")
    assert status in {200, 202}, answer
    told: Told = json.loads(answer)
    return told


def over(gateway: Gateway, identifier: str) -> Told:
    """Wait for a video's end in either dialect, and return how it ended."""

    def ended() -> Told | None:
        told = shown(gateway, identifier)
        return told if told["status"] in {"completed", "failed", "done", "expired"} else None

    told: Told = eventually(ended, f"the end of {identifier}", LOOKS)
    return told


def refused(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str, str | None]:
    """Return status, code and param of an error."""
    error = json.loads(answer[2])["error"]
    return answer[0], error["code"], error["param"]


def jobs(sandbox: Sandbox) -> list[Told]:
    """Return every job that the sandbox was ever given."""
    found: list[Told] = json.loads(request("GET", sandbox.control_url + "/jobs")[2])["jobs"]
    return found


def jobs_about(sandbox: Sandbox, words: str) -> list[Told]:
    """Return the sandbox's jobs whose prompt has these words."""
    return [job for job in jobs(sandbox) if words in str(job["body"].get("prompt", ""))]


def finish(sandbox: Sandbox, **order: object) -> None:
    """End the sandbox's jobs now."""
    assert request("POST", sandbox.control_url + "/jobs", order)[0] == 200


@dataclass(frozen=True, slots=True)
class Stage:
    """A gateway that several tests share, and what one of them has done to it."""

    gateway: Gateway
    sandbox: Sandbox
    since: float

    def charges(self) -> list[Told]:
        """Return the ledger's rows for this test's videos."""
        return [row for row in charges(self.gateway.directory) if row["started_at"] >= self.since]

    def kept(self) -> list[Told]:
        """Return what is written down of this test's videos."""
        return [row for row in kept(self.gateway.directory) if row["created_at"] >= self.since]

    def assets(self) -> list[Told]:
        """Return what is kept of this test's results."""
        return [row for row in assets(self.gateway.directory) if row["created_at"] >= self.since]

    def listed(self) -> list[Told]:
        """Return what the server tells of this test's videos, newest first."""
        found: list[Told] = json.loads(self.gateway.get(f"{VIDEOS}?limit=100")[2])["data"]
        return found[: len(self.kept())]

    def clear(self) -> None:
        """Let all videos come to an end."""
        request("DELETE", self.sandbox.control_url + "/scenario")

        def idle() -> bool:
            finish(self.sandbox)
            return all(row["completed_at"] is not None for row in kept(self.gateway.directory))

        eventually(idle, "the end of all videos", LOOKS)


def rows(directory: Path, query: str) -> list[Told]:
    """Return what a query of the store says."""
    with closing(sqlite3.connect(f"file:{database(directory)}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def charges(directory: Path) -> list[Told]:
    """Return the ledger's rows for videos."""
    return rows(directory, "SELECT * FROM usage_records WHERE operation = 'videos' ORDER BY started_at")


def kept(directory: Path) -> list[Told]:
    """Return what is written down of videos."""
    return rows(directory, "SELECT * FROM videos ORDER BY created_at")


def assets(directory: Path) -> list[Told]:
    """Return what is kept of results."""
    return rows(directory, "SELECT * FROM assets")
