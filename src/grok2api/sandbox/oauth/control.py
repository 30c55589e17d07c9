"""The issuer's part of the sandbox's own routes, under `/sandbox/oauth`: for tests, without a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from grok2api.sandbox.oauth.endpoints import root
from grok2api.sandbox.oauth.families import Holder
from grok2api.sandbox.oauth.issuer import CLIENT_ID, SCOPE, Issuer
from grok2api.sandbox.oauth.settings import Seconds
from grok2api.sandbox.wire import Answer, Json, Request, answer_json

PREFIX = "/sandbox/oauth"


class Person(msgspec.Struct, forbid_unknown_fields=True):
    """Who signs in; what is absent is taken from the orders about the account, or made up."""

    account: str | None = None
    team: str | None = None
    tier: str | None = None


class Approval(Person, forbid_unknown_fields=True, kw_only=True):
    """A device code to approve."""

    user_code: str


class Denial(msgspec.Struct, forbid_unknown_fields=True):
    """A device code to deny."""

    user_code: str


class Issue(Person, forbid_unknown_fields=True, kw_only=True):
    """A sign-in that is there at once; `expires_in` is in seconds."""

    expires_in: Seconds | None = None
    client_id: str = CLIENT_ID
    scope: str = SCOPE


class Revocation(msgspec.Struct, forbid_unknown_fields=True):
    """An account whose grants end, or only the access tokens they gave out."""

    account: str
    access_only: bool = False


Posted = TypeVar("Posted")


def answer(issuer: Issuer, request: Request) -> Answer:
    """Answer a request under `/sandbox/oauth`."""
    routes: dict[tuple[str, str], Callable[[Issuer, Request], Json]] = {
        ("GET", ""): _show,
        ("POST", ""): _set,
        ("DELETE", ""): _reset,
        ("POST", "/approve"): _approve,
        ("POST", "/deny"): _deny,
        ("POST", "/issue"): _issue,
        ("POST", "/revoke"): _revoke,
    }
    handler = routes.get((request.method, request.path.removeprefix(PREFIX)))
    if handler is None:
        return answer_json({"error": "no such sandbox route"}, 404)
    try:
        return answer_json(handler(issuer, request))
    except ValueError as error:
        return answer_json({"error": str(error)}, 400)


def _show(issuer: Issuer, _request: Request) -> Json:
    families = [family.row() for family in issuer.families]
    counted = ("refresh_calls", "reuse_detections", "revoked")
    return {
        "settings": msgspec.to_builtins(issuer.settings),
        "families": families,
        "totals": {"families": len(families)}
        | {name: sum(row[name] for row in families) for name in counted},
        "device_codes": issuer.devices.rows(),
    }


def _set(issuer: Issuer, request: Request) -> Json:
    issuer.settings = issuer.settings.changed(request.body)
    return {"settings": msgspec.to_builtins(issuer.settings)}


def _reset(issuer: Issuer, _request: Request) -> Json:
    return {"cleared": issuer.reset()}


def _approve(issuer: Issuer, request: Request) -> Json:
    posted = _posted(request.body, Approval)
    return _decide(issuer, posted.user_code, issuer.holder(posted.account, posted.team, posted.tier))


def _deny(issuer: Issuer, request: Request) -> Json:
    return _decide(issuer, _posted(request.body, Denial).user_code, None)


def _decide(issuer: Issuer, user_code: str, holder: Holder | None) -> Json:
    code = issuer.devices.waiting(user_code)
    if code is None:
        raise ValueError("the user code is unknown, expired or already used")
    issuer.devices.decide(code, holder)
    return code.row()


def _issue(issuer: Issuer, request: Request) -> Json:
    posted = _posted(request.body, Issue)
    holder = issuer.holder(posted.account, posted.team, posted.tier)
    family, pair = issuer.sign_in(
        holder, posted.client_id, posted.scope, root(request), lifetime=posted.expires_in
    )
    return issuer.answer_of(family, pair) | {"account": holder.account, "tier": holder.tier}


def _revoke(issuer: Issuer, request: Request) -> Json:
    posted = _posted(request.body, Revocation)
    return {"revoked": issuer.revoke_account(posted.account, access_only=posted.access_only)}


def _posted(body: Any, kind: type[Posted]) -> Posted:
    try:
        return msgspec.convert({} if body is None else body, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
