"""S4: every route of both planes is closed, to nobody's secret, to a wrong one and to the other plane's."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest

from grok2api.admin.roles import RULES
from grok2api.server.routes import routes
from support.operator import PASSWORD, Operator
from support.processes import Gateway, request
from support.sockets import handshake

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
OPEN = {"/", "/health", "/ready", "/v1", "/v1/", "/metrics", "/v1/media/anything"}
"""Open, or opened by something else: the token of the metrics, the signature of a link."""
PUBLIC = sorted({re.sub(r"\{[^}]*\}", "anything", route.path) for route in routes(Mock())} - OPEN)
ADMIN = sorted({"/admin/api" + re.sub(r"\{[^}]*\}", "anything", rule.path) for rule in RULES})
OPEN_ADMIN = {
    ("GET", "/admin/api/setup"),
    ("POST", "/admin/api/session"),
    ("GET", "/admin/api/session/sso"),
    ("GET", "/admin/api/session/sso/callback"),
    ("GET", "/admin/api/session/sso/end"),
}
"""How one comes in, and the little that a sign-in page has to know."""


class Outsider:
    """Somebody with one connection, who tries what he likes."""

    def __init__(self, gateway: Gateway) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)

    def ask(self, method: str, path: str, secret: str = "", header: str = "Authorization") -> int:
        shown = f"Bearer {secret}" if header == "Authorization" else secret
        headers = {header: shown} if secret else {}
        self._connection.request(method, path, headers=headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def outsider(house: Gateway) -> Iterator[Outsider]:
    with closing(Outsider(house)) as made:
        yield made


def served(path: str) -> set[str]:
    return {method for route in routes(Mock()) if _path(route.path) == path for method in route.methods or ()}


def _path(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "anything", template)


def test_no_method_of_the_public_routes_answers_an_outsider(outsider: Outsider, owner: Operator) -> None:
    """What an operator shows opens nothing here; a method that is not served tells no more than that."""
    session = owner.headers["Authorization"].removeprefix("Bearer ")
    _, made = owner.send("POST", "/tokens", {"name": "of the other plane", "role": "owner"})
    assert len(PUBLIC) > 20
    for path in PUBLIC:
        methods = served(path)
        for secret in ("", "sk-wrong", session, made["token"], PASSWORD):
            told = {method: outsider.ask(method, path, secret) for method in methods}
            assert set(told.values()) == {401}, (path, told)
        assert {outsider.ask(method, path) for method in set(METHODS) - methods} <= {401, 405}, path
    assert owner.send("DELETE", f"/tokens/{made['id']}")[0] == 204


def test_no_socket_opens_to_what_opens_no_route(house: Gateway, owner: Operator) -> None:
    """A handshake is refused as a request to the same path is, whatever it shows."""
    session = owner.headers["Authorization"].removeprefix("Bearer ")
    _, made = owner.send("POST", "/tokens", {"name": "of the other plane", "role": "owner"})
    url = house.url + "/v1/responses"
    for secret in ("sk-wrong", session, made["token"], PASSWORD):
        for headers in (
            {"Authorization": f"Bearer {secret}"},
            {"x-api-key": secret},
            {"Cookie": f"grok2api_session={secret}; __Host-grok2api_session={secret}"},
        ):
            status, _, body = request("POST", url, {"input": "hello"}, headers=headers)
            assert status == 401
            assert handshake(house, headers) == (status, json.loads(body)["error"]["code"])
    assert handshake(house, {})[0] == 401
    assert handshake(house, house.headers)[0] == 101
    assert owner.send("DELETE", f"/tokens/{made['id']}")[0] == 204


def test_no_method_of_the_admin_routes_answers_an_outsider(outsider: Outsider, house: Gateway) -> None:
    assert len(ADMIN) > 40
    for path in ADMIN:
        for method in METHODS:
            if (method, path) in OPEN_ADMIN:
                continue
            assert outsider.ask(method, path) == 401, (method, path)
        for method in sorted({rule.method for rule in RULES}):
            if (method, path) in OPEN_ADMIN:
                continue
            assert outsider.ask(method, path, "adm-wrong") == 401, (method, path)
        for header in ("Authorization", "x-api-key"):
            assert outsider.ask("GET", path, house.key, header) == 403, path


def test_what_is_open_is_what_is_named_here() -> None:
    assert {(rule.method, "/admin/api" + rule.path) for rule in RULES if rule.least == "open"} == OPEN_ADMIN


def test_metrics_open_to_their_own_token_only(outsider: Outsider, house: Gateway, owner: Operator) -> None:
    session = owner.headers["Authorization"].removeprefix("Bearer ")
    for secret in ("", "wrong", house.key, session, PASSWORD):
        assert outsider.ask("GET", "/metrics", secret) == 401


def test_the_files_of_the_console_are_all_that_it_shows_an_outsider(outsider: Outsider) -> None:
    for path in ("/admin", "/admin/", "/admin/settings", "/admin/api", "/admin/api/"):
        for method in set(METHODS) - {"GET", "HEAD"}:
            assert outsider.ask(method, path) in {401, 404, 405}, (method, path)
