"""What the admin API takes and gives about credentials. A secret is only ever taken, never given."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from grok2api.admin.shapes import Asked, Sent, Told
from grok2api.errors import InvalidRequest
from grok2api.operations.editing import Edit
from grok2api.operations.filters import Filter
from grok2api.pool.health import Status
from grok2api.storage.records import CredentialKind, Tier

MOST_IDS = 10_000


class RestrictionView(Told):
    """A model or surface that a credential is kept from for a while, such as by a rate limit."""

    what: str
    reason: str
    until: str | None


class LiveView(Told):
    """What the worker that answers knows beyond the store; short rests are seen here only."""

    in_flight: int
    status: str
    reason: str
    restrictions: tuple[RestrictionView, ...] = ()


class QuotaView(Told):
    """What is known of the allowance: the share that is left, 0 to 1."""

    left: float | None
    source: str
    at: str | None


class UsageView(Told):
    """What a credential has served, by the ledger."""

    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: str
    cost_ticks: int
    last_used_at: str | None


class CredentialView(Told):
    """A credential; times are UTC in ISO 8601."""

    id: str
    name: str
    kind: CredentialKind
    tier: Tier
    hint: str
    login: str
    status: Status
    reason: str
    cooldown_until: str | None
    enabled: bool
    tags: list[str]
    priority: int
    weight: int
    max_concurrency: int
    proxy: str
    models: list[str]
    note: str
    account_id: str
    team_id: str
    user_id: str
    acls: list[str]
    probed_at: str | None
    expires_at: str | None
    refreshed_at: str | None
    generation: int
    refresh_error: str
    needs_sign_in: bool
    quota: QuotaView
    usage: UsageView
    created_at: str | None
    updated_at: str | None
    live: LiveView | None = None


class CredentialPage(Told):
    """A page of credentials, the oldest first; `total` is how many fit the filters."""

    data: list[CredentialView]
    total: int
    next_cursor: str | None


class ListQuery(Asked):
    """Which credentials a list shows; of several values in one field, one has to fit."""

    status: list[Status] = Field(default=[])
    kind: list[CredentialKind] = Field(default=[])
    tier: list[Tier] = Field(default=[])
    tag: list[str] = Field(default=[])
    account: list[str] = Field(default=[])
    text: str = Field(default="", max_length=200)
    limit: int = Field(default=100, ge=1, le=500)
    cursor: str = Field(default="", max_length=400)

    def filter(self) -> Filter:
        """Return it as the operations take it."""
        return Filter(
            status=frozenset(each.value for each in self.status),
            kind=frozenset(self.kind),
            tier=frozenset(self.tier),
            tags=frozenset(self.tag),
            account=frozenset(self.account),
            text=self.text,
            everything=True,
        )


class EditBody(Sent):
    """What is to be changed; what is left out, or null, stays. An empty text empties a field."""

    name: str | None = None
    tier: Tier | None = None
    tags: list[str] | None = None
    add_tags: list[str] = Field(default=[])
    remove_tags: list[str] = Field(default=[])
    priority: int | None = None
    weight: int | None = None
    max_concurrency: int | None = None
    proxy: str | None = Field(default=None, repr=False)
    models: list[str] | None = None
    note: str | None = None
    enabled: bool | None = None

    def edit(self) -> Edit:
        """Return it as the operations take it."""
        return Edit(
            name=self.name,
            tier=self.tier,
            tags=None if self.tags is None else tuple(self.tags),
            add_tags=tuple(self.add_tags),
            remove_tags=tuple(self.remove_tags),
            priority=self.priority,
            weight=self.weight,
            max_concurrency=self.max_concurrency,
            proxy=self.proxy,
            models=None if self.models is None else tuple(self.models),
            note=self.note,
            enabled=self.enabled,
        )


class NewKey(EditBody):
    """An API key of xAI, and how it is to be used."""

    key: str = Field(repr=False, max_length=1024)


class FilterBody(Sent):
    """Who is meant: every field that is given has to fit; of several values in one, one has to."""

    ids: list[str] = Field(default=[], max_length=MOST_IDS)
    status: list[Annotated[Status, Field(strict=False)]] = Field(default=[])
    kind: list[CredentialKind] = Field(default=[])
    tier: list[Tier] = Field(default=[])
    tags: list[str] = Field(default=[])
    account: list[str] = Field(default=[])
    text: str = ""
    everything: bool = False

    def filter(self) -> Filter:
        """Return it as the operations take it.

        Raises:
            InvalidRequest: it asks for nothing.
        """
        made = Filter(
            ids=frozenset(self.ids),
            status=frozenset(each.value for each in self.status),
            kind=frozenset(self.kind),
            tier=frozenset(self.tier),
            tags=frozenset(self.tags),
            account=frozenset(self.account),
            text=self.text,
            everything=self.everything,
        )
        if made.empty:
            raise InvalidRequest(
                "The filter asks for nothing. To mean every credential, send {'everything': true}.",
                param="filter",
            )
        return made


def wanted_of(ids: list[str] | None, body: FilterBody | None) -> Filter:
    """Return who is meant by ids or by a filter, of which one has to be given."""
    if ids is not None and body is None:
        return Filter(ids=frozenset(ids))
    if ids is None and body is not None:
        return body.filter()
    raise InvalidRequest("Give either 'ids' or 'filter'.", param="ids")


Action = Literal["enable", "disable", "clear-cooldown", "delete", "edit", "test", "refresh"]


class BulkBody(Sent):
    """One action for many credentials, named by `ids` or by `filter`."""

    action: Action
    ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    filter: FilterBody | None = None
    changes: EditBody | None = None

    def wanted(self) -> Filter:
        """Return who is meant.

        Raises:
            InvalidRequest: neither or both ways of naming them are used, or the filter asks for nothing.
        """
        return wanted_of(self.ids, self.filter)

    def edit(self) -> Edit:
        """Return what is to be changed; nothing for an action that changes nothing of its own.

        Raises:
            InvalidRequest: it is missing, or is given for another action.
        """
        edit = self.changes.edit() if self.changes is not None else Edit()
        if (self.action == "edit") == edit.empty:
            wrong = "Say what to change." if edit.empty else "Only the action 'edit' takes changes."
            raise InvalidRequest(wrong, param="changes")
        return edit


class BulkResult(Told):
    """What came of a change of many."""

    action: Action
    chosen: int
    """How many were meant."""
    done: int
    gone: list[str]
    """Ids of those that somebody else deleted meanwhile."""
    needs_sign_in: list[str]
    """Ids of those that only a new sign-in brings back."""


class CheckResult(Told):
    """What came of a test or a refresh of one credential; `message` is for people."""

    id: str
    name: str
    ok: bool
    message: str


class TestAnswer(CheckResult):
    """What xAI said; `models` are those that the credential may use."""

    models: list[str]


class RefreshAnswer(CheckResult):
    """What came of a refresh, and how the credential looks now."""

    credential: CredentialView
