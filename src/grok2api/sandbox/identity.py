"""Who the key is and what it may see: `/v1/me`, `/v1/api-key`, the model lists and the tokeniser."""

from __future__ import annotations

from collections.abc import Iterable

from grok2api.sandbox import fields, quotas, refusals, tokens
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.models import (
    MEDIA_MODELS,
    TEXT_MODELS,
    MediaModel,
    TextModel,
    describe,
    describe_in_full,
    find_media,
    find_text,
)
from grok2api.sandbox.wire import Answer, Json, Request, answer_json
from grok2api.sandbox.world import World

MADE = "2026-01-05T09:00:00.000000Z"


def me(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer `GET /v1/me`, which takes API keys and OAuth2 access tokens."""
    account = world.account(request)
    told: Json = {
        "user_id": account.user_id,
        "team_id": account.team_id,
        "zdr_status": "zdr" if "zdr" in account.traits else "no_zdr",
        "team_blocked": "team" in account.blocked,
    }
    if account.client_id is not None:
        return answer_json(told | {"oauth": {"client_id": account.client_id}})
    key = {
        "redacted_api_key": _redacted(account),
        "api_key_id": account.key_id,
        "blocked": "key" in account.blocked,
        "disabled": account.disabled,
    }
    return answer_json(told | {"api_key": key})


def api_key(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer `GET /v1/api-key`, which takes API keys only."""
    account = world.account(request)
    if account.client_id is not None:
        raise refusals.not_an_api_key()
    return answer_json(
        {
            "redacted_api_key": _redacted(account),
            "user_id": account.user_id,
            "name": account.name,
            "create_time": MADE,
            "modify_time": MADE,
            "modified_by": account.user_id,
            "team_id": account.team_id,
            "acls": list(account.acls),
            "api_key_id": account.key_id,
            "team_blocked": "team" in account.blocked,
            "api_key_blocked": "key" in account.blocked,
            "api_key_disabled": account.disabled,
        }
    )


def _redacted(account: Account) -> str:
    return f"xai-...{account.key[-4:]}"


def list_models(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer `GET /v1/models` with what the key may use."""
    account = _admitted(world, request)
    rows = [describe(model) for model in _visible(account, (*TEXT_MODELS, *MEDIA_MODELS))]
    return answer_json({"object": "list", "data": rows})


def show_model(world: World, request: Request, parameters: Json) -> Answer:
    """Answer `GET /v1/models/{id}`, or 404."""
    account = _admitted(world, request)
    model = find_text(parameters["id"]) or find_media(parameters["id"])
    if model is None or not account.may_use(model.id):
        raise refusals.unknown_model(parameters["id"], account.team_id)
    return answer_json(describe(model))


def list_of_kind(world: World, request: Request, parameters: Json) -> Answer:
    """Answer the list of one kind of model: language, image, video or embedding (always empty)."""
    account = _admitted(world, request)
    rows = [describe_in_full(model) for model in _visible(account, _of_kind(parameters["kind"]))]
    return answer_json({"models": rows})


def show_of_kind(world: World, request: Request, parameters: Json) -> Answer:
    """Answer one model of a kind, or 404."""
    account = _admitted(world, request)
    name = parameters["id"]
    for model in _visible(account, _of_kind(parameters["kind"])):
        if name == model.id or name in model.aliases:
            return answer_json(describe_in_full(model))
    raise refusals.unknown_model(name, account.team_id)


def _admitted(world: World, request: Request) -> Account:
    account = world.account(request)
    quotas.refuse_blocked(account)
    return account


def _of_kind(kind: str) -> tuple[TextModel | MediaModel, ...]:
    if kind == "language":
        return TEXT_MODELS
    return tuple(model for model in MEDIA_MODELS if kind == f"{model.kind}-generation")


def _visible(account: Account, models: Iterable[TextModel | MediaModel]) -> list[TextModel | MediaModel]:
    return [model for model in models if account.may_use(model.id)]


def tokenize(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer `POST /v1/tokenize-text`."""
    account = world.account(request)
    body = request.mapping()
    text, name = fields.required_string(body, "text"), fields.required_string(body, "model")
    if find_text(name) is None:
        raise refusals.unknown_model(name, account.team_id)
    return answer_json({"token_ids": tokens.describe(text)})
