"""S9 from outside: whatever stands in a filter, a search, an order or a cursor is looked for, or refused."""

from __future__ import annotations

from urllib.parse import quote

from support.operator import Operator
from support.processes import Gateway, request
from support.raw_http import message, send

TEXTS = (
    "' OR '1'='1' --",
    '"; DROP TABLE credentials; --',
    "%",
    "_",
    "\\",
    "\u0000",
    "1); SELECT 1 --",
    "a" * 4000,
)
UNSAFE = ("/events",)
"""Streams that do not end."""


def test_no_query_of_the_desk_breaks_it_or_finds_more_than_it_should(house: Gateway, owner: Operator) -> None:
    document = owner.get("/openapi.json")
    asked = 0
    for path, methods in document["paths"].items():
        if "get" not in methods or path in UNSAFE or path.endswith("/events"):
            continue
        names = [each["name"] for each in methods["get"].get("parameters", []) if each["in"] == "query"]
        filled = path.replace("{", "").replace("}", "")
        for number, name in enumerate(names):
            text = TEXTS[(asked + number) % len(TEXTS)]
            url = f"{owner.base}{filled}?{name}={quote(text, safe='')}"
            status, _, body = request("GET", url, headers=owner.headers)
            assert status in {200, 400, 404}, (url, status, body)
            asked += 1
    assert asked > 30
    assert owner.get("/credentials")["total"] >= 2, "nothing was dropped"


def test_a_wildcard_finds_nothing_but_itself(owner: Operator) -> None:
    for wild in ("%", "%_%", "*", "\\"):
        assert owner.get(f"/credentials?text={quote(wild, safe='')}")["total"] == 0
        assert owner.get(f"/audit?action={quote(wild, safe='')}")["data"] == []


def test_no_secret_that_is_shown_reaches_a_statement_as_text(house: Gateway) -> None:
    for text in TEXTS[:3]:
        for header in (f"Bearer {text}", f"Bearer adm-{text}", f"Bearer gat-{text}"):
            for path in ("/v1/models", "/admin/api/session"):
                reply = send(house.url, message("GET", path, [("Authorization", header)]))
                assert reply.status == 401
        cookie = [("Cookie", f"grok2api_session=adm-{quote(text)}")]
        assert send(house.url, message("GET", "/admin/api/session", cookie)).status == 401
