"""Two hosts start at once on an empty store: one key, one password, and what is printed is true."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from grok2api.storage.stores import Records
from support.fleet import StoreKind, fleet
from support.observing import eventually
from support.processes import Gateway, Sandbox, request

KEY = re.compile(r"shown only now\):\s+(sk-\S+)")
PASSWORD = re.compile(r"Password of the console \(shown only now\):\s+(\S+)")
ELSEWHERE = "Another host of this fleet started at the same moment"
SAID = "Try it with your client key in GROK2API_KEY"


@pytest.mark.timeout(200)
@pytest.mark.parametrize("store", ["pgsql", "redis"])
def test_one_first_key_and_one_password_are_made_and_shown(
    store: StoreKind, shared_sandbox: Sandbox, tmp_path: Path
) -> None:
    settings = {"APP__APP_KEY": "", "GROK__API_KEYS": "xai-sandbox-together"}
    with fleet(tmp_path, shared_sandbox, store=store, workers=1, client_key=None, settings=settings) as hosts:
        logs = [host.log.read_text() for host in hosts.hosts]
        (key,) = [found for log in logs for found in KEY.findall(log)]
        (password,) = [found for log in logs for found in PASSWORD.findall(log)]
        assert [SAID in log for log in logs].count(True) == 1, "the other one says how to get a key"
        for log in logs:
            assert (ELSEWHERE in log) <= (key not in log or password not in log)
        for host in hosts.hosts:
            eventually(partial(answered, host, key), "the printed key works")
            assert request("POST", f"{host.url}/admin/api/session", {"password": password})[0] == 200

        async def count(records: Records) -> tuple[int, int]:
            return len(await records.keys.list()), len(await records.credentials.list())

        assert hosts.ground.look(count) == (1, 1)


def answered(host: Gateway, key: str) -> bool:
    said = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
    headers = {"Authorization": f"Bearer {key}"}
    return request("POST", f"{host.base_url}/chat/completions", said, headers=headers)[0] == 200
