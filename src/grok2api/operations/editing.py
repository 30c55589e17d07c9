"""What an operator may say about a credential, checked, and which fields of its record that changes.

Only what was said is changed: a server writes health and tokens of the same record at the same time. Must
never touch the secret or the account.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Final

from grok2api.config.checks import proxy_url
from grok2api.config.schema import WrongValue
from grok2api.errors import InvalidRequest
from grok2api.operations.texts import MOST_ENTRIES, listed, trimmed
from grok2api.operations.views import without_user
from grok2api.pool.health import HEALTHY, MANUAL, Status
from grok2api.storage.records import Credential, Tier

TIERS: Final[tuple[Tier, ...]] = ("basic", "super")
MOST: Final = 1_000_000
"""Largest number that priority, weight and max_concurrency take."""
_LONGEST_NAME: Final = 200
_LONGEST_TAG: Final = 64
_LONGEST_MODEL: Final = 200
_LONGEST_NOTE: Final = 4000
_LONGEST_PROXY: Final = 2000

_COPIED: Final = (
    "name",
    "tier",
    "priority",
    "weight",
    "max_concurrency",
    "proxy",
    "models",
    "note",
    "enabled",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What was said; None where nothing was. An empty text empties a field.

    Attributes:
        name: What people call it; the hint if empty.
        tags: In place of all there are.
        add_tags: Besides those there are.
        remove_tags: Without these.
        proxy: URL of a proxy (http, https, socks5), or empty.
        models: Upstream models it may serve; empty is all.
    """

    name: str | None = None
    tier: Tier | None = None
    tags: tuple[str, ...] | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    priority: int | None = None
    weight: int | None = None
    max_concurrency: int | None = None
    proxy: str | None = field(default=None, repr=False)
    models: tuple[str, ...] | None = None
    note: str | None = None
    enabled: bool | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was said."""
        return self == Edit()

    def shown(self) -> dict[str, object]:
        """Return what was said, by name; a proxy without its user part."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        told = {name: value for name, value in said.items() if value is not None and value != ()}
        if self.proxy:
            told["proxy"] = without_user(self.proxy)
        return told

    def checked(self) -> Edit:
        """Return it with texts trimmed and doubles dropped.

        Raises:
            InvalidRequest: a value cannot be used; `param` names the field.
        """
        if self.tags is not None and (self.add_tags or self.remove_tags):
            raise InvalidRequest("Give either all tags, or tags to add and to remove.", param="tags")
        if self.tier is not None and self.tier not in TIERS:
            raise InvalidRequest(f"tier must be one of {', '.join(TIERS)}.", param="tier")
        _check_range("priority", self.priority, -MOST)
        _check_range("weight", self.weight, 1)
        _check_range("max_concurrency", self.max_concurrency, 0)
        return Edit(
            name=trimmed("name", self.name, _LONGEST_NAME),
            tier=self.tier,
            priority=self.priority,
            weight=self.weight,
            max_concurrency=self.max_concurrency,
            enabled=self.enabled,
            note=trimmed("note", self.note, _LONGEST_NOTE),
            proxy=_proxy(self.proxy),
            tags=listed("tags", self.tags, _LONGEST_TAG),
            add_tags=listed("add_tags", self.add_tags, _LONGEST_TAG),
            remove_tags=listed("remove_tags", self.remove_tags, _LONGEST_TAG),
            models=listed("models", self.models, _LONGEST_MODEL),
        )

    def changes(self, credential: Credential) -> dict[str, Any]:
        """Return the fields of this record that get another value; call it on a checked edit.

        Raises:
            InvalidRequest: the record would have more tags than fit.
        """
        said = {name: value for name in _COPIED if (value := getattr(self, name)) is not None}
        if said.get("name") == "":
            said["name"] = credential.hint
        if self.tags is not None or self.add_tags or self.remove_tags:
            said["tags"] = self._tags(credential)
        if self.enabled:
            said |= enabling(credential)
        return {name: value for name, value in said.items() if value != getattr(credential, name)}

    def _tags(self, credential: Credential) -> tuple[str, ...]:
        standing = credential.tags if self.tags is None else self.tags
        every = dict.fromkeys((*standing, *self.add_tags))
        kept = tuple(tag for tag in every if tag not in self.remove_tags)
        if len(kept) > MOST_ENTRIES:
            raise InvalidRequest(f"{credential.id} would have more than {MOST_ENTRIES} tags.", param="tags")
        return kept


def enabling(credential: Credential) -> dict[str, object]:
    """Return the fields that put a credential back into service.

    That ends the states which end only when somebody acts, and leaves a rest alone. A sign-in whose
    refresh token is dead stays expired: only a new sign-in helps.
    """
    ends = credential.status in MANUAL and not lost(credential)
    return {"enabled": True, **(HEALTHY if ends else {})}


def lost(credential: Credential) -> bool:
    """Tell whether this is a sign-in that no switch brings back: expired, and its refresh token is dead."""
    return credential.refresh_dead and credential.status == Status.EXPIRED


def _check_range(name: str, value: int | None, least: int) -> None:
    if value is not None and not least <= value <= MOST:
        raise InvalidRequest(f"{name} must be a whole number from {least} to {MOST}.", param=name)


def _proxy(value: str | None) -> str | None:
    """Return a proxy's URL in its settled form; an error does not repeat it, for it may hold a password."""
    if value is None:
        return None
    if len(value) > _LONGEST_PROXY:
        raise InvalidRequest(f"proxy is longer than {_LONGEST_PROXY} characters.", param="proxy")
    try:
        return proxy_url(value.strip())
    except WrongValue as error:
        raise InvalidRequest(f"proxy {error.must}.", param="proxy") from None
