"""A gateway as it looks after some weeks of use, for pictures of the console and for tests of full pages.

What can be had in the way of an operator or a client is had so; only what lies in the past is written to the
store.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from grok2api.storage.budgets import Charge
from grok2api.storage.open import open_records
from grok2api.storage.records import UsageRecord
from grok2api.storage.stores import Records
from support.console import serve_console
from support.console_owner import Owner
from support.observing import eventually
from support.processes import Gateway, Sandbox, request
from support.sandbox_issuer import Issuer

CREDENTIALS: Final[tuple[dict[str, Any], ...]] = (
    {
        "key": "xai-sandbox-studio",
        "name": "Studio",
        "tags": ["team"],
        "priority": 10,
        "note": "The team's own key",
    },
    {"key": "xai-sandbox-research", "name": "Research", "tags": ["team", "research"], "weight": 3},
    {"key": "xai-sandbox-nightly", "name": "Nightly batches", "tags": ["batch"], "max_concurrency": 4},
    {"key": "xai-sandbox-backup", "name": "Reserve", "tags": ["team"], "proxy": "http://127.0.0.1:3128"},
    {"key": "xai-sandbox-trial", "name": "Trial key", "tags": ["trial"]},
    {
        "key": "xai-sandbox-contractor",
        "name": "Former contractor",
        "tags": ["external"],
        "note": "Kept until the audit",
    },
)
ACCOUNTS: Final = (("mia", "supergrok"), ("jonas", "supergrok_heavy"), ("lin", "x_premium_plus"))
KEYS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "Chat frontend", "rpm": 240, "tpm": 400000, "budget_day_usd": "20", "budget_month_usd": "400"},
    {
        "name": "Claude Code, Mia",
        "budget_month_usd": "60",
        "max_concurrency": 6,
        "note": "Through the claude preset",
    },
    {"name": "Nightly summaries", "pool_tags": ["batch"], "rpm": 60, "budget_day_usd": "5", "strict": True},
    {"name": "Support bot", "rpm": 120, "budget_day_usd": "10", "models": ["grok-4-fast", "grok-3"]},
    {"name": "Workshop", "rpm": 20, "budget_day_usd": "2", "networks": ["10.20.0.0/16"]},
)
MODELS: Final = ("grok-4-fast", "grok-4", "team/best", "grok-4.1-thinking", "grok-3", "grok-imagine-1.0")
WEIGHTS: Final = (34, 26, 15, 10, 9, 6)
_UPSTREAM: Final = {"grok-4": "grok-4.7", "team/best": "grok-4.7", "grok-imagine-1.0": "grok-imagine-image"}
_DAY: Final = 86_400
_USD: Final = 10**10
QUESTIONS: Final = (
    "Explain server-sent events in three sentences.",
    "Write a haiku about rain.",
    "Which of these two plans is cheaper?",
    "Summarise the minutes of this morning.",
)
PROMPTS: Final = (
    "A lighthouse in a storm, oil on canvas",
    "A paper boat in the rain",
    "An orange cat asleep on a keyboard",
    "A tea house in the mountains, ink on silk",
    "A city of glass at dawn",
    "A robot that waters tomatoes",
)


@dataclass
class Showcase:
    """A filled gateway, and what is needed to use it.

    Attributes:
        keys: Client keys by their names.
        ids: Ids of credentials and client keys by their names.
        explained: The id of a request that two credentials were tried for.
    """

    gateway: Gateway
    sandbox: Sandbox
    owner: Owner
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    explained: str = ""

    def places(self) -> dict[str, str]:
        """Return ids of what an address may lead to, by kind."""
        return {
            "credential": self.ids["Studio"],
            "key": self.ids["Chat frontend"],
            "request": self.explained,
            "job": self.owner.send("GET", "/jobs")["data"][0]["id"],
        }


@contextmanager
def showcase(directory: Path, *, history: int = 2600) -> Iterator[Showcase]:
    """Serve a filled gateway.

    Args:
        directory: Where its data lie.
        history: How many requests of the last days the log holds.
    """
    sandbox = Sandbox.start(seed=7)
    try:
        gateway = serve_console(directory, sandbox)
        try:
            made = Showcase(gateway, sandbox, Owner.of(gateway))
            _fill(made)
            with ThreadPoolExecutor(1) as apart:  # a browser's own loop may run in this thread
                apart.submit(asyncio.run, _look_back(made, history)).result()
            _use(made)
            yield made
        finally:
            gateway.stop()
    finally:
        sandbox.stop()


def _fill(made: Showcase) -> None:
    owner = made.owner
    for credential in CREDENTIALS:
        made.ids[credential["name"]] = owner.send("POST", "/credentials", credential)["id"]
    begun = []
    for account, tier in ACCOUNTS:
        asked = {"flow": "device", "name": f"{account.title()}'s account"}
        begun.append(owner.send("POST", "/credentials/sign-ins", asked))
        Issuer(made.sandbox.base_url).post(
            "/approve", user_code=begun[-1]["user_code"], account=account, tier=tier
        )
    for (account, _), sign_in in zip(ACCOUNTS, begun, strict=True):
        path = f"/credentials/sign-ins/{sign_in['id']}"
        done = eventually(partial(_when_done, owner, path), "the sign-in")
        made.ids[f"{account.title()}'s account"] = done["credential_id"]
    for key in KEYS:
        told = owner.send("POST", "/keys", key)
        made.keys[key["name"]], made.ids[key["name"]] = told["key"], told["id"]
    owner.send("POST", f"/keys/{made.ids['Workshop']}/disable")
    owner.send("PUT", "/models/team%2Fbest", {"target": "grok-4", "note": "What the agents ask for"})
    owner.send("PUT", "/models/grok-3-fast", {"visibility": "unlisted"})
    price = {"input_usd_per_million": "2.4", "cached_usd_per_million": "0.6", "output_usd_per_million": "12"}
    owner.send("PUT", "/prices/grok-4.7", price)
    for name, role in (("mia", "owner"), ("jonas", "operator"), ("lin", "viewer")):
        owner.send("POST", "/operators", {"name": name, "role": role, "password": "a password of one's own"})
    for name, role in (("Nightly backup", "viewer"), ("Deployment", "operator")):
        owner.send("POST", "/tokens", {"name": name, "role": role})
    for path, value in (("grok.timeout", 300), ("grok.max_retry", 2), ("grok.timeout", 420)):
        revision = owner.send("GET", "/settings")["revision"]
        owner.send("PATCH", "/settings", {"set": {path: value}, "revision": revision})


def _when_done(owner: Owner, path: str) -> Any:
    view = owner.send("GET", path)
    return view if view["state"] == "done" else None


async def _look_back(made: Showcase, history: int) -> None:
    """Write what lies in the past: the ledger, what budgets have spent, how credentials fare."""
    records = await open_records("local", "", made.gateway.directory / "data")
    try:
        rows = list(_rows(made, history))
        await records.usage.append(rows)
        await _spend(records, rows)
        now = time.time()
        for name, status, reason, rest in (
            (
                "Nightly batches",
                "cooling",
                "3 failed calls in a row (overloaded): The model is at capacity",
                1_460,
            ),
            (
                "Trial key",
                "exhausted",
                "out of credit at xAI: Your team has used all available credits",
                3 * 3_600,
            ),
            ("Lin's account", "expired", "the sign-in came without a refresh token: sign in again", None),
            ("Former contractor", "blocked", "xAI blocked this key, its team or its user", None),
        ):
            until = now + rest if rest else None
            await records.credentials.set_health(
                made.ids[name], status=status, reason=reason, cooldown_until=until
            )
        for name, left in (
            ("Mia's account", 0.62),
            ("Jonas's account", 0.17),
            ("Lin's account", 0.0),
            ("Research", 0.88),
        ):
            changes = {"quota_left": left, "quota_source": "upstream", "quota_at": now - 240}
            await records.credentials.change(made.ids[name], changes)
    finally:
        await records.close()
    made.owner.send("POST", f"/credentials/{made.ids['Reserve']}/disable")


async def _spend(records: Records, rows: list[UsageRecord]) -> None:
    charges = []
    for row in rows:
        at = datetime.fromtimestamp(row.started_at, UTC)
        day, month = f"{at:%Y-%m-%d}", f"{at:%Y-%m}"
        charges.append(
            Charge(
                id=row.request_id,
                key_id=row.key_id,
                day=day,
                month=month,
                ticks=row.cost_ticks,
                at=row.started_at,
            )
        )
    await records.budgets.settle(charges)


def _rows(made: Showcase, count: int) -> Iterator[UsageRecord]:
    """Yield requests of the last two weeks: more by day than by night, few of which failed."""
    chance = random.Random(11)  # noqa: S311 - a picture, not a secret
    now = time.time()
    names = [each["name"] for each in KEYS[:4]]
    servers = ["Studio", "Research", "Mia's account", "Jonas's account", "Nightly batches"]
    for number in range(count):
        past = chance.random() ** 1.15 * 15 * _DAY
        hour = datetime.fromtimestamp(now - past, UTC).hour
        if chance.random() > 0.25 + 0.75 * math.sin(math.pi * ((hour - 5) % 24) / 24) ** 2:
            past = (past + chance.uniform(0.2, 0.4) * _DAY) % (15 * _DAY)
        model = chance.choices(MODELS, WEIGHTS)[0]
        yield _row(
            made, chance, number, now - past - 90, model, chance.choices(names, (50, 24, 16, 10))[0], servers
        )


def _row(
    made: Showcase, chance: random.Random, number: int, at: float, model: str, key: str, servers: list[str]
) -> UsageRecord:
    picture = model == "grok-imagine-1.0"
    failed = chance.random() < 0.03
    left = not failed and chance.random() < 0.02
    read, written = int(chance.lognormvariate(7.4, 1)), int(chance.lognormvariate(5.9, 0.8))
    cached = int(read * chance.choice((0, 0, 0.4, 0.8)))
    price = int(_USD * (0.07 if picture else (read - cached * 0.75) * 2.4e-6 + written * 12e-6))
    first = chance.lognormvariate(6.2, 0.45)
    status = chance.choice((429, 503, 400)) if failed else 200
    code = {429: "rate_limit_exceeded", 503: "no_available_account", 400: "content_policy_violation"}.get(
        status, ""
    )
    return UsageRecord(
        request_id=f"req_{number:06x}{chance.getrandbits(72):018x}",
        started_at=at,
        key_id=made.ids[key],
        operation="images" if picture else chance.choices(("chat", "responses", "messages"), (6, 3, 2))[0],
        model=model,
        upstream_model="" if failed else _UPSTREAM.get(model, "grok-4.3"),
        credential_id="" if failed else made.ids[chance.choices(servers, (40, 24, 18, 10, 8))[0]],
        stream=not picture and chance.random() < 0.8,
        status=status,
        end="failed" if failed else "client_gone" if left else "completed",
        error_code=code,
        attempts=2 if chance.random() < 0.06 else 1,
        input_tokens=0 if failed or picture else read,
        cached_tokens=0 if failed or picture else cached,
        output_tokens=0 if failed or picture else written,
        usage_source="none" if failed else "upstream",
        cost_ticks=0 if failed else price,
        cost_source="none" if failed else "upstream",
        price_ticks=0 if failed else price,
        saved_ticks=0 if failed else int(cached * 1.8e-6 * _USD),
        first_byte_ms=None if failed else first,
        total_ms=first + (0 if failed else written * chance.uniform(6, 11)),
    )


def _use(made: Showcase) -> None:
    """Ask as clients do, so that the last requests have a course, pictures are kept, and jobs have run."""
    model = f"{made.gateway.base_url}/models/team%2Fbest"
    headers = {"Authorization": f"Bearer {made.keys['Chat frontend']}"}
    eventually(lambda: all(request("GET", model, headers=headers)[0] == 200 for _ in range(10)), "the alias")
    made.sandbox.scenario("status", status=429, retry_after=20, times=1, match={"path": "/responses"})
    for number, question in enumerate(QUESTIONS):
        asked: dict[str, Any] = {"model": "grok-4", "messages": [{"role": "user", "content": question}]}
        answer = ask(made, "Chat frontend", "/chat/completions", asked)
        made.explained = made.explained or answer[1]["x-request-id"]
        asked |= {"model": "team/best", "max_tokens": 300}
        ask(made, "Claude Code, Mia" if number % 2 else "Support bot", "/messages", asked)
    for prompt in PROMPTS:
        _paint(made, {"prompt": prompt, "aspect_ratio": "1:1", "response_format": "url"})
    made.owner.send("POST", "/credentials/bulk", {"action": "test", "filter": {"tags": ["team"]}})
    made.owner.send(
        "POST", "/credentials/bulk", {"action": "refresh", "filter": {"kind": ["oauth"], "text": "Mia"}}
    )
    made.sandbox.clear()


def ask(made: Showcase, key: str, path: str, body: object) -> tuple[int, dict[str, str], bytes]:
    """Ask as the client that has the key of this name."""
    headers = {"Authorization": f"Bearer {made.keys[key]}"}
    return request("POST", made.gateway.base_url + path, body, headers=headers)


def _paint(made: Showcase, asked: dict[str, Any]) -> None:
    """Let a client make a picture, later again while all who could make it are resting."""
    for _ in range(60):
        status, _, body = ask(made, "Chat frontend", "/images/generations", asked)
        if status == 200:
            return
        time.sleep(0.5)
    raise AssertionError(f"no picture: {status} {body!r}")


def film(made: Showcase, prompt: str) -> str:
    """Let a client make a clip; return its id once it is done."""
    _, _, body = ask(
        made,
        "Chat frontend",
        "/videos",
        {"model": "grok-imagine-1.0-video", "prompt": prompt, "seconds": "4"},
    )
    identifier: str = json.loads(body)["id"]
    headers = {"Authorization": f"Bearer {made.keys['Chat frontend']}"}
    url = f"{made.gateway.base_url}/videos/{identifier}"
    eventually(
        lambda: json.loads(request("GET", url, headers=headers)[2])["status"] == "completed", "the clip"
    )
    return identifier
