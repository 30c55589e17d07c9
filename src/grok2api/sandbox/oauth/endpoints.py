"""The issuer's endpoints for machines: discovery, device codes, tokens, revocation, userinfo.

Bodies are forms, as RFC 6749 has it. A fault that was set at the issuer strikes here: before anything
happened (`fail`), or after the rotation (`delay`, `drop`), when the answer is all that is lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from grok2api.sandbox import refusals
from grok2api.sandbox.oauth import errors
from grok2api.sandbox.oauth.issuer import DEVICE_GRANT, SCOPE, Issuer, email_of
from grok2api.sandbox.refusals import Refusal
from grok2api.sandbox.wire import Answer, Json, Request, answer_json, answer_refusal

SHOWN = frozenset(
    {
        "grant_type",
        "client_id",
        "scope",
        "redirect_uri",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "token_type_hint",
        "user_code",
        "account",
        "team",
        "tier",
        "decision",
        "referrer",
        "plan",
    }
)
LONG_ENOUGH = 24
"""A secret of this many characters is shown by its last eight; a shorter one not at all."""


def root(request: Request) -> str:
    """Return the issuer's address as the client wrote it."""
    return f"http://{request.header('host') or 'localhost'}"


def form_of(request: Request) -> dict[str, str]:
    """Return the form in the body. Raises: Refusal invalid_request."""
    form = request.form()
    if form is None:
        raise errors.invalid_request("Expected an application/x-www-form-urlencoded body without duplicates")
    return form


def redacted(form: Mapping[str, str]) -> Json:
    """Return a form without its secrets, for the journal."""
    return {name: value if name in SHOWN else _hidden(value) for name, value in form.items()}


def _hidden(value: str) -> str:
    return f"...{value[-8:]}" if len(value) >= LONG_ENOUGH else "[hidden]"


def discover(_issuer: Issuer, request: Request) -> Answer:
    """Answer the discovery document."""
    issuer = root(request)
    return answer_json(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/oauth2/authorize",
            "token_endpoint": f"{issuer}/oauth2/token",
            "device_authorization_endpoint": f"{issuer}/oauth2/device/code",
            "revocation_endpoint": f"{issuer}/oauth2/revoke",
            "userinfo_endpoint": f"{issuer}/oauth2/userinfo",
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", DEVICE_GRANT],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "scopes_supported": SCOPE.split(),
        }
    )


def keys(_issuer: Issuer, _request: Request) -> Answer:
    """Answer the key set, which is empty: nobody but the sandbox checks its tokens."""
    return answer_json({"keys": []})


def start_device(issuer: Issuer, request: Request) -> Answer:
    """Answer `POST /oauth2/device/code`. Raises: Refusal invalid_client."""
    form = form_of(request)
    code = issuer.start_device(issuer.check_client(form.get("client_id")), form.get("scope"))
    page = f"{root(request)}/oauth2/device"
    return _unstored(
        {
            "device_code": code.device_code,
            "user_code": code.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={code.user_code}",
            "expires_in": int(issuer.settings.device_expires),
            "interval": _whole(code.interval),
        }
    )


def token(issuer: Issuer, request: Request) -> Answer:
    """Answer `POST /oauth2/token`, and note for the journal what was granted or why not."""
    note: Json = {"grant_type": None, "outcome": "granted"}
    try:
        form = form_of(request)
        note["grant_type"] = form.get("grant_type")
        _fail_if_told(issuer)
        family, pair = issuer.exchange(form, root(request))
    except Refusal as refusal:
        answer = answer_refusal(refusal)
        answer.note = note | {"outcome": refusal.body["error"]}
        return answer
    answer = _unstored(issuer.answer_of(family, pair))
    answer.delay = issuer.settings.delay
    answer.drop = issuer.settings.take_drop()
    answer.account = family.holder.account
    answer.note = note | {"generation": family.generation}
    return answer


def _fail_if_told(issuer: Issuer) -> None:
    failure = issuer.settings.take_failure()
    if failure is None:
        return
    refusal = errors.refused(failure.error, failure.error_description, failure.status)
    if failure.retry_after is not None:
        after = failure.retry_after
        told = f"{after:g}" if isinstance(after, float) else after
        refusal = Refusal(refusal.status, refusal.body, {**refusal.headers, "retry-after": told})
    raise refusal


def revoke(issuer: Issuer, request: Request) -> Answer:
    """Answer `POST /oauth2/revoke`: 200 whether there was such a token or not (RFC 7009)."""
    form = form_of(request)
    issuer.check_client(form.get("client_id"))
    issuer.revoke_token(form.get("token", ""))
    return answer_json({})


def userinfo(issuer: Issuer, request: Request) -> Answer:
    """Answer `/oauth2/userinfo`. Raises: Refusal 401 in the issuer's shape."""
    try:
        account = issuer.identify(request.token() or "")
    except Refusal as refusal:
        raise Refusal(
            401,
            {"error": "invalid_token", "error_description": refusal.body["error"]},
            {"www-authenticate": 'Bearer error="invalid_token"'},
        ) from refusal
    if "user" in account.blocked:
        raise refusals.blocked()
    return answer_json(
        {
            "sub": account.user_id,
            "name": account.name,
            "email": email_of(account.name),
            "email_verified": True,
            "team_id": account.team_id,
        }
    )


def _unstored(content: Json) -> Answer:
    answer = answer_json(content)
    answer.headers["cache-control"] = "no-store"
    return answer


def _whole(seconds: float) -> float:
    return int(seconds) if seconds == int(seconds) else seconds
