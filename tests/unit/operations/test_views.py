"""How a credential looks: everything that helps an operator, and nothing that is secret."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from grok2api.operations.views import credential_view, state_of, status_of
from grok2api.pool.tokens import open_tokens
from grok2api.storage.records import UsageTotals
from support.operator_pool import Pool


async def test_a_view_holds_no_secret(pool: Pool) -> None:
    key = await pool.key(1, proxy="socks5://someone:canary-password@proxy.example:1080")
    sign_in = await pool.sign_in()
    tokens = open_tokens(sign_in, pool.box)
    assert tokens is not None
    shown = msgspec.json.encode(
        [credential_view(each, box=pool.box, now=pool.clock.now()) for each in (key, sign_in)]
    ).decode()
    hidden = ("xai-canary-00000001", "canary-password", tokens.access_token, tokens.refresh_token)
    assert not [
        secret for secret in (*hidden, key.fingerprint, key.secret, sign_in.secret) if secret in shown
    ]
    assert "socks5://***@proxy.example:1080" in shown


async def test_a_sign_in_shows_whose_it_is_and_how_its_tokens_stand(pool: Pool) -> None:
    view = credential_view(await pool.sign_in("ann"), box=pool.box, now=pool.clock.now())
    assert (view["kind"], view["login"], view["team_id"]) == ("oauth", "ann@example.com", "team-ann")
    assert (view["account_id"], view["tier"], view["generation"]) == ("team_team-ann", "super", 1)
    assert (view["refreshed_at"], view["expires_at"]) == ("2026-11-18T11:06:40Z", "2026-11-18T12:06:40Z")
    assert (view["needs_sign_in"], view["refresh_error"]) == (False, "")


@pytest.mark.parametrize("changes", [{"refresh_dead": True}, {"status": "expired"}])
async def test_a_dead_sign_in_says_that_it_needs_a_new_one(pool: Pool, changes: dict[str, object]) -> None:
    record = replace(await pool.sign_in(), **changes)  # type: ignore[arg-type]
    assert credential_view(record, box=pool.box, now=pool.clock.now())["needs_sign_in"] is True


async def test_what_was_served_and_what_is_left_are_told(pool: Pool) -> None:
    record = replace(await pool.key(), quota_left=0.25, quota_source="402", quota_at=0.0)
    used = UsageTotals(
        credential_id=record.id,
        requests=3,
        input_tokens=10,
        output_tokens=20,
        cost_ticks=12_300_000_000,
        last_used_at=1_795_000_000.0,
    )
    view = credential_view(record, box=pool.box, now=pool.clock.now(), used=used)
    assert view["quota"] == {"left": 0.25, "source": "402", "at": "1970-01-01T00:00:00Z"}
    assert view["usage"] == {
        "requests": 3,
        "input_tokens": 10,
        "output_tokens": 20,
        "cost_usd": "1.23",
        "cost_ticks": 12_300_000_000,
        "last_used_at": "2026-11-18T11:06:40Z",
    }
    assert credential_view(record, box=pool.box, now=pool.clock.now())["usage"] == {
        "requests": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": "0.00",
        "cost_ticks": 0,
        "last_used_at": None,
    }


async def test_a_secret_of_another_server_shows_as_blocked(pool: Pool) -> None:
    record = replace(await pool.key(), secret="v1:00000000:aaaa:aaaa")
    status, reason, _ = state_of(record, pool.box, pool.clock.now())
    assert (status, reason) == ("blocked", "its secret does not open with this server's secret key")


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("shut", ["", "secret", "proxy"])
@pytest.mark.parametrize("rest", [None, -1.0, 0.0, 60.0])
@pytest.mark.parametrize(
    "status", ["active", "cooling", "exhausted", "expired", "blocked", "disabled", "of a later version"]
)
async def test_the_state_is_the_same_wherever_it_is_counted(
    pool: Pool, status: str, rest: float | None, shut: str, *, enabled: bool
) -> None:
    now = pool.clock.now()
    until = None if rest is None else now + rest
    record = replace(await pool.key(), status=status, cooldown_until=until, enabled=enabled)
    if shut:
        record = replace(record, **{shut: pool.box.seal("of another credential", "credentials/another")})  # type: ignore[arg-type]
    told, reason, _ = state_of(record, pool.box, now)
    assert status_of(record, now, opens=not shut) == told
    if shut and enabled:
        assert (told, reason) == ("blocked", f"its {shut} does not open with this server's secret key")
