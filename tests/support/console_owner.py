"""The owner of a gateway, who uses its admin API beside the console."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from support.console import PASSWORD
from support.processes import Gateway, request


@dataclass
class Owner:
    """Who may do everything; holds a session of a gateway that `serve_console` started."""

    gateway: Gateway
    headers: dict[str, str]

    @classmethod
    def of(cls, gateway: Gateway) -> Owner:
        """Sign in."""
        _, _, body = request("POST", gateway.url + "/admin/api/session", {"password": PASSWORD})
        return cls(gateway, {"Authorization": f"Bearer {json.loads(body)['token']}"})

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Send a request to the admin API, which must do it; return the answer's body."""
        status, _, raw = request(method, self.gateway.url + "/admin/api" + path, body, headers=self.headers)
        assert status < 300, raw
        return json.loads(raw) if raw else None
