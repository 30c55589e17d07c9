"""Client keys with limits, made through the admin API of a gateway that runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from support.observing import eventually
from support.processes import Gateway, request

PASSWORD = "the console's password"
SIGNED = {"GROK2API_APP__APP_KEY": PASSWORD, "GROK2API_POOL__POLL_SECONDS": "0.1"}
"""What the environment of a gateway needs, whose keys a test makes."""
LOOKS = 24
"""Answers in a row after which every one of a few workers has been met."""


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A client key of a gateway."""

    gateway: Gateway
    id: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def post(self, path: str, body: object, **headers: str) -> tuple[int, dict[str, str], Any]:
        return self.send("POST", path, body, **headers)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], Any]:
        return self.send("GET", path, **headers)

    def send(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Send a request under the key; JSON in an answer is read."""
        url = self.gateway.base_url + path
        status, told, content = request(method, url, body, headers=self.headers | headers)
        return status, told, json.loads(content) if _is_json(told) else content


class KeyMaker:
    """Somebody who makes client keys."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._base = gateway.url + "/admin/api"
        _, _, body = request("POST", self._base + "/session", {"password": PASSWORD})
        self._headers = {"Authorization": f"Bearer {json.loads(body)['token']}"}

    def send(self, method: str, path: str, body: object = None) -> Any:
        status, _, answer = request(method, self._base + path, body, headers=self._headers)
        assert status < 300, answer
        return json.loads(answer) if answer else None

    def make(self, **fields: object) -> MadeKey:
        """Make a key, and wait until every worker knows it; nothing is counted of that."""
        (made,) = self.make_all(fields)
        return made

    def make_all(self, *wanted: dict[str, object]) -> list[MadeKey]:
        """Make some keys, and wait for the last one."""
        made = []
        for fields in wanted:
            told = self.send("POST", "/keys", {"name": "under test", **fields})
            made.append(MadeKey(self.gateway, told["id"], told["key"]))
        eventually(lambda: _is_known(made[-1]), "the key on all workers")
        return made

    def change(self, key: MadeKey, **fields: object) -> None:
        """Change a key; when workers hear of it is for the test to find out."""
        self.send("PATCH", f"/keys/{key.id}", fields)


def _is_known(made: MadeKey) -> bool:
    """Tell whether a key is valid wherever one asks; this route counts nothing, but looks at the key."""
    return all(made.get("/media/nothing")[0] in {403, 404} for _ in range(LOOKS))


def _is_json(headers: dict[str, str]) -> bool:
    return headers.get("content-type", "").startswith("application/json")
