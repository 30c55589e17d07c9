"""S13: a session is made new at each sign-in, and its end is the end on every worker at once."""

from __future__ import annotations

import json
import threading
from http.cookies import SimpleCookie

from support.operator import PASSWORD, Operator
from support.processes import Gateway, request

COOKIE = "grok2api_session"
FIRST, SECOND = "a-first-password-of-hers", "a-second-password-of-hers"
LOOKS = 10
"""Connections after which both workers have been met."""


class Visitor:
    """Somebody with a browser."""

    def __init__(self, house: Gateway, name: str, password: str, **headers: str) -> None:
        self.base = house.url + "/admin/api"
        body = {"name": name, "password": password}
        status, told, answer = request("POST", self.base + "/session", body, headers=headers)
        assert status == 200, answer
        self.token = str(json.loads(answer)["token"])
        self.cookie = f"{COOKIE}={SimpleCookie(told['set-cookie'])[COOKIE].value}"

    def send(self, method: str, path: str, body: object = None) -> int:
        headers = {"Cookie": self.cookie, "X-Requested-With": "fetch"}
        return request(method, self.base + path, body, headers=headers)[0]

    def everywhere(self) -> set[int]:
        by_token = {"Authorization": f"Bearer {self.token}"}
        shown = {request("GET", self.base + "/session", headers=by_token)[0] for _ in range(LOOKS)}
        return shown | {self.send("GET", "/session") for _ in range(LOOKS)}


def test_a_sign_in_makes_a_new_session_whatever_cookie_was_shown(house: Gateway) -> None:
    planted = f"{COOKIE}=adm-planted-by-somebody-else-0123456789"
    first = Visitor(house, "admin", PASSWORD, Cookie=planted)
    second = Visitor(house, "admin", PASSWORD, Cookie=first.cookie)
    assert len({planted, first.cookie, second.cookie}) == 3
    assert first.everywhere() == {401}
    assert second.everywhere() == {200}
    assert request("GET", second.base + "/session", headers={"Cookie": planted})[0] == 401
    assert second.send("DELETE", "/session") == 204


def test_after_a_sign_out_the_old_cookie_opens_nothing_on_any_worker(house: Gateway) -> None:
    """Not even while it is asked for all the time: the answer to the sign-out is the end."""
    visitor = Visitor(house, "admin", PASSWORD)
    assert visitor.everywhere() == {200}
    ended, statuses = threading.Event(), set[int]()

    def keep_asking() -> None:
        while not ended.is_set():
            visitor.send("GET", "/session")
        statuses.update(visitor.send("GET", "/session") for _ in range(LOOKS))

    asking = [threading.Thread(target=keep_asking) for _ in range(3)]
    for each in asking:
        each.start()
    assert visitor.send("DELETE", "/session") == 204
    ended.set()
    for each in asking:
        each.join()
    assert statuses == {401}
    assert visitor.everywhere() == {401}


def test_another_password_ends_every_session_but_the_one_that_it_makes(
    house: Gateway, owner: Operator
) -> None:
    _, made = owner.send("POST", "/operators", {"name": "Ida", "role": "viewer", "password": FIRST})
    old, other = Visitor(house, "ida", FIRST), Visitor(house, "ida", FIRST)
    assert old.send("PUT", "/session/password", {"current": FIRST, "new": SECOND}) == 200
    assert old.everywhere() == other.everywhere() == {401}
    new = Visitor(house, "ida", SECOND)
    assert new.everywhere() == {200}
    owner.send("PATCH", f"/operators/{made['id']}", {"enabled": False})
    assert new.everywhere() == {401}
    owner.send("PATCH", f"/operators/{made['id']}", {"enabled": True})
    assert new.everywhere() == {401}, "a session that has ended does not come back"


def test_the_owner_ends_the_sessions_of_others(house: Gateway, owner: Operator) -> None:
    owner.send("POST", "/operators", {"name": "Eva", "role": "viewer", "password": FIRST})
    eva = Visitor(house, "eva", FIRST)
    shown = owner.get("/sessions?everyone=true")["data"]
    (identifier,) = [each["id"] for each in shown if each["name"] == "Eva"]
    assert identifier.removeprefix("ses_") not in eva.token
    assert eva.send("DELETE", f"/sessions/{identifier}") == 204
    assert eva.everywhere() == {401}
