"""Who a credential is at xAI is read from whatever xAI says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.identity import Identity
from grok2api.kit.clock import ManualClock
from grok2api.upstream.base import UpstreamFault
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.client import XaiClient
from grok2api.upstream.xai.identity import identify, read_identity
from support.processes import Sandbox
from support.tiny_issuer import Scripted, tiny_issuer


def lease(base_url: str) -> Lease:
    return Lease(credential_id="cred_1", account_id="team_1", token="xai-sandbox-alice", base_url=base_url)


async def test_a_key_tells_its_team_and_its_rights(sandbox: Sandbox) -> None:
    async with Transport(user_agent="grok2api/test") as transport:
        client = XaiClient(transport, ManualClock())
        key = await identify(client, lease(sandbox.base_url), sign_in=False)
        me = await identify(client, lease(sandbox.base_url), sign_in=True)
        with pytest.raises(UpstreamFault):
            await identify(client, replace(lease(sandbox.base_url), token="xai-nobody"), sign_in=False)
    assert key.known
    assert key.acls
    assert key.blocked == ""
    assert (me.team_id, me.user_id) == (key.team_id, key.user_id)
    assert me.zdr is False


async def test_an_upstream_without_the_question_knows_nobody() -> None:
    async with tiny_issuer() as service, Transport(user_agent="t") as transport:
        service.script("/api-key", Scripted(404, {"code": "not-found", "error": "No such path"}))
        client = XaiClient(transport, ManualClock())
        assert await identify(client, lease(service.url), sign_in=False) == Identity()


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"team_blocked": True}, "team"),
        ({"api_key_blocked": True}, "key"),
        ({"api_key_disabled": True}, "disabled"),
        ({"api_key": {"blocked": True}}, "key"),
        ({"api_key": {"disabled": True}}, "disabled"),
        ({"team_blocked": "yes", "api_key": 3}, ""),
    ],
)
def test_what_is_blocked_says_so(told: dict[str, object], word: str) -> None:
    blocked = read_identity(json.dumps(told).encode()).blocked
    assert word in blocked
    assert bool(blocked) is bool(word)


@pytest.mark.parametrize("content", [b"", b"[]", b'"text"', b"[" * 3000, b'{"team_id": 3, "acls": "x"}'])
def test_what_cannot_be_read_tells_nothing(content: bytes) -> None:
    assert read_identity(content) == Identity()
