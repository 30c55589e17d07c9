"""Files are taken into the pool: each entry gets an outcome, and no refresh token is spent."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from grok2api.canonical.tokens import TokenSet
from grok2api.errors import InvalidRequest
from grok2api.kit.secretbox import is_sealed
from grok2api.operations.filters import Filter
from grok2api.operations.importing import ImportReport, import_entries, read_file
from grok2api.pool.proxy_seal import open_proxy
from grok2api.pool.refresh.rules import RefreshRules, due
from grok2api.pool.tokens import open_tokens
from grok2api.storage.records import Credential
from support.operator_pool import ISSUER, Pool, token

EVERYTHING = Filter(everything=True)
KEYS = "xai-canary-00000001\n# a comment\nxai-canary-00000002\n\nsk-ant-not-ours"


def sign_in_file(tokens: TokenSet, **more: object) -> bytes:
    """Return a file as CLIProxyAPI keeps one."""
    told = {"type": "xai", "access_token": tokens.access_token, "refresh_token": tokens.refresh_token}
    return msgspec.json.encode(told | more)


async def taken(
    pool: Pool, content: str | bytes, *, dry_run: bool = False, oauth: bool = True
) -> ImportReport:
    parsed = await read_file(content.encode() if isinstance(content, str) else content)
    return await import_entries(parsed, pool.target(oauth=oauth), dry_run=dry_run)


async def stored(pool: Pool) -> list[Credential]:
    return await pool.operations.choose(EVERYTHING)


async def test_every_line_gets_an_outcome_in_the_order_of_the_file(pool: Pool) -> None:
    known = await pool.key(2, name="mine")
    report = await taken(pool, KEYS)
    told = [(row.place, row.outcome, row.name) for row in report.rows]
    assert told == [
        ("line 1", "added", "xai-…0001"),
        ("line 3", "known", "mine"),
        ("line 5", "rejected", ""),
    ]
    assert (report.rows[1].id, report.rows[2].id) == (known.id, "")
    assert report.rows[2].reason
    assert report.counts == {"added": 1, "known": 1, "rejected": 1}
    assert (report.format, report.total, report.cancelled) == ("txt", 3, False)
    assert len(await stored(pool)) == 2


async def test_a_dry_run_tells_the_same_and_does_nothing(pool: Pool) -> None:
    await pool.key(2)
    report = await taken(pool, KEYS, dry_run=True)
    assert [row.outcome for row in report.rows] == ["would add", "known", "rejected"]
    assert len(await stored(pool)) == 1


async def test_what_a_file_says_of_a_credential_is_kept(pool: Pool) -> None:
    rows = "key,name,tier,tags,priority,proxy,enabled\nxai-canary-00000001,one,basic,a;b,4,socks5://h:1,no\n"
    await taken(pool, rows)
    (made,) = await stored(pool)
    assert (made.name, made.tier, made.tags, made.priority) == ("one", "basic", ("a", "b"), 4)
    assert (open_proxy(made, pool.box), made.enabled) == ("socks5://h:1", False)
    assert is_sealed(made.proxy)


async def test_a_description_that_cannot_be_used_is_rejected_without_its_password(pool: Pool) -> None:
    report = await taken(pool, "key,proxy\nxai-canary-00000001,ftp://user:canary-password@h\n")
    assert report.counts == {"rejected": 1}
    assert report.rows[0].reason.startswith("proxy must be")
    assert "canary-password" not in repr(report)


async def test_a_living_sign_in_is_kept_as_it_is(pool: Pool) -> None:
    tokens = pool.tokens("ann")
    report = await taken(pool, sign_in_file(tokens))
    assert report.counts == {"added": 1}
    (made,) = await stored(pool)
    assert (made.kind, made.login, made.tier) == ("oauth", "ann@example.com", "super")
    assert (made.account_id, made.generation) == ("team_team-ann", 1)
    assert made.expires_at == pytest.approx(pool.clock.now() + 3600)
    kept = open_tokens(made, pool.box)
    assert kept is not None
    assert (kept.access_token, kept.refresh_token) == (tokens.access_token, tokens.refresh_token)
    assert (kept.issuer, kept.subject) == (ISSUER, "ann")
    assert not due(made, pool.clock.now(), RefreshRules())


@pytest.mark.parametrize("case", ["ended", "opaque", "refresh token alone"])
async def test_any_other_sign_in_is_due_for_the_servers_refresher(pool: Pool, case: str) -> None:
    content = {
        "ended": sign_in_file(pool.tokens("ann", lives=-10)),
        "opaque": sign_in_file(TokenSet(access_token="opaque-token-1234567890", refresh_token="r" * 40)),
        "refresh token alone": ("refresh:" + "r" * 40).encode(),
    }[case]
    report = await taken(pool, content)
    assert report.counts == {"added": 1}, report
    (made,) = await stored(pool)
    kept = open_tokens(made, pool.box)
    assert kept is not None
    assert (kept.access_token, bool(kept.refresh_token), made.generation) == ("", True, 1)
    assert (made.expires_at, made.refreshed_at) == (0.0, None)
    assert due(made, pool.clock.now(), RefreshRules())
    assert (made.login == "ann@example.com") is (case == "ended")


async def test_the_same_sign_in_is_known_again(pool: Pool) -> None:
    living, alone = sign_in_file(pool.tokens("ann")), "refresh:" + "r" * 40
    for content in (living, alone):
        assert (await taken(pool, content)).counts == {"added": 1}
        assert (await taken(pool, content)).counts == {"known": 1}
    renewed = await taken(pool, sign_in_file(pool.tokens("ann", refresh="another-refresh-token-1234")))
    assert renewed.counts == {"known": 1}
    assert len(await stored(pool)) == 2


async def test_the_same_account_twice_in_one_file_is_taken_once(pool: Pool) -> None:
    both = [pool.tokens("ann", refresh=f"refresh-token-canary-{number}") for number in (1, 2)]
    lines = b"\n".join(map(sign_in_file, both))
    report = await taken(pool, lines)
    assert [row.outcome for row in report.rows] == ["added", "rejected"]
    assert report.rows[1].reason == "it is the same as line 1"


@pytest.mark.parametrize("lives", [3600.0, -10.0])
async def test_a_file_brings_a_dead_sign_in_back(pool: Pool, lives: float) -> None:
    dead = await pool.sign_in("ann", refresh_dead=True, refresh_error="revoked", status="expired", reason="r")
    content = sign_in_file(pool.tokens("ann", lives=lives, refresh="new-refresh-token-canary"))
    assert (await taken(pool, content, dry_run=True)).counts == {"would update": 1}
    assert await pool.read(dead) == dead
    report = await taken(pool, content)
    assert [(row.outcome, row.id) for row in report.rows] == [("updated", dead.id)]
    now = await pool.read(dead)
    kept = open_tokens(now, pool.box)
    assert kept is not None
    assert (kept.refresh_token, bool(kept.access_token)) == ("new-refresh-token-canary", lives > 0)
    assert (now.refresh_dead, now.refresh_error, now.status, now.generation) == (False, "", "active", 2)
    assert due(now, pool.clock.now(), RefreshRules()) is (lives < 0)


async def test_a_refresh_token_that_was_refused_already_brings_nothing_back(pool: Pool) -> None:
    dead = await pool.sign_in("ann", refresh_dead=True, status="expired", reason="r")
    assert (await taken(pool, sign_in_file(pool.tokens("ann")))).counts == {"known": 1}
    assert await pool.read(dead) == dead


async def test_sign_ins_are_refused_while_they_are_off(pool: Pool) -> None:
    report = await taken(pool, sign_in_file(pool.tokens("ann")), oauth=False)
    assert report.counts == {"rejected": 1}
    assert report.rows[0].reason.startswith("Signing in with xAI accounts is off.")
    assert await stored(pool) == []


@pytest.mark.parametrize("service", ["http://127.0.0.1:1", "//[no-address"])
async def test_a_sign_in_of_another_service_is_refused(pool: Pool, service: str) -> None:
    foreign = token(sub="ann", iss=service, exp=pool.clock.now() + 3600)
    report = await taken(pool, sign_in_file(TokenSet(access_token=foreign, refresh_token="r" * 40)))
    assert report.counts == {"rejected": 1}
    assert "oauth.issuer" in report.rows[0].reason


async def test_a_stop_keeps_what_was_added_and_says_so(pool: Pool) -> None:
    keys = "\n".join(f"xai-canary-{number:08d}" for number in range(1000))
    seen: list[tuple[int, int]] = []
    parsed = await read_file(keys.encode())
    report = await import_entries(
        parsed,
        pool.target(),
        progress=lambda done, total: seen.append((done, total)),
        cancelled=lambda: bool(seen) and seen[-1][0] >= 400,
    )
    assert seen == [(100, 1000), (200, 1000), (300, 1000), (400, 1000)]
    assert (report.cancelled, report.total, report.counts) == (True, 1000, {"added": 400})
    assert len(await stored(pool)) == 400


async def test_two_imports_of_one_file_at_once_add_each_key_once(pool: Pool) -> None:
    keys = "\n".join(f"xai-canary-{number:08d}" for number in range(300))
    first, second = await asyncio.gather(taken(pool, keys), taken(pool, keys))
    outcomes = [row.outcome for row in (*first.rows, *second.rows)]
    assert (outcomes.count("added"), outcomes.count("known")) == (300, 300)
    assert len(await stored(pool)) == 300


async def test_a_sealed_file_without_its_passphrase_is_refused(pool: Pool) -> None:
    sealed = b'{"grok2api_export":1,"ciphertext":"x"}'
    with pytest.raises(InvalidRequest) as refused:
        await taken(pool, sealed)
    assert refused.value.param == "passphrase"
