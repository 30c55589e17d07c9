"""Gateways that are ended while they make videos, at moments that a seed decides."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Thread

from support.processes import Gateway, Sandbox
from support.videos import VIDEOS, assets, charges, jobs, over, start

COST = 2_800_000_000
LONGEST = 1.2
"""Seconds: a video of this drill is made, fetched and settled in less."""


@dataclass
class Drill:
    """One data directory, and all that was asked of the gateways over it."""

    directory: Path
    sandbox: Sandbox
    chance: Random
    known: dict[str, str] = field(default_factory=dict)
    """The ids of videos by their prompts."""
    doubtful: list[str] = field(default_factory=list)
    """Prompts of requests that were cut off."""

    def start(self) -> Gateway:
        return start(self.directory, self.sandbox, GROK2API_SERVER__DRAIN_SECONDS="0")

    def end(self, gateway: Gateway) -> None:
        """End a gateway, in one of the two ways."""
        if self.chance.random() < 0.5:
            gateway.process.kill()
        else:
            gateway.process.terminate()
        gateway.process.wait(timeout=60)

    def after_its_answer(self, number: int) -> None:
        """Ask for a video, and end the gateway some time after it was answered."""
        gateway = self.start()
        try:
            prompt = f"kept {number} !sandbox:seconds=0.4"
            status, _, answer = gateway.post(VIDEOS, body(prompt))
            assert status == 200, answer
            self.known[prompt] = json.loads(answer)["id"]
            time.sleep(self.chance.uniform(0.0, LONGEST))
        finally:
            self.end(gateway)

    def before_its_answer(self, number: int) -> None:
        """Ask for a video, and end the gateway at once; the client cannot know what became of it."""
        gateway = self.start()
        try:
            prompt = f"cut {number} !sandbox:seconds=0.4"
            self.doubtful.append(prompt)
            asking = Thread(target=ask, args=(gateway, prompt))
            asking.start()
            time.sleep(self.chance.uniform(0.0, 0.15))
        finally:
            self.end(gateway)
        asking.join()

    def check(self) -> None:
        """Let everything come to its end; each video was made, kept and charged once, or nobody knows."""
        gateway = self.start()
        try:
            for identifier in self.known.values():
                told = over(gateway, identifier)
                assert (told["status"], told["error"]) == ("completed", None)
                status, _, content = gateway.get(f"{VIDEOS}/{identifier}/content")
                assert (status, content[4:8]) == (200, b"ftyp")
            listed = json.loads(gateway.get(f"{VIDEOS}?limit=100")[2])["data"]
            ends = {told["prompt"]: over(gateway, told["id"]) for told in listed}
            self._repeat_what_was_cut(gateway, ends)
        finally:
            gateway.stop()
        made = Counter(job["body"]["prompt"] for job in jobs(self.sandbox))
        assert {prompt: made[prompt] for prompt in self.known} == dict.fromkeys(self.known, 1)
        assert all(made[prompt] <= 1 for prompt in self.doubtful)
        self._check_money(ends)

    def _repeat_what_was_cut(self, gateway: Gateway, ends: dict[str, dict[str, object]]) -> None:
        """A client that repeats a request with its key gets the one job, if there was one."""
        for prompt in self.doubtful:
            before = ends.get(prompt)
            status, _, answer = gateway.post(VIDEOS, body(prompt), **{"Idempotency-Key": prompt})
            assert status == 200, answer
            told = over(gateway, json.loads(answer)["id"])
            if before is not None:
                assert told == before
                error = told["error"]
                assert error is None or error["code"] == "submission_unknown"
            ends[prompt] = told

    def _check_money(self, ends: dict[str, dict[str, object]]) -> None:
        completed = [told for told in ends.values() if told["status"] == "completed"]
        rows = charges(self.directory)
        paid = [row for row in rows if row["cost_ticks"]]
        assert len(paid) == len(completed)
        assert {row["cost_ticks"] for row in paid} <= {COST}
        assert len({row["upstream_request_id"] for row in paid}) == len(paid)
        assert len(assets(self.directory)) == len(completed), "one result each, and no other"


def body(prompt: str) -> dict[str, str]:
    """Return the request for a video that costs `COST`."""
    return {"prompt": prompt, "seconds": "4", "size": "1280x720"}


def ask(gateway: Gateway, prompt: str) -> None:
    """Ask for a video, whatever comes of it."""
    try:
        gateway.post(VIDEOS, body(prompt), **{"Idempotency-Key": prompt})
    except (OSError, http.client.HTTPException):
        return
