"""What is kept comes back whole; what must be unique is; what is gone is gone."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import TYPE_CHECKING

import pytest

from grok2api.errors import StorageError
from grok2api.storage.records import ClientKey, Conflict, Credential, Missing, SettingOverride

if TYPE_CHECKING:
    from collections.abc import Callable

    from grok2api.storage.stores import Records

FULL = {
    "kind": "oauth",
    "tier": "basic",
    "tags": ("eu", "灵", 'with "quotes", and commas'),
    "priority": -3,
    "weight": 7,
    "max_concurrency": 2,
    "proxy": "http://user:word@proxy.test:3128",
    "models": ("grok-4", "grok-4-fast"),
    "note": "first line\nsecond line",
    "former_accounts": ("team-0", "user-灵"),
    "team_id": "team-1",
    "user_id": "user-1",
    "login": "somebody@mail.test",
    "acls": ("api-key:model:*", "api-key:endpoint:chat"),
    "probed_at": 1_795_000_001.5,
    "expires_at": 1_795_021_600.125,
    "refreshed_at": 1_795_000_000.5,
    "generation": 12,
    "refresh_intent": '{"holder":"host/1"}',
    "refresh_error": "the issuer did not answer",
    "refresh_dead": True,
    "quota_left": 0.375,
    "quota_source": "billing",
    "quota_at": 1_795_000_002.5,
    "enabled": False,
    "status": "cooling",
    "reason": "rate limited",
    "cooldown_until": 1_795_000_060.123456,
    "cleared_at": 1_795_000_003.5,
}


async def test_a_credential_comes_back_whole(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    optional = {each.name for each in fields(Credential) if each.default is not MISSING}
    assert optional - {"revision"} <= FULL.keys()
    given = make_credential(**FULL)
    kept = await records.credentials.add(given)
    assert kept == replace(given, revision=kept.revision)
    assert kept.revision > 0
    assert await records.credentials.get(given.id) == kept
    assert await records.credentials.list() == (kept,)


async def test_nothing_is_there_at_first(records: Records) -> None:
    assert await records.credentials.list() == ()
    assert await records.keys.list() == ()
    assert await records.settings.list() == ()
    assert await records.usage.recent(10) == ()
    assert await records.credentials.get("cred_001") is None
    assert await records.keys.get("key_001") is None
    await records.ping()


async def test_credentials_are_listed_in_the_order_of_their_ids(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    for number in (2, 3, 1):
        await records.credentials.add(make_credential(number))
    assert [each.id for each in await records.credentials.list()] == ["cred_001", "cred_002", "cred_003"]


async def test_the_same_secret_is_not_kept_twice(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    first = await records.credentials.add(make_credential(1))
    before = await records.changes_since(0)
    with pytest.raises(Conflict) as caught:
        await records.credentials.add(make_credential(2, fingerprint=first.fingerprint))
    assert first.fingerprint not in str(caught.value)
    assert await records.changes_since(0) == before


async def test_a_put_of_a_key_that_is_not_there_is_refused(
    records: Records, make_key: Callable[..., ClientKey]
) -> None:
    with pytest.raises(Missing):
        await records.keys.put(make_key(1))
    assert (await records.changes_since(0)).revision == 0


async def test_health_changes_alone(records: Records, make_credential: Callable[..., Credential]) -> None:
    first = await records.credentials.add(make_credential(1, tags=("kept",)))
    await records.credentials.set_health(first.id, status="cooling", reason="429", cooldown_until=99.5)
    after = await records.credentials.get(first.id)
    assert after is not None
    assert after.revision > first.revision
    assert after == replace(
        first, status="cooling", reason="429", cooldown_until=99.5, revision=after.revision
    )


async def test_the_same_health_is_no_change(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    first = await records.credentials.add(make_credential(1))
    await records.credentials.set_health(first.id, status="active", reason="", cooldown_until=None)
    assert await records.credentials.get(first.id) == first
    with pytest.raises(Missing):
        await records.credentials.set_health("cred_404", status="active", reason="", cooldown_until=None)


async def test_a_delete_tells_whether_it_was_there(
    records: Records, make_credential: Callable[..., Credential], make_key: Callable[..., ClientKey]
) -> None:
    await records.credentials.add(make_credential(1))
    await records.keys.add(make_key(1))
    assert [await records.credentials.delete("cred_001"), await records.credentials.delete("cred_001")] == [
        True,
        False,
    ]
    assert [await records.keys.delete("key_001"), await records.keys.delete("key_001")] == [True, False]
    assert await records.credentials.get("cred_001") is None
    assert await records.keys.get("key_001") is None


async def test_a_deleted_secret_may_come_back(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    await records.credentials.add(make_credential(1))
    await records.credentials.delete("cred_001")
    kept = await records.credentials.add(make_credential(1))
    assert await records.credentials.list() == (kept,)


async def test_a_client_key_comes_back_whole(records: Records, make_key: Callable[..., ClientKey]) -> None:
    given = make_key(
        1,
        models=("grok-4",),
        strict=True,
        pool_tags=("eu", "灵"),
        pool_tier="super",
        enabled=False,
        expires_at=5.5,
    )
    kept = await records.keys.add(given)
    assert kept == replace(given, revision=kept.revision)
    assert await records.keys.get(given.id) == kept
    changed = await records.keys.put(replace(kept, enabled=True, expires_at=None))
    assert await records.keys.list() == (changed,)
    assert changed.revision > kept.revision


async def test_the_same_key_is_not_kept_twice(records: Records, make_key: Callable[..., ClientKey]) -> None:
    first = await records.keys.add(make_key(1))
    with pytest.raises(Conflict):
        await records.keys.add(make_key(2, hash=first.hash))
    assert await records.keys.list() == (first,)


async def test_a_setting_is_replaced_in_place(records: Records) -> None:
    await records.settings.put(SettingOverride(path="grok.timeout", value="600", updated_at=1.0))
    last = await records.settings.put(SettingOverride(path="grok.timeout", value="90", updated_at=2.0))
    assert await records.settings.list() == (last,)
    assert await records.settings.delete("grok.timeout") is True
    assert await records.settings.delete("grok.timeout") is False
    assert await records.settings.list() == ()


async def test_a_fact_is_written_once(records: Records) -> None:
    assert await records.meta.get("canary") is None
    assert await records.meta.put_if_absent("canary", "first") == "first"
    assert await records.meta.put_if_absent("canary", "second") == "first"
    assert await records.meta.get("canary") == "first"


async def test_a_fact_is_replaced_when_that_is_asked_for(records: Records) -> None:
    await records.meta.put("pepper", "first")
    await records.meta.put("pepper", "second")
    assert await records.meta.get("pepper") == "second"


async def test_a_closed_store_does_not_answer(records: Records) -> None:
    await records.close()
    with pytest.raises(StorageError):
        await records.ping()


def test_nothing_secret_is_shown(
    make_credential: Callable[..., Credential], make_key: Callable[..., ClientKey]
) -> None:
    credential, key = make_credential(1, **FULL), make_key(1)
    setting = SettingOverride(path="app.app_key", value='"hunter2"', updated_at=1.0)
    shown = f"{credential!r} {key!r} {setting!r}"
    for secret in (credential.secret, credential.fingerprint, credential.proxy, key.hash, "hunter2"):
        assert secret not in shown
