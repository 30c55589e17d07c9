"""S9 from outside: whatever stands in a filter, a search, an order or a cursor is looked for, or refused.

`test_leaks_of_stores.py` asks the same of the other stores.
"""

from __future__ import annotations

from urllib.parse import quote

from support.hostile_queries import TEXTS, answers_to
from support.operator import Operator
from support.processes import Gateway
from support.raw_http import message, send


def test_no_query_of_the_admin_api_breaks_it_or_finds_too_much(owner: Operator) -> None:
    told = answers_to(owner, owner.get("/openapi.json"))
    assert {url: status for url, status in told.items() if status not in {200, 400, 404}} == {}
    assert len(told) > 30
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
