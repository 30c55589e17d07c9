"""Somebody who has signed in to a real gateway's admin API."""

from __future__ import annotations

import json
from typing import Any

from support.processes import Gateway, request

PASSWORD = "the console's password"
SIGNED = {"GROK2API_APP__APP_KEY": PASSWORD}


class Operator:
    """An operator with a session."""

    def __init__(self, gateway: Gateway) -> None:
        self.base = gateway.url + "/admin/api"
        status, _, body = request("POST", self.base + "/session", {"password": PASSWORD})
        assert status == 200, body
        self.headers = {"Authorization": f"Bearer {json.loads(body)['token']}"}

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        status, _, answer = request(method, self.base + path, body, headers=self.headers, seconds=30)
        return status, json.loads(answer) if answer else None

    def get(self, path: str) -> Any:
        status, told = self.send("GET", path)
        assert status == 200, told
        return told

    def raw(self, path: str) -> bytes:
        status, _, answer = request("GET", self.base + path, headers=self.headers, seconds=30)
        assert status == 200, answer
        return answer
