"""What an operator does to the list of models: says what a name stands for, hides it, takes that back.

Whatever is kept has been checked against everything else that is said, so that no request meets a name that
stands for itself.
Must never touch what the program ships: an override that is taken back leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from grok2api.errors import NotFound
from grok2api.kit.clock import Clock
from grok2api.routing.catalogue import Catalogue
from grok2api.routing.overrides import Override, check, read, write
from grok2api.routing.row import Row
from grok2api.storage.models import ModelOverride, ModelStore

Source = Literal["operator", "built_in", "upstream", "alias"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicModel:
    """One name that clients may ask for, or might if an operator had not taken it away.

    Attributes:
        row: What it means now; None while it is off, or means nothing.
        unsaid: What it would mean without an override; None if it is known by the override alone.
        override: What an operator says.
    """

    id: str
    row: Row | None
    unsaid: Row | None
    override: Override | None

    @property
    def source(self) -> Source:
        """Where the name comes from: `operator`, `built_in`, `upstream` or `alias` (upstream's own)."""
        if self.unsaid is None:
            return "operator"
        if self.unsaid.id != self.id:
            return "alias"
        return "upstream" if [each.target for each in self.unsaid.targets] == [self.id] else "built_in"


class ModelOperations:
    """The operators' say on models.

    Args:
        store: Where what they say is kept.
        clock: Tells the wall time.
    """

    def __init__(self, store: ModelStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def overridden(self, catalogue: Catalogue) -> Catalogue:
        """Return a catalogue with all that the store holds; what cannot be read is left out."""
        said: dict[str, Override] = {}
        for record in await self._store.list():
            with suppress(ValueError):
                said[record.id] = read(record.content, created=int(record.created_at))
        return catalogue.with_overrides(said)

    async def put(self, identifier: str, override: Override, catalogue: Catalogue) -> Catalogue:
        """Keep what is said of a name, in place of what was; return the catalogue that comes of it.

        Raises:
            InvalidRequest: it cannot be kept; it says which field, and what would do.
        """
        present = await self.overridden(catalogue)
        others = {name: each for name, each in present.overrides.items() if name != identifier}
        check(identifier, override, others, present.unsaid)
        now = self._clock.now()
        before = await self._store.get(identifier)
        created = now if before is None else before.created_at
        await self._store.put(
            ModelOverride(id=identifier, content=write(override), created_at=created, updated_at=now)
        )
        return await self.overridden(catalogue)

    async def remove(self, identifier: str) -> None:
        """Take back what is said of a name.

        Raises:
            NotFound: nothing is.
        """
        if not await self._store.delete(identifier):
            raise NotFound(f"No operator has said anything of the model '{identifier}'.", param="id")


def public_models(catalogue: Catalogue) -> list[PublicModel]:
    """Return every name, operators' own first, then the program's, then upstream's and their aliases."""
    names = dict.fromkeys((*catalogue.overrides, *catalogue.rows, *catalogue.upstream, *catalogue.aliases))
    return [public_model(catalogue, name) for name in names]


def public_model(catalogue: Catalogue, name: str) -> PublicModel:
    """Return one name; all but its `id` is None if it means nothing and nothing is said of it."""
    return PublicModel(
        id=name,
        row=catalogue.resolve(name),
        unsaid=catalogue.unsaid(name),
        override=catalogue.overrides.get(name),
    )


def unknown_targets(row: Row, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the models of a chain that neither the program nor upstream's lists know; they may be new."""
    known: Mapping[str, object] = catalogue.upstream
    return tuple(
        each.target
        for each in row.targets
        if each.target not in known and each.target not in catalogue.aliases
    )
