"""Which models there are now: the shipped catalogue, what upstream says it has, what operators say.

The list is asked for through the pool, account by account, in the background; until it came, the
catalogue's own knowledge serves. Must never be asked for on the path of a request.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from grok2api.canonical.call import Caller
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.canonical.plan import Demand, ModelKind, PoolScope, Tier
from grok2api.pool.pool import Pool
from grok2api.routing.catalogue import Catalogue, DiscoveredModel
from grok2api.routing.overrides import Override, read
from grok2api.routing.router import SERVED, Servable, public_model, public_models
from grok2api.upstream.base import UpstreamFault, UpstreamModel

if TYPE_CHECKING:
    from grok2api.storage.records import Changes

_log = structlog.get_logger(__name__)
_VERDICTS = frozenset({FaultKind.BAD_KEY, FaultKind.BLOCKED, FaultKind.TOKEN_EXPIRED})
"""All that a model list may say about a credential; whether it can answer is learnt from answers."""
_MEDIA: Final = frozenset({ModelKind.IMAGE, ModelKind.VIDEO})


class ModelLister(Protocol):
    """Where an account's own model list comes from."""

    async def list_models(self, lease: Lease) -> tuple[UpstreamModel, ...]:
        """Return the account's models, or raise UpstreamFault."""
        ...


class Models:
    """The current catalogue of this process."""

    def __init__(self, catalogue: Catalogue, *, pool: Pool, lister: ModelLister) -> None:
        self.catalogue = catalogue
        self._pool = pool
        self._lister = lister
        self._said: dict[str, Override] = {}

    def apply(self, changes: Changes) -> None:
        """Take over what operators say of models now; what cannot be read counts as not said."""
        if not (changes.models or changes.deleted_models or changes.reset):
            return
        said = {} if changes.reset else {**self._said}
        for name in changes.deleted_models:
            said.pop(name, None)
        for record in changes.models:
            try:
                said[record.id] = read(record.content, created=int(record.created_at))
            except ValueError as error:
                said.pop(record.id, None)
                _log.error("model override not read", model=record.id, reason=str(error))
        self._said = said
        self.catalogue = self.catalogue.with_overrides(said)

    def servable_in(self, scope: PoolScope) -> Servable:
        """Return what tells whether some credential of a part of the pool may serve a model."""

        def servable(upstream_id: str, tier: Tier | None) -> bool:
            return self._pool.may_serve(Demand(upstream_id, tier, scope=scope))

        return servable

    def listed(self, caller: Caller, *, kinds: Collection[ModelKind] = SERVED) -> list[tuple[str, int]]:
        """Return the ids of these kinds that `caller` may use now, with their fixed creation times."""
        return public_models(self.catalogue, caller, self.servable_in(caller.scope), kinds=kinds)

    def found(self, caller: Caller, name: str, *, claude_aliases: bool = False) -> tuple[str, int]:
        """Return one id that `caller` may use now, with its fixed creation time.

        Raises:
            ModelNotFound: this caller may not use it now, or there is no such model.
        """
        servable = self.servable_in(caller.scope)
        return public_model(self.catalogue, caller, servable, name, claude_aliases=claude_aliases)

    async def discover(self, lease: Lease) -> bool:
        """Ask for the models of one account; tell whether it answered. The lease is given back."""
        try:
            models = await self._lister.list_models(lease)
        except UpstreamFault as error:
            if error.fault.kind in _VERDICTS or error.fault.scope is FaultScope.PROXY:
                self._pool.report(lease, error.fault, request_id="model list")
            return False
        finally:
            self._pool.release(lease, ok=False)  # a list says nothing of whether it can answer
        found = [DiscoveredModel(m.id, m.aliases, m.created, m.efforts) for m in models]
        self.catalogue = self.catalogue.with_discovered(lease.account_id, found)
        listed = [name for m in models for name in (m.id, *m.aliases)]
        self._pool.learn_models(lease.account_id, [*listed, *self._unsaid(listed)])
        return True

    def _unsaid(self, listed: Sequence[str]) -> list[str]:
        """Return the models of every kind of which a list says nothing at all: that is no refusal."""
        said = {self.catalogue.model(name).kind for name in listed}
        return [model.id for model in self.catalogue.upstream.values() if model.kind in _MEDIA - said]
