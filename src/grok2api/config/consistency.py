"""Rules between settings: each value is fine by itself, together they must make sense.

It must never look at the world; whether a database answers is found out at the start, not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from grok2api.config.checks import STORE_OF_SCHEME, is_loopback
from grok2api.config.deprecations import OLD_CONSOLE_PASSWORD
from grok2api.config.loaded import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grok2api.config.settings import Settings

Finding = tuple[str, str, str]
"""Dotted path at fault, the rule ("must ..."), the fix."""

DEFAULT_SOURCE = Source("default")


def settle_storage(values: dict[str, object], sources: dict[str, Source]) -> None:
    """Let the database's address choose the store, unless the store was chosen in as strong a place.

    A Redis address among them moves to `storage.redis_url`.
    """
    url = values.get("storage.url")
    if not isinstance(url, str) or not url:
        return
    kind = STORE_OF_SCHEME[url.partition("://")[0]]
    if sources["storage.type"].strength < sources["storage.url"].strength:
        values["storage.type"] = kind
        sources["storage.type"] = sources["storage.url"]
    if kind == "redis" and values["storage.type"] == "redis" and not values.get("storage.redis_url"):
        values["storage.redis_url"], sources["storage.redis_url"] = url, sources["storage.url"]
        values["storage.url"], sources["storage.url"] = "", DEFAULT_SOURCE


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what does not fit together."""
    yield from _storage(settings)
    yield from _access(settings)
    yield from _sign_in(settings)


def hints(settings: Settings, sources: Mapping[str, Source]) -> Iterator[str]:
    """Yield warnings about what works but is probably not meant."""
    if settings.app.app_key == OLD_CONSOLE_PASSWORD:
        yield (
            f"app.app_key (from {sources['app.app_key']}) is the password that older releases published; "
            "anyone knows it, so choose another."
        )
    if settings.oidc.enabled and not settings.oidc.roles:
        yield (
            "oidc.roles is empty, so single sign-on lets nobody in. Fix: write for instance "
            '["grok-admins=owner"], the values being those of the claim in oidc.groups_claim.'
        )
    if not urlsplit(settings.grok.base_url).path:
        yield f"grok.base_url has no path; {settings.grok.base_url}/v1 is probably meant, as at xAI."


def _storage(settings: Settings) -> Iterator[Finding]:
    storage = settings.storage
    needed = {
        "mysql": "mysql://user:password@host/database",
        "pgsql": "postgresql://user:password@host/database",
    }
    if storage.type in needed and not storage.url:
        example = needed[storage.type]
        yield (
            "storage.url",
            f"must be set when storage.type is {storage.type}",
            f"set DATABASE_URL={example}.",
        )
    if not storage.url:
        return
    scheme = storage.url.partition("://")[0]
    if STORE_OF_SCHEME[scheme] != storage.type:
        yield (
            "storage.type",
            f"must fit storage.url, which begins with {scheme}:// and means {STORE_OF_SCHEME[scheme]}",
            f"set SERVER_STORAGE_TYPE to {STORE_OF_SCHEME[scheme]}, leave it out, or change DATABASE_URL.",
        )


def _access(settings: Settings) -> Iterator[Finding]:
    app = settings.app
    if app.auth == "none" and not is_loopback(settings.server.host):
        yield (
            "app.auth",
            f"must be keys while server.host is {settings.server.host}, which others can reach",
            "set app.auth to keys, or server.host to 127.0.0.1.",
        )
    if app.app_key and app.app_key in app.api_key:
        yield (
            "app.app_key",
            "must differ from every client key in app.api_key",
            "choose another password for the console.",
        )


def _sign_in(settings: Settings) -> Iterator[Finding]:
    oidc = settings.oidc
    for name in ("issuer", "client_id"):
        if oidc.enabled and not getattr(oidc, name):
            yield (
                f"oidc.{name}",
                "must be set while oidc.enabled is true",
                "copy it from the identity provider, or set oidc.enabled to false.",
            )
    if not settings.admin.password_login and not (oidc.enabled and oidc.roles):
        yield (
            "admin.password_login",
            "must be true unless single sign-on lets somebody in",
            "set up oidc.enabled and oidc.roles first, or set admin.password_login to true.",
        )
