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
    """A model of xAI's, or a surface."""
    reason: str
    """Why it is kept from that, for people."""
    until: str | None
    """When that ends, UTC in ISO 8601; null only for a time that no calendar holds."""


class LiveView(Told):
    """What the worker that answers knows beyond the store; short rests are seen here only."""

    in_flight: int
    """Calls that this worker has under way with it."""
    status: str
    """How it stands on this worker: `active`, `cooling`, `exhausted`, `expired`, `blocked` or `disabled`."""
    reason: str
    """Why it has this status, for people."""
    restrictions: tuple[RestrictionView, ...] = ()
    """Models and surfaces that it is kept from now."""


class QuotaView(Told):
    """What is known of the allowance."""

    left: float | None
    """The share that is left, 0 to 1; null while unknown."""
    source: str
    """Where the figure comes from; empty while unknown."""
    at: str | None
    """As of when, UTC in ISO 8601; null while unknown."""


class UsageView(Told):
    """What a credential has served, by the ledger."""

    requests: int
    """How many requests it served."""
    input_tokens: int
    """Input tokens, cached ones among them."""
    output_tokens: int
    """Output tokens, reasoning among them."""
    cost_usd: str
    """US dollars, as exact decimal text."""
    cost_ticks: int
    """The same in whole ticks; 1 USD is 10^10."""
    last_used_at: str | None
    """When the last request that it served came in, UTC in ISO 8601; null if there was none."""


class CredentialView(Told):
    """A credential; times are UTC in ISO 8601."""

    id: str
    """Its id."""
    name: str
    """What people call it."""
    kind: CredentialKind
    """`api_key` is a key of xAI's, `oauth` a sign-in."""
    tier: Tier
    """`basic` or `super`: which models xAI lets it use."""
    hint: str
    """The part of the secret that may be shown."""
    login: str
    """The e-mail address of a sign-in; empty for a key."""
    status: Status
    """As the store has it; `live` may know of short rests."""
    reason: str
    """Why it has this status, for people; empty if all is well."""
    cooldown_until: str | None
    """Until when it rests; null if it does not."""
    enabled: bool
    """`false` while it is taken out of service."""
    tags: list[str]
    """What lists and client keys choose it by."""
    priority: int
    """The higher one is chosen first."""
    weight: int
    """Its share among credentials of the same priority."""
    max_concurrency: int
    """Calls at a time; 0 is no limit."""
    proxy: str
    """Without its login; empty is the one of the settings."""
    models: list[str]
    """xAI's models that it may serve; empty is all."""
    note: str
    """For people; empty if there is none."""
    account_id: str
    """The upstream account it belongs to."""
    team_id: str
    """xAI's id of the team; empty until xAI was asked."""
    user_id: str
    """xAI's id of the user; empty until xAI was asked."""
    acls: list[str]
    """What xAI lets the key do, in xAI's notation; empty while unknown."""
    probed_at: str | None
    """When xAI was last asked about it."""
    expires_at: str | None
    """When the access token of a sign-in ends; null for a key."""
    refreshed_at: str | None
    """When that token was issued."""
    generation: int
    """How many sets of tokens this sign-in has had."""
    refresh_error: str
    """Why the last refresh failed; empty if it did not."""
    needs_sign_in: bool
    """Whether only a new sign-in brings it back."""
    quota: QuotaView
    """What is known of its allowance."""
    usage: UsageView
    """What it has served, by the ledger."""
    created_at: str | None
    """When it was made, UTC in ISO 8601; null only for a time that no calendar holds."""
    updated_at: str | None
    """When an operator or a refresh last changed it, UTC in ISO 8601; null only for a time that no calendar
    holds."""
    live: LiveView | None = None
    """What the worker that answers knows beyond the store; null where that is not told."""


class CredentialPage(Told):
    """A page of credentials, the oldest first."""

    data: list[CredentialView]
    """The credentials of this page, the oldest first."""
    total: int
    """How many fit the filters."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class ListQuery(Asked):
    """Which credentials a list shows; of several values in one field, one has to fit."""

    status: list[Status] = Field(default=[])
    """May be given several times, like the next four; left out is any."""
    kind: list[CredentialKind] = Field(default=[])
    """`api_key` is a key of xAI's, `oauth` a sign-in."""
    tier: list[Tier] = Field(default=[])
    """Has one of these tiers, `basic` or `super`; empty is any."""
    tag: list[str] = Field(default=[])
    """Has one of these tags."""
    account: list[str] = Field(default=[])
    """Account, team or user ids, or e-mail addresses."""
    text: str = Field(default="", max_length=200)
    """Part of an id, name, e-mail address, hint, note, tag or team; case does not matter."""
    limit: int = Field(default=100, ge=1, le=500)
    cursor: str = Field(default="", max_length=400)
    """The last page's `next_cursor`; empty for the first page."""

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
    """At most 200 characters; empty takes the hint of the secret."""
    tier: Tier | None = None
    """Which models xAI lets it use: some need `super`."""
    tags: list[str] | None = None
    """In place of all there are; at most 100 of 64 characters."""
    add_tags: list[str] = Field(default=[])
    """Besides those there are; not together with `tags`."""
    remove_tags: list[str] = Field(default=[])
    """From those there are; not together with `tags`."""
    priority: int | None = None
    """The higher one is chosen first; -1,000,000 to 1,000,000."""
    weight: int | None = None
    """Its share among credentials of the same priority; 1 to 1,000,000."""
    max_concurrency: int | None = None
    """Calls at a time; 0 is no limit."""
    proxy: str | None = Field(default=None, repr=False)
    """Address of an http, https or socks5 proxy; empty is the one of the settings."""
    models: list[str] | None = None
    """xAI's models that it may serve, at most 100; empty is all."""
    note: str | None = None
    """For people; at most 4,000 characters."""
    enabled: bool | None = None
    """`false` takes it out of service; `true` also ends a block."""

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
    """From console.x.ai; it is sealed at once and never shown again."""


class FilterBody(Sent):
    """Who is meant: every field that is given has to fit; of several values in one, one has to."""

    ids: list[str] = Field(default=[], max_length=MOST_IDS)
    """In full."""
    status: list[Annotated[Status, Field(strict=False)]] = Field(default=[])
    """As shown: a rest that is over counts as `active`."""
    kind: list[CredentialKind] = Field(default=[])
    """`api_key` is a key of xAI's, `oauth` a sign-in."""
    tier: list[Tier] = Field(default=[])
    """Has one of these tiers, `basic` or `super`; empty is any."""
    tags: list[str] = Field(default=[])
    """Has one of them."""
    account: list[str] = Field(default=[])
    """Account, team or user ids, or e-mail addresses."""
    text: str = ""
    """Part of an id, name, e-mail address, hint, note, tag or team; case does not matter."""
    everything: bool = False
    """`true` means all there are; a filter that asks for nothing is refused."""

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
    """`test`, `refresh`, and anything for over 500, become a job."""
    ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    """In full; not together with `filter`."""
    filter: FilterBody | None = None
    """Who is meant, if not by `ids`."""
    changes: EditBody | None = None
    """What `edit` changes; only with that action."""

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
    """The action, as it was asked for."""
    chosen: int
    """How many were meant."""
    done: int
    """How many it was done to."""
    gone: list[str]
    """Ids of those that somebody else deleted meanwhile."""
    needs_sign_in: list[str]
    """Ids of those that only a new sign-in brings back."""


class CheckResult(Told):
    """What came of a test or a refresh of one credential."""

    id: str
    """Id of a credential."""
    name: str
    """What the credential is called."""
    ok: bool
    """Whether it went well."""
    message: str
    """For people."""


class TestAnswer(CheckResult):
    """What xAI said."""

    models: list[str]
    """Those that the credential may use."""


class RefreshAnswer(CheckResult):
    """What came of a refresh, and how the credential looks now."""

    credential: CredentialView
    """The credential as it is now."""
