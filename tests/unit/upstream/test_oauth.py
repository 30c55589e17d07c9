"""What xAI's sign-in service says is understood, and nothing is sent where it does not belong."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import parse_qs, urlsplit

import pytest

from grok2api.canonical.tokens import Refusal, SignInRefused
from grok2api.kit import base64url
from grok2api.kit.clock import ManualClock
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.oauth import XaiIssuer
from grok2api.upstream.xai.oauth_discovery import documented, read_discovery, trusted
from support.tiny_issuer import DEVICE, DISCOVERY, TOKEN, Scripted, TinyIssuer, jwt, tiny_issuer

REDIRECT = "http://127.0.0.1:56121/callback"


@pytest.fixture
async def service() -> AsyncIterator[TinyIssuer]:
    async with tiny_issuer() as made:
        yield made


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def issuer(service: TinyIssuer, clock: ManualClock) -> AsyncIterator[XaiIssuer]:
    async with AsyncExitStack() as stack:
        transport = Transport(user_agent="grok2api/test")
        await stack.enter_async_context(transport)
        yield XaiIssuer(
            transport,
            issuer=service.url,
            client_id="client-1",
            scopes=("openid", "api:access"),
            clock=clock,
            seconds=5.0,
        )


async def refusal_of(issuer: XaiIssuer) -> SignInRefused:
    with pytest.raises(SignInRefused) as raised:
        await issuer.refresh("refresh-secret-token")
    return raised.value


async def test_a_refresh_gives_new_tokens(service: TinyIssuer, issuer: XaiIssuer) -> None:
    first = service.sign_in("ada")
    fresh = await issuer.refresh(first.refresh_token)
    assert (fresh.refresh_token, fresh.expires_in, fresh.scope) == ("refresh-ada-2", 3600.0, "openid")
    assert fresh.access_token not in repr(fresh)
    assert service.calls[-1] == (
        TOKEN,
        {"grant_type": "refresh_token", "refresh_token": "refresh-ada-1", "client_id": "client-1"},
    )


async def test_a_refresh_names_the_client_that_the_token_was_issued_to(
    service: TinyIssuer, issuer: XaiIssuer
) -> None:
    await issuer.refresh(service.sign_in("ada").refresh_token, client_id="client-2")
    assert service.calls[-1][1]["client_id"] == "client-2"


@pytest.mark.parametrize(
    ("answer", "refusal", "sent"),
    [
        (Scripted(400, {"error": "invalid_grant"}), Refusal.DEAD, False),
        (Scripted(401, {"error": "invalid_grant"}), Refusal.DEAD, False),
        (Scripted(200, {"error": "invalid_grant"}), Refusal.DEAD, False),
        (Scripted(400, {"error": {"code": "invalid_grant", "message": "no"}}), Refusal.DEAD, False),
        (Scripted(400, {"error": "invalid_client"}), Refusal.CLIENT, False),
        (Scripted(401, {"error": "unauthorized_client"}), Refusal.CLIENT, False),
        (Scripted(403, {"code": "permission-denied", "error": "no"}), Refusal.TIER, False),
        (Scripted(403, {"error": "User is blocked"}), Refusal.BLOCKED, False),
        (Scripted(403, {"code": "unauthorized:blocked-user", "error": "x"}), Refusal.BLOCKED, False),
        (Scripted(403, {"error": "[WKE=personal-team-blocked:spending-limit]"}), Refusal.TIER, False),
        (Scripted(403, b"<html>checking your browser</html>"), Refusal.TRANSIENT, False),
        (Scripted(400, {"error": "invalid_request"}), Refusal.TRANSIENT, False),
        (Scripted(401, {"error": "invalid_token"}), Refusal.TRANSIENT, False),
        (Scripted(400, b"<html>"), Refusal.TRANSIENT, False),
        (Scripted(404, {"error": "not found"}), Refusal.TRANSIENT, False),
        (Scripted(429, {"error": "slow"}), Refusal.TRANSIENT, False),
        (Scripted(408, {}), Refusal.TRANSIENT, False),
        (Scripted(500, {"error": "x"}), Refusal.TRANSIENT, True),
        (Scripted(302, {}, (("Location", "https://evil.example/"),)), Refusal.TRANSIENT, True),
        (Scripted(200, b"not json"), Refusal.TRANSIENT, True),
        (Scripted(200, [1]), Refusal.TRANSIENT, True),
        (Scripted(200, {"access_token": "with space"}), Refusal.TRANSIENT, True),
        (Scripted(200, {"access_token": "a", "pad": "x" * 70_000}), Refusal.TRANSIENT, True),
        (Scripted(0), Refusal.TRANSIENT, True),
    ],
)
async def test_every_answer_means_one_thing(
    service: TinyIssuer, issuer: XaiIssuer, answer: Scripted, refusal: Refusal, sent: bool
) -> None:
    service.script(TOKEN, answer)
    told = await refusal_of(issuer)
    assert (told.refusal, told.sent) == (refusal, sent)


async def test_a_refusal_repeats_no_token(service: TinyIssuer, issuer: XaiIssuer) -> None:
    said = f"refresh-secret-token and {jwt(sub='ada')} are bad"
    service.script(TOKEN, Scripted(400, {"error": "invalid_grant", "error_description": said}))
    told = await refusal_of(issuer)
    assert "refresh-secret-token" not in f"{told} {told.detail}"
    assert "eyJ" not in told.detail
    assert "are bad" in told.detail


async def test_the_wait_that_is_asked_for_is_told(service: TinyIssuer, issuer: XaiIssuer) -> None:
    service.script(TOKEN, Scripted(429, {"error": "slow"}, (("Retry-After", "17"),)))
    assert (await refusal_of(issuer)).retry_after == 17


async def test_nobody_listening_means_nothing_was_sent(clock: ManualClock) -> None:
    async with Transport(user_agent="grok2api/test") as transport:
        issuer = XaiIssuer(
            transport, issuer="http://127.0.0.1:9", client_id="c", scopes=(), clock=clock, seconds=5.0
        )
        told = await refusal_of(issuer)
    assert (told.refusal, told.sent) == (Refusal.TRANSIENT, False)


async def test_a_device_code_is_confirmed(service: TinyIssuer, issuer: XaiIssuer) -> None:
    grant = await issuer.begin_device()
    assert (grant.user_code, grant.interval, grant.expires_in) == ("ABCD-EFGH", 5.0, 1800.0)
    assert "device-code-1" not in repr(grant)
    assert service.calls[-1] == (DEVICE, {"client_id": "client-1", "scope": "openid api:access"})
    with pytest.raises(SignInRefused) as pending:
        await issuer.poll_device(grant.device_code)
    assert pending.value.refusal is Refusal.PENDING
    service.confirmed = "ada"
    assert (await issuer.poll_device(grant.device_code)).refresh_token == "refresh-ada-1"


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (Scripted(404, {"error": "not found"}), Refusal.UNSUPPORTED),
        (Scripted(400, {"error": "invalid_client"}), Refusal.CLIENT),
        (Scripted(403, {"error": "no"}), Refusal.TRANSIENT),
        (Scripted(200, {"device_code": "d", "user_code": "u"}), Refusal.TRANSIENT),
        (
            Scripted(200, {"device_code": "d", "user_code": "u", "verification_uri": "javascript:alert(1)"}),
            Refusal.TRANSIENT,
        ),
    ],
)
async def test_there_may_be_no_device_code(
    service: TinyIssuer, issuer: XaiIssuer, answer: Scripted, refusal: Refusal
) -> None:
    service.script(DEVICE, answer)
    with pytest.raises(SignInRefused) as raised:
        await issuer.begin_device()
    assert raised.value.refusal is refusal


async def test_a_browser_sign_in_is_bound_to_its_verifier(service: TinyIssuer, issuer: XaiIssuer) -> None:
    request = await issuer.authorization(REDIRECT)
    told = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    digest = base64url.encode(hashlib.sha256(request.verifier.encode()).digest())
    assert told == {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": REDIRECT,
        "scope": "openid api:access",
        "state": request.state,
        "nonce": request.nonce,
        "code_challenge": digest,
        "code_challenge_method": "S256",
    }
    assert request.state not in repr(request)
    await issuer.exchange("code-1", request)
    assert service.calls[-1][1] == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": REDIRECT,
        "client_id": "client-1",
        "code_verifier": request.verifier,
    }


async def test_tokens_of_another_browser_sign_in_are_refused(service: TinyIssuer, issuer: XaiIssuer) -> None:
    request = await issuer.authorization(REDIRECT)
    answer = {"access_token": "a", "id_token": jwt(sub="ada", nonce="another")}
    service.script(TOKEN, Scripted(200, answer))
    with pytest.raises(SignInRefused):
        await issuer.exchange("code-1", request)


async def test_the_service_is_asked_for_its_addresses_once(
    service: TinyIssuer, issuer: XaiIssuer, clock: ManualClock
) -> None:
    service.script(DISCOVERY, Scripted(200, {"token_endpoint": f"{service.url}/elsewhere"}))
    service.script("/elsewhere", *[Scripted(200, {"access_token": "a"})] * 21)
    await asyncio.gather(*(issuer.refresh(f"token-{number}") for number in range(20)))
    assert [path for path, _ in service.calls].count(DISCOVERY) == 1
    clock.advance(3601)
    await refusal_of(issuer)
    assert [path for path, _ in service.calls].count(DISCOVERY) == 2


async def test_those_who_ask_together_fail_together(clock: ManualClock) -> None:
    tried = 0

    async def slam(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tried
        tried += 1
        writer.close()

    server = await asyncio.start_server(slam, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, Transport(user_agent="grok2api/test") as transport:
        issuer = XaiIssuer(transport, issuer=url, client_id="c", scopes=(), clock=clock, seconds=5.0)
        told = await asyncio.gather(*(refusal_of(issuer) for _ in range(10)))
    assert {each.refusal for each in told} == {Refusal.TRANSIENT}
    assert not any(each.sent for each in told)
    assert tried <= 2


async def test_without_a_discovery_document_the_documented_paths_serve(
    service: TinyIssuer, issuer: XaiIssuer
) -> None:
    service.script(DISCOVERY, Scripted(503, {}), Scripted(404, {}))
    for subject in ("ada", "grace", "joan"):
        await issuer.refresh(service.sign_in(subject).refresh_token)
    assert [path for path, _ in service.calls].count(DISCOVERY) == 2


async def test_a_document_that_points_elsewhere_gets_no_token(service: TinyIssuer, issuer: XaiIssuer) -> None:
    service.script(DISCOVERY, Scripted(200, {"token_endpoint": "https://evil.example/token"}))
    told = await refusal_of(issuer)
    assert told.refusal is Refusal.CLIENT
    assert [path for path, _ in service.calls] == [DISCOVERY]


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://auth.x.ai/oauth2/token", True),
        ("https://accounts.x.ai/token", True),
        ("https://accounts.x.ai:443/token", True),
        ("https://accounts.x.ai:8443/token", False),
        ("http://accounts.x.ai/token", False),
        ("https://x.ai.evil.example/token", False),
        ("https://evilx.ai/token", False),
        ("https://auth.x.ai@evil.example/token", False),
        ("https://evil.example\\@auth.x.ai/token", False),
        ("https://user:pass@auth.x.ai/token", False),
        ("https://auth.x.ai./token", False),
        ("https://auth.x.ai/token#part", False),
        ("https://auth.x.ai:port/token", False),
        ("https://[::1/token", False),
        ("/oauth2/token", False),
        ("", False),
    ],
)
def test_tokens_go_to_the_issuer_or_to_xai(url: str, fine: bool) -> None:
    assert trusted(url, "https://auth.x.ai") is fine


def test_an_own_issuer_is_held_to_its_own_origin() -> None:
    assert trusted("http://127.0.0.1:9000/token", "http://127.0.0.1:9000")
    assert not trusted("http://127.0.0.1:9001/token", "http://127.0.0.1:9000")
    assert not trusted("https://127.0.0.1:9000/token", "http://127.0.0.1:9000")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"token_endpoint": 3}', b"[" * 3000])
def test_what_is_no_discovery_document_is_not_taken_for_one(content: bytes) -> None:
    assert read_discovery(content, "https://auth.x.ai") is None


def test_a_document_names_what_it_wants_to() -> None:
    found = read_discovery(b'{"token_endpoint": "https://auth.x.ai/t"}', "https://auth.x.ai/")
    assert found is not None
    assert found.token == "https://auth.x.ai/t"
    assert found.device == documented("https://auth.x.ai").device
