"""The issuer's endpoints for people: approving a device code, and approving a sign-in with PKCE.

A form posted by curl does as well as one posted by a browser. Nobody has to prove who they are: the account
is whatever the form says.
"""

from __future__ import annotations

from collections.abc import Mapping

from grok2api.sandbox.oauth import codes, pages
from grok2api.sandbox.oauth.endpoints import form_of
from grok2api.sandbox.oauth.families import Holder
from grok2api.sandbox.oauth.issuer import ACCOUNT, SCOPE, TIER, Issuer
from grok2api.sandbox.wire import Answer, Request

KEPT = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


def show_device(_issuer: Issuer, request: Request) -> Answer:
    """Answer the page on which a device code is typed and decided."""
    code = request.query.get("user_code", "")
    return pages.approval("Sign in a device", "/oauth2/device", ACCOUNT, TIER, code, {})


def decide_device(issuer: Issuer, request: Request) -> Answer:
    """Approve or deny the device code of a posted form."""
    form = form_of(request)
    code = issuer.devices.waiting(form.get("user_code", ""))
    if code is None:
        return pages.message("No such code", "The code is unknown, expired or already used.", 400)
    try:
        holder = _decided(issuer, form)
    except ValueError as error:
        return pages.message("Not understood", str(error), 400)
    issuer.devices.decide(code, holder)
    if holder is None:
        return pages.message("Denied", "The device will not be signed in.")
    return pages.message("Approved", f"The device is signed in as {holder.account}. You may close this page.")


def show_authorize(issuer: Issuer, request: Request) -> Answer:
    """Answer the page on which a sign-in is decided. Raises: Refusal invalid_client, invalid_request."""
    issuer.check_client(request.query.get("client_id"))
    codes.read(request.query, SCOPE)
    kept = {name: request.query[name] for name in KEPT if name in request.query}
    return pages.approval("Sign in", "/oauth2/authorize", ACCOUNT, TIER, None, kept)


def decide_authorize(issuer: Issuer, request: Request) -> Answer:
    """Send the browser back to the client with a code or a denial. Raises: Refusal."""
    form = form_of(request)
    issuer.check_client(form.get("client_id"))
    asked = codes.read(form, SCOPE)
    try:
        holder = _decided(issuer, form)
    except ValueError as error:
        return pages.message("Not understood", str(error), 400)
    told = {"error": "access_denied"} if holder is None else {"code": issuer.codes.start(asked, holder)}
    return Answer(303, b"", None, {"location": codes.location(asked, told)})


def _decided(issuer: Issuer, form: Mapping[str, str]) -> Holder | None:
    """Return who approved a form, or None when it was denied. Raises: ValueError."""
    decision = form.get("decision")
    if decision not in ("approve", "deny"):
        raise ValueError("decision must be approve or deny")
    if decision == "deny":
        return None
    return issuer.holder(form.get("account"), form.get("team"), form.get("tier"))
