"""Signing in: by code, by browser, by pasted address, and with tokens from elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.lowlevel
import pytest

from grok2api.canonical.tokens import Refusal, SignInRefused
from grok2api.errors import InvalidRequest, LimitExceeded, NotFound
from grok2api.kit.clock import SystemClock
from grok2api.operations.loopback import PortTaken
from grok2api.operations.sign_in_keeper import SignInKeeper, Wishes
from grok2api.operations.sign_in_register import MOST, SignIn
from grok2api.operations.signing_in import NOTICE, OAUTH_OFF, SignIns
from grok2api.storage.records import Credential
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.oauth import XaiIssuer
from support.memory_records import MemoryRecords
from support.processes import Sandbox, request
from support.refresh_bench import PEPPER, RefreshBench, refresh_bench
from support.tiny_issuer import DEVICE, TOKEN, Scripted

CALLBACK = "http://127.0.0.1:56121/callback"


class Steps:
    """Pauses that end when the test says so."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[float] = asyncio.Queue()
        self._steps: asyncio.Queue[None] = asyncio.Queue()

    async def pause(self, seconds: float) -> None:
        self.asked.put_nowait(seconds)
        await self._steps.get()

    async def go(self) -> float:
        """Let the pause end that is asked for next; return how long it should have been."""
        with anyio.fail_after(10):
            seconds = await self.asked.get()
        self._steps.put_nowait(None)
        return seconds


@dataclass
class Stage:
    bench: RefreshBench
    signins: SignIns
    keeper: SignInKeeper
    steps: Steps
    stored: list[str] = field(default_factory=list)

    async def ended(self, identifier: str) -> SignIn:
        with anyio.fail_after(10):
            return await self.signins.wait(identifier)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with refresh_bench() as bench:
        stored: list[str] = []
        keeper = SignInKeeper(
            bench.records,
            bench.issuer,
            bench.box,
            PEPPER,
            bench.clock,
            stored=lambda record: stored.append(record.id),
        )
        steps = Steps()
        signins = SignIns(bench.issuer, keeper, bench.clock, pause=steps.pause)
        yield Stage(bench, signins, keeper, steps, stored)
        await signins.close()


async def test_a_confirmed_code_becomes_a_credential(stage: Stage) -> None:
    stage.bench.service.script(TOKEN, Scripted(400, {"error": "authorization_pending"}))
    stage.bench.service.confirmed = "ada"
    begun = await stage.signins.begin_device(Wishes(name="mine", tags=("home",)))
    assert (begun.user_code, begun.state, begun.interval) == ("ABCD-EFGH", "waiting", 5.0)
    assert "user_code=ABCD-EFGH" in begun.verification_uri_complete
    assert "device-code-1" not in repr(begun)
    assert [await stage.steps.go() for _ in range(2)] == [5.0, 5.0]
    done = await stage.ended(begun.id)
    assert (done.state, done.renewed) == ("done", False)
    record = await stage.bench.stored(done.credential_id)
    assert (record.name, record.tags, record.kind, record.generation) == ("mine", ("home",), "oauth", 1)
    assert stage.stored == [record.id]
    assert stage.signins.get(begun.id) == done


async def test_the_service_may_ask_for_patience(stage: Stage) -> None:
    stage.bench.service.script(
        TOKEN,
        Scripted(400, {"error": "slow_down"}),
        Scripted(500, {"error": "oops"}, (("Retry-After", "30"),)),
        Scripted(400, {"error": "authorization_pending"}),
    )
    stage.bench.service.confirmed = "ada"
    begun = await stage.signins.begin_device(Wishes())
    assert [await stage.steps.go() for _ in range(4)] == [5.0, 10.0, 30.0, 30.0]
    assert (await stage.ended(begun.id)).state == "done"


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (Scripted(400, {"error": "access_denied"}), "refused", "refused in the browser"),
        (Scripted(400, {"error": "expired_token"}), "expired", "too old"),
        (Scripted(400, {"error": "invalid_grant"}), "refused", "begin again"),
        (Scripted(403, {"error": "no subscription"}), "refused", "subscription"),
        (Scripted(400, {"error": "invalid_client"}), "refused", "oauth.client_id"),
    ],
)
async def test_a_final_answer_ends_the_sign_in(
    stage: Stage, answer: Scripted, state: str, words: str
) -> None:
    stage.bench.service.script(TOKEN, answer)
    begun = await stage.signins.begin_device(Wishes())
    await stage.steps.go()
    ended = await stage.ended(begun.id)
    assert ended.state == state
    assert words in ended.message


async def test_a_code_that_nobody_confirms_ends_by_itself(stage: Stage) -> None:
    begun = await stage.signins.begin_device(Wishes())
    stage.bench.clock.advance(1801)
    await stage.steps.go()
    assert (await stage.ended(begun.id)).state == "expired"
    assert [path for path, _ in stage.bench.service.calls].count(TOKEN) == 0


async def test_signing_in_again_renews_the_credential_and_clears_its_health(stage: Stage) -> None:
    record = await stage.bench.added("ada")
    await stage.bench.records.credentials.change(
        record.id, {"status": "blocked", "reason": "gone", "refresh_dead": True, "refresh_error": "dead"}
    )
    stage.bench.service.confirmed = "ada"
    begun = await stage.signins.begin_device(Wishes())
    await stage.steps.go()
    done = await stage.ended(begun.id)
    assert (done.state, done.renewed, done.credential_id) == ("done", True, record.id)
    kept = await stage.bench.stored(record.id)
    assert (kept.generation, kept.status, kept.reason) == (2, "active", "")
    assert (kept.refresh_dead, kept.refresh_error, kept.name) == (False, "", record.name)
    assert len(await stage.bench.records.credentials.list()) == 1


async def test_tokens_are_kept_until_the_store_is_back(stage: Stage) -> None:
    stage.bench.service.confirmed = "ada"
    begun = await stage.signins.begin_device(Wishes())
    stage.bench.records.revisions.away = True
    await stage.steps.go()
    with anyio.fail_after(10):
        while not stage.bench.records.revisions.calls:
            await anyio.lowlevel.checkpoint()
    assert stage.signins.get(begun.id).state == "storing"
    assert stage.signins.cancel(begun.id).state == "storing"
    stage.bench.records.revisions.away = False
    assert (await stage.ended(begun.id)).state == "done"


async def test_a_sign_in_that_breaks_off_says_so_to_whoever_waits(stage: Stage) -> None:
    def broken(_record: Credential) -> None:
        raise LookupError("broken")

    bench = stage.bench
    keeper = SignInKeeper(bench.records, bench.issuer, bench.box, PEPPER, bench.clock, stored=broken)
    signins = SignIns(bench.issuer, keeper, bench.clock, pause=stage.steps.pause)
    bench.service.confirmed = "ada"
    begun = await signins.begin_device(Wishes())
    await stage.steps.go()
    with anyio.fail_after(10):
        assert (await signins.wait(begun.id)).state == "failed"
    await signins.close()


async def test_a_sign_in_can_be_given_up(stage: Stage) -> None:
    begun = await stage.signins.begin_device(Wishes())
    assert stage.signins.cancel(begun.id).state == "cancelled"
    assert (await stage.ended(begun.id)).state == "cancelled"
    with pytest.raises(NotFound):
        stage.signins.get("signin_nobody")


async def test_a_service_without_codes_is_told_so(stage: Stage) -> None:
    stage.bench.service.script(DEVICE, Scripted(404, {}))
    with pytest.raises(SignInRefused) as raised:
        await stage.signins.begin_device(Wishes())
    assert raised.value.refusal is Refusal.UNSUPPORTED


async def test_only_so_many_are_under_way(stage: Stage) -> None:
    begun = [await stage.signins.begin_redirect(Wishes()) for _ in range(MOST)]
    with pytest.raises(LimitExceeded):
        await stage.signins.begin_redirect(Wishes())
    stage.signins.cancel(begun[0].id)
    await stage.signins.begin_redirect(Wishes())
    stage.bench.clock.advance(601)
    await stage.signins.begin_redirect(Wishes())
    assert stage.signins.get(begun[1].id).state == "expired"
    stage.bench.clock.advance(601)
    await stage.signins.begin_redirect(Wishes())
    with pytest.raises(NotFound):
        stage.signins.get(begun[1].id)


def state_of(begun: SignIn) -> str:
    return parse_qs(urlsplit(begun.url).query)["state"][0]


async def test_the_pasted_address_ends_a_browser_sign_in(stage: Stage) -> None:
    begun = await stage.signins.begin_redirect(Wishes(name="mine"))
    state = state_of(begun)
    for wrong in ("", "hello", f"{CALLBACK}?code=c&state=other", f"{CALLBACK}?state={state}", "https://[::1"):
        with pytest.raises(InvalidRequest):
            await stage.signins.finish_redirect(begun.id, wrong)
    done = await stage.signins.finish_redirect(begun.id, f" {CALLBACK}?code=c-1&state={state}\n")
    assert done.state == "done"
    assert (await stage.bench.stored(done.credential_id)).name == "mine"
    assert stage.bench.service.calls[-1][1]["redirect_uri"] == CALLBACK
    with pytest.raises(NotFound):
        await stage.signins.finish_redirect(begun.id, f"{CALLBACK}?code=c-1&state={state}")


async def test_a_refusal_in_the_browser_is_told(stage: Stage) -> None:
    begun = await stage.signins.begin_redirect(Wishes())
    pasted = f"{CALLBACK}?error=access_denied&error_description=no+way&state={state_of(begun)}"
    ended = await stage.signins.finish_redirect(begun.id, pasted)
    assert ended.state == "refused"
    assert "no way" in ended.message


async def get(port: int, target: str, host: str = "") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def test_the_browser_comes_back_by_itself(stage: Stage) -> None:
    begun = await stage.signins.begin_redirect(Wishes())
    query = f"code=c-1&state={state_of(begun)}"
    async with stage.signins.listening(begun.id, port=0) as port:
        assert b" 404 " in await get(port, f"/elsewhere?{query}")
        assert b" 404 " in await get(port, f"/callback?{query}", host="evil.example")
        assert b" 400 " in await get(port, "/callback?code=c-1&state=other")
        assert stage.signins.get(begun.id).state == "waiting"
        answer = await get(port, f"/callback?{query}")
        assert b" 200 " in answer
        assert b"c-1" not in answer
        done = await stage.ended(begun.id)
    assert done.state == "done"


async def test_a_port_in_use_is_told_with_what_to_do(stage: Stage) -> None:
    begun = await stage.signins.begin_redirect(Wishes())
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port}.*pasting"):
            async with stage.signins.listening(begun.id, port=port):
                pass


async def test_a_device_signs_in_at_the_sandbox(sandbox: Sandbox) -> None:
    clock, records = SystemClock(), MemoryRecords()
    root = sandbox.base_url.removesuffix("/v1")
    async with (
        refresh_bench() as bench,
        Transport(user_agent="grok2api/test") as transport,
    ):
        issuer = XaiIssuer(
            transport, issuer=root, client_id="sandbox-test", scopes=("openid", "api:access"), clock=clock
        )
        keeper, steps = SignInKeeper(records, issuer, bench.box, PEPPER, clock), Steps()
        signins = SignIns(issuer, keeper, clock, pause=steps.pause)
        begun = await signins.begin_device(Wishes())
        approval = {"user_code": begun.user_code, "account": "zoe@example.com", "tier": "supergrok_heavy"}
        await asyncio.to_thread(request, "POST", f"{root}/sandbox/oauth/approve", approval)
        await steps.go()
        with anyio.fail_after(10):
            done = await signins.wait(begun.id)
        await signins.close()
        assert done.state == "done", done
        (record,) = await records.credentials.list()
        assert (record.login, record.tier) == ("zoe@example.com", "super")
        assert record.account_id == f"team_{record.team_id}"
        refresher = bench.refresher(records=records, clock=clock, issuer=issuer)
        for generation in (1, 2, 3):
            outcome = await refresher.refresh(record.id, rejected=generation)
            assert outcome.usable, outcome


def test_the_notice_names_the_risk_and_the_setting() -> None:
    assert "close the account" in NOTICE
    assert "terms" in NOTICE
    assert "oauth.enabled" in OAUTH_OFF
