"""Settings over the admin API: shown with their sources, changed whole or not at all, and taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grok2api.config.fields import setting_fields
from grok2api.config.schema import MASK
from support.admin_client import Browser, Got
from support.admin_server import PASSWORD, AdminServer, World

SECRET = "http://user:a-secret-of-the-proxy@proxy.example:3128"


async def shown(operator: Browser) -> dict[str, Any]:
    got = await operator.get("/settings")
    assert got.status == 200, got.raw
    return {one["path"]: one for section in got.json["sections"] for one in section["settings"]}


async def change(operator: Browser, /, **more: Any) -> Got:
    return await operator.send("PATCH", "/settings", more)


async def test_every_setting_is_shown_with_what_a_form_needs(operator: Browser) -> None:
    settings = await shown(operator)
    assert list(settings) == [field.path for field in setting_fields()]
    one = settings["grok.max_retry"]
    assert (one["kind"], one["low"], one["value"], one["reload"]) == ("integer", 0, 3, "hot")
    assert one["source"]["kind"] == "default"
    assert one["help"]
    assert one["help_zh"]
    assert settings["grok.thinking"]["choices"]
    assert (settings["server.port"]["storable"], settings["grok.timeout"]["storable"]) == (False, True)
    locked = settings["app.app_key"]
    assert (locked["locked"], locked["value"], locked["source"]["name"]) == (
        True,
        MASK,
        "GROK2API_APP__APP_KEY",
    )


async def test_many_are_changed_at_once(operator: Browser) -> None:
    got = await change(operator, set={"grok.max_retry": 5, "grok.thinking": False}, revision=0)
    assert (got.status, got.json["revision"]) == (200, 1)
    assert [(each["path"], each["before"], each["after"]) for each in got.json["differences"]] == [
        ("grok.max_retry", None, 5),
        ("grok.thinking", None, "off"),
    ]
    settings = await shown(operator)
    assert settings["grok.max_retry"]["value"] == 5
    assert settings["grok.max_retry"]["source"]["kind"] == "store"
    assert settings["grok.max_retry"]["stored"] is True
    got = await change(operator, unset=["grok.max_retry"])
    assert got.json["revision"] == 2
    assert (await shown(operator))["grok.max_retry"]["value"] == 3


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("grok.max_retry", "many", "must be a whole number"),
        ("grok.max_retry", 10_000, "must be a whole number from"),
        ("grok.max_retri", 3, "did you mean grok.max_retry?"),
        ("server.port", 1, "before the store opens"),
        ("app.app_key", "x", "GROK2API_APP__APP_KEY"),
        ("grok.proxy_url", MASK, "mask"),
        ("app.api_key", [MASK], "mask"),
        ("grok.base_url", "ftp://x", "must"),
    ],
)
async def test_one_wrong_value_changes_nothing_at_all(
    operator: Browser, path: str, value: object, told: str
) -> None:
    wanted = {"grok.thinking": "off", path: value}
    got = await change(operator, set=wanted)
    assert (got.status, got.error["param"]) == (400, path)
    assert told in got.error["message"]
    checked = (await operator.post("/settings/check", {"set": wanted})).json
    assert (checked["ok"], [each["path"] for each in checked["problems"]]) == (False, [path])
    assert (await operator.get("/settings")).json["revision"] == 0
    assert (await shown(operator))["grok.thinking"]["stored"] is False


async def test_what_contradicts_is_refused_whole(operator: Browser, admin: AdminServer) -> None:
    admin.world.environ["GROK2API_APP__APP_KEY"] = "the-same-for-both"
    got = await change(operator, set={"app.api_key": ["the-same-for-both"], "grok.max_retry": 1})
    assert (got.status, got.error["param"]) == (400, "app.app_key")
    assert "the-same-for-both" not in got.raw.decode()
    assert (await operator.get("/settings")).json["revision"] == 0


async def test_a_check_writes_nothing(operator: Browser, admin: AdminServer) -> None:
    checked = await operator.post(
        "/settings/check", {"set": {"grok.max_retry": 1}, "unset": ["grok.timeout"]}
    )
    assert checked.json["ok"] is True
    assert checked.json["differences"][0]["after"] == 1
    assert await admin.world.records.settings.list() == ()
    assert [each for each in admin.world.records.audit.entries if each.action.startswith("settings")] == []


async def test_nobody_overwrites_what_he_has_not_seen(operator: Browser) -> None:
    await change(operator, set={"grok.max_retry": 1}, revision=0)
    got = await change(operator, set={"grok.max_retry": 2}, revision=0)
    assert (got.status, got.error["code"]) == (409, "settings_changed")
    body = {"set": {"grok.max_retry": 2}}
    assert (await operator.send("PATCH", "/settings", body, if_match='"0"')).status == 409
    assert (await operator.send("PATCH", "/settings", body, if_match="nonsense")).status == 400
    assert (await operator.send("PATCH", "/settings", body, if_match='W/"1"')).json["revision"] == 2
    assert (await operator.send("PATCH", "/settings", body, if_match="*")).json["revision"] == 2


async def test_a_secret_is_sealed_and_masked_everywhere(operator: Browser, admin: AdminServer) -> None:
    got = await change(operator, set={"grok.proxy_url": SECRET, "app.api_key": ["sk-one-of-the-keys"]})
    assert got.status == 200
    later = await change(operator, set={"grok.proxy_url": SECRET + "/"})
    answers = [got, later, await operator.get("/settings"), await operator.get("/settings/history")]
    answers += [
        await operator.get("/audit"),
        await operator.post("/settings/check", {"unset": ["grok.proxy_url"]}),
    ]
    answers.append(await operator.post("/settings/rollback", {"to": 1}))
    for answer in answers:
        assert b"a-secret-of-the-proxy" not in answer.raw
        assert b"sk-one-of-the-keys" not in answer.raw
    assert (await shown(operator))["grok.proxy_url"]["value"] == MASK
    records = admin.world.records
    kept = repr([vars(records.settings), records.audit.entries])
    values = [row.value for row in await records.settings.list()]
    values += [version.content for version in await records.settings.versions(9)]
    assert "a-secret-of-the-proxy" not in kept + json.dumps(values)
    assert all(value.startswith("v1:") for value in values)


async def test_a_version_is_restored_exactly(operator: Browser, admin: AdminServer) -> None:
    await change(operator, set={"grok.max_retry": 1, "grok.proxy_url": SECRET})
    await change(operator, set={"grok.max_retry": 2, "cache.limit_mb": 7}, unset=["grok.proxy_url"])
    await change(operator, set={"grok.thinking": "off"})
    got = await operator.post("/settings/rollback", {"to": 1, "revision": 3})
    assert got.json["revision"] == 4
    settings = await shown(operator)
    stored = {path: one["value"] for path, one in settings.items() if one["stored"]}
    assert stored == {"grok.max_retry": 1, "grok.proxy_url": MASK}
    loaded = admin.world.load((await admin.services.settings.present())[1])
    assert loaded.settings.grok.proxy_url == SECRET
    await operator.post("/settings/rollback", {"to": 0})
    assert await admin.world.records.settings.list() == ()
    assert (await operator.post("/settings/rollback", {"to": 99})).status == 404
    history = (await operator.get("/settings/history")).json["data"]
    assert [(each["number"], each["restored"]) for each in history] == [
        (5, 0),
        (4, 1),
        (3, None),
        (2, None),
        (1, None),
    ]
    assert {each["actor"] for each in history} == {"admin"}
    page = (await operator.get("/settings/history?limit=2&cursor=4")).json
    assert ([each["number"] for each in page["data"]], page["next_cursor"]) == ([3, 2], 2)


async def test_a_version_that_would_not_load_any_more_is_not_restored(
    operator: Browser, admin: AdminServer
) -> None:
    await change(operator, set={"app.api_key": ["sk-a-client-key-then"]})
    await change(operator, unset=["app.api_key"])
    admin.world.environ["GROK2API_APP__APP_KEY"] = "sk-a-client-key-then"
    got = await operator.post("/settings/rollback", {"to": 1})
    assert (got.status, got.error["param"]) == (400, "app.app_key")
    assert (await operator.get("/settings")).json["revision"] == 2


async def test_what_needs_a_restart_is_marked(operator: Browser) -> None:
    got = await change(operator, set={"oauth.enabled": True, "grok.max_retry": 1})
    restart = [each["path"] for each in got.json["differences"] if each["restart"]]
    assert got.json["pending_restart"] == restart
    settings = await shown(operator)
    pending = {path for path, one in settings.items() if one["pending_restart"] and one["stored"]}
    assert pending == set(restart)


async def test_a_change_of_nothing_is_no_version(operator: Browser) -> None:
    await change(operator, set={"grok.max_retry": 1})
    got = await change(operator, set={"grok.max_retry": 1}, unset=["grok.timeout"])
    assert (got.json["revision"], got.json["differences"]) == (1, [])


async def test_settings_that_do_not_load_are_told(operator: Browser, admin: AdminServer) -> None:
    from support.live_settings import override  # noqa: PLC0415

    await admin.world.records.settings.put(override("grok.thinking", "sideways"))
    told = (await operator.get("/settings")).json
    assert "grok.thinking" in told["refused"]
    assert (await change(operator, unset=["grok.thinking"])).status == 200
    assert (await operator.get("/settings")).json["refused"] == ""


def test_the_worlds_settings_load() -> None:
    assert World().load({}).settings.app.app_key == PASSWORD


async def test_a_problem_is_told_in_chinese_as_well(operator: Browser) -> None:
    wanted = {"grok.base_url": "ftp://x", "nothing.here": 1, "server.port": 1}
    problems = (await operator.post("/settings/check", {"set": wanted})).json["problems"]
    told = {each["path"]: each["message_zh"] for each in problems}
    assert "请设为 https://api.x.ai/v1。" in told["grok.base_url"]
    assert told["nothing.here"] == "没有 nothing.here 这个设置。"
    assert "config.toml" in told["server.port"]
    assert all(each["rule_zh"].startswith("取值：") for each in (await shown(operator)).values())


@pytest.mark.parametrize("form", ["toml", "json"])
async def test_settings_travel_as_a_file_without_secrets(operator: Browser, form: str) -> None:
    proxy = "http://user:a-secret@proxy.example:1"
    await change(
        operator, set={"grok.max_retry": 1, "grok.proxy_url": proxy, "grok.retry_status_codes": [500, 503]}
    )
    got = await operator.get(f"/settings/export?format={form}")
    content = got.raw.decode()
    assert got.status == 200
    assert "a-secret" not in content
    await change(operator, unset=["grok.max_retry", "grok.retry_status_codes"])
    read = (await operator.post("/settings/read", {"content": content})).json
    assert read["set"]["grok.max_retry"] == 1
    assert {"grok.max_retry", "grok.retry_status_codes"} <= {
        each["path"] for each in read["check"]["differences"]
    }
    assert (await change(operator, set=read["set"])).status == 200
    assert (await shown(operator))["grok.retry_status_codes"]["value"] == [500, 503]


async def test_what_cannot_be_taken_from_a_file_is_named(operator: Browser, admin: AdminServer) -> None:
    admin.world.environ["GROK2API_GROK__MAX_RETRY"] = "2"
    grok = '[grok]\nmax_retry = 1\nproxy_url = "http://u:p@h:1"\ntimeout = 5'
    content = f"loose = 1\n[server]\nport = 1\n{grok}\n[x]\ny=1"
    read = (await operator.post("/settings/read", {"content": content})).json
    assert read["set"] == {"grok.timeout": 5}
    told = {each["path"]: each["message"] for each in read["left_out"]}
    assert set(told) == {"loose", "server.port", "grok.max_retry", "grok.proxy_url", "x.y"}
    assert "GROK2API_GROK__MAX_RETRY" in told["grok.max_retry"]
    assert "u:p@h" not in json.dumps(read)
    assert all(each["message_zh"] for each in read["left_out"])
    for wrong in ("[grok", "{", '{"grok": nonsense}'):
        got = await operator.post("/settings/read", {"content": wrong})
        assert (got.status, got.error["param"]) == (400, "content"), wrong
