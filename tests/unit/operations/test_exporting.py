"""An export opens with its passphrase alone, and gives the same pool elsewhere."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from grok2api.errors import InvalidRequest
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.operations.exporting import export
from grok2api.operations.filters import Filter
from grok2api.operations.importing import import_entries, read_file
from grok2api.operations.views import open_secret
from grok2api.pool.proxy_seal import open_proxy
from grok2api.pool.tokens import open_tokens
from grok2api.storage.open import open_records
from grok2api.storage.records import Credential
from support.operator_pool import Pool

PASSPHRASE = "correct horse battery"
EVERYTHING = Filter(everything=True)
OF_THE_STORE = {"id", "secret", "created_at", "updated_at", "revision", "refreshed_at", "expires_at"}


def said(credential: Credential, box: SecretBox) -> dict[str, object]:
    told = {
        field.name: getattr(credential, field.name)
        for field in fields(credential)
        if field.name not in OF_THE_STORE
    }
    return {**told, "proxy": open_proxy(credential, box)}


async def test_an_export_gives_the_same_pool_elsewhere(pool: Pool, tmp_path: Path) -> None:
    await pool.key(1, name="one", tags=("a",), proxy="socks5://u:p@h:1", enabled=False, note="n", priority=-2)
    await pool.sign_in("ann", models=("grok-4",), max_concurrency=3, weight=2, tier="basic")
    made = await export(await pool.operations.choose(EVERYTHING), PASSPHRASE, pool.box)
    assert (made.count, made.sign_ins, made.left_out) == (2, 1, ())
    assert not [secret for secret in (b"xai-canary", b"refresh-token-canary") if secret in made.content]

    records = await open_records("local", "", tmp_path / "elsewhere")
    other = Pool(records, SecretBox(KeyRing("another secret key that is long enough")), pool.clock)
    try:
        parsed = await read_file(made.content, passphrase=PASSPHRASE)
        report = await import_entries(parsed, other.target())
        assert report.counts == {"added": 2}
        before = {each.kind: each for each in await pool.operations.choose(EVERYTHING)}
        after = {each.kind: each for each in await other.operations.choose(EVERYTHING)}
        assert {kind: said(each, other.box) for kind, each in after.items()} == {
            kind: said(each, pool.box) for kind, each in before.items()
        }
        assert open_secret(after["api_key"], other.box) == open_secret(before["api_key"], pool.box)
        former = open_tokens(before["oauth"], pool.box)
        assert former is not None
        assert open_tokens(after["oauth"], other.box) == replace(former, scope="")
        assert after["oauth"].expires_at == pytest.approx(before["oauth"].expires_at)
    finally:
        await records.close()


async def test_a_wrong_passphrase_opens_nothing(pool: Pool) -> None:
    await pool.key()
    made = await export(await pool.operations.choose(EVERYTHING), PASSPHRASE, pool.box)
    with pytest.raises(InvalidRequest):
        await read_file(made.content, passphrase="correct horse batterY")
    with pytest.raises(InvalidRequest):
        await export([], "short", pool.box)


async def test_what_is_of_no_use_is_left_out_and_named(pool: Pool) -> None:
    shut = replace(await pool.key(), secret="v1:00000000:aaaa:aaaa")
    ending = await pool.sign_in("ann", refresh_dead=True)
    made = await export([shut, ending], PASSPHRASE, pool.box)
    assert [credential.id for credential, _ in made.left_out] == [shut.id]
    parsed = await read_file(made.content, passphrase=PASSPHRASE)
    (entry,) = parsed.entries
    assert (entry.refresh_token, bool(entry.access_token)) == ("", True)
