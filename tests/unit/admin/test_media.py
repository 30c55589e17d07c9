"""What is kept of what Grok made, as operators see it."""

from __future__ import annotations

import pytest

from grok2api.storage.records import Asset, AssetKind
from support.admin_client import Browser
from support.admin_server import PASSWORD, AdminServer

MIMES: dict[AssetKind, str] = {"image": "image/png", "video": "video/mp4", "audio": "audio/mpeg"}


async def kept(admin: AdminServer, number: int, kind: AssetKind = "image", **named: str) -> str:
    """Keep an asset; the higher its number, the newer it is. Return its id."""
    asset = Asset(
        id=f"{number:032x}",
        owner=named.get("owner", "key_a"),
        kind=kind,
        mime=MIMES[kind],
        size=100,
        etag="e",
        created_at=1_795_000_000.0 + number,
        last_used_at=1_795_000_000.0 + number,
        host=named.get("host", "here"),
    )
    await admin.world.records.assets.add(asset)
    return asset.id


async def test_media_is_listed_newest_first_with_links_and_what_it_takes(
    operator: Browser, admin: AdminServer
) -> None:
    older, newer = await kept(admin, 1), await kept(admin, 2, "video", host="elsewhere")
    told = (await operator.get("/media")).json
    assert (told["held_bytes"], told["limit_bytes"], told["next_cursor"]) == (100, 1000, None)
    assert [each["id"] for each in told["data"]] == [newer, older]
    first, second = told["data"]
    assert first["link"] is None
    assert second == {
        "id": older,
        "kind": "image",
        "mime": "image/png",
        "size": 100,
        "owner": "key_a",
        "owner_name": None,
        "created_at": "2026-11-18T11:06:41Z",
        "last_used_at": "2026-11-18T11:06:41Z",
        "link": f"/v1/media/{older}?signed",
    }


@pytest.mark.parametrize("query", ["kind=video", "owner=key_b"])
async def test_pages_of_a_filtered_list_hold_each_that_fits_once(
    operator: Browser, admin: AdminServer, query: str
) -> None:
    wanted = []
    for number in range(450):
        fits = number % 100 == 7
        made = await kept(admin, number, "video" if fits else "image", owner="key_b" if fits else "key_a")
        wanted += [made] if fits else []
    seen = list[str]()
    cursor: str | None = ""
    while cursor is not None:
        page = (await operator.get(f"/media?limit=2&{query}&cursor={cursor}")).json
        seen += [each["id"] for each in page["data"]]
        cursor = page["next_cursor"]
    assert seen == wanted[::-1]


async def test_a_page_of_one_kind_is_full_however_rare_it_is(operator: Browser, admin: AdminServer) -> None:
    rare = [await kept(admin, number, "audio") for number in range(3)]
    for number in range(3, 300):
        await kept(admin, number)
    page = (await operator.get("/media?kind=audio&limit=2")).json
    assert [each["id"] for each in page["data"]] == [rare[2], rare[1]]
    rest = (await operator.get(f"/media?kind=audio&limit=2&cursor={page['next_cursor']}")).json
    assert [each["id"] for each in rest["data"]] == [rare[0]]
    assert rest["next_cursor"] is None


async def test_one_is_deleted_and_the_audit_tells_what_it_was(operator: Browser, admin: AdminServer) -> None:
    made = await kept(admin, 1)
    assert (await operator.send("DELETE", f"/media/{made}")).status == 204
    assert (await operator.get("/media")).json["data"] == []
    entry = (await operator.get("/audit?action=media.delete&outcome=done")).json["data"][0]
    assert (entry["target"], entry["before"]["kind"], entry["before"]["size"]) == (made, "image", 100)
    again = await operator.send("DELETE", f"/media/{made}")
    assert (again.status, again.error["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "param"), [("cursor=%21", "cursor"), ("kind=text", "kind"), ("limit=0", "limit")]
)
async def test_what_cannot_be_meant_is_refused_by_name(operator: Browser, query: str, param: str) -> None:
    answer = await operator.get(f"/media?{query}")
    assert (answer.status, answer.error["param"]) == (400, param)


async def test_a_viewer_sees_no_media(operator: Browser, stranger: Browser) -> None:
    await operator.post("/operators", {"name": "vera", "role": "viewer", "password": PASSWORD})
    token = (await stranger.post("/session", {"name": "vera", "password": PASSWORD})).json["token"]
    answer = await stranger.get("/media", authorization=f"Bearer {token}")
    assert answer.status == 403


async def test_a_link_is_shared_for_a_while_and_that_is_in_the_audit(
    operator: Browser, admin: AdminServer
) -> None:
    identifier = await kept(admin, 1)
    told = await operator.post(f"/media/{identifier}/link", {"seconds": 3600})
    assert (told.status, told.json["link"]) == (200, f"/v1/media/{identifier}?3600")
    assert told.json["expires_at"]
    for seconds in (59, 7_776_001):
        assert (await operator.post(f"/media/{identifier}/link", {"seconds": seconds})).status == 400
    assert (await operator.post("/media/none/link", {"seconds": 60})).status == 404
    vera = await operator.named("Vera", "viewer")
    assert (await vera.post(f"/media/{identifier}/link", {"seconds": 60})).status == 403
    kept_ones = [each for each in admin.world.records.audit.entries if each.action == "media.share"]
    assert kept_ones[0].target == identifier
