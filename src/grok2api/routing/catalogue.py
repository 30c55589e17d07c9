"""The models that exist: shipped rows, above them what upstream's model lists say, and what operators say.

A catalogue is an immutable snapshot; learning something makes a new one, so a request that holds one
sees one state. Must never say which credential may serve a model: that is the pool's knowledge.
Source of the shipped facts: xAI's model pages and model list; of the rows: the product's model table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from importlib import resources
from types import MappingProxyType

import msgspec

from grok2api.canonical.plan import ModelKind, Surface, Tier
from grok2api.routing import overrides as said
from grok2api.routing.overrides import Override
from grok2api.routing.row import Row, RowTarget

BOTH_SURFACES: tuple[Surface, ...] = ("responses", "chat")
_USUAL_EFFORTS = ("low", "medium", "high")
_USUAL_QUALITIES = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class DiscoveredModel:
    """One entry of upstream's model list, as one account sees it."""

    id: str
    aliases: tuple[str, ...] = ()
    created: int = 0
    efforts: tuple[str, ...] | None = None
    """`capabilities.reasoning_effort`; None when the list does not say."""


@dataclass(frozen=True, slots=True)
class UpstreamModel:
    """What is known of one of upstream's own models."""

    id: str
    kind: ModelKind
    created: int = 0
    efforts: tuple[str, ...] = ()
    """Allowed values of the effort field; empty means that upstream rejects the field."""
    reasons: bool = True
    surfaces: tuple[Surface, ...] = BOTH_SURFACES
    client_tools: bool = True
    aliases: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    """Of a model of pictures: the allowed values of its quality field; empty means that it has none."""


class _RowText(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    kind: ModelKind
    created: int
    target: str
    effort: str | None = None
    asked: str | None = None
    reasoning_shown: bool = False
    tier: Tier | None = None
    fallbacks: list[RowTarget] = []

    def row(self) -> Row:
        first = RowTarget(self.target, self.effort, self.asked)
        return Row(
            self.id, self.kind, self.created, (first, *self.fallbacks), self.tier, self.reasoning_shown
        )


class _Shipped(msgspec.Struct, forbid_unknown_fields=True):
    model: list[_RowText]
    upstream: list[UpstreamModel]
    retired: dict[str, str]


def _index(models: Iterable[UpstreamModel]) -> Mapping[str, UpstreamModel]:
    return MappingProxyType({model.id: model for model in models})


def _names(models: Mapping[str, UpstreamModel]) -> Mapping[str, str]:
    """Map every alias to its model; an id is never shadowed by another model's alias."""
    aliases: dict[str, str] = {}
    for model in models.values():
        for alias in model.aliases:
            if alias not in models:
                aliases.setdefault(alias, model.id)
    return MappingProxyType(aliases)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An immutable snapshot of all models."""

    rows: Mapping[str, Row]
    shipped: Mapping[str, UpstreamModel]
    retired: Mapping[str, str]
    """Ids that upstream no longer has, each with the public id to use instead."""
    discovered: Mapping[str, tuple[DiscoveredModel, ...]] = field(default_factory=dict)
    """Upstream's list per account id."""
    overrides: Mapping[str, Override] = field(default_factory=dict)
    """What operators say, by public id."""
    upstream: Mapping[str, UpstreamModel] = field(init=False)
    """Upstream's own models: shipped knowledge under what was discovered."""
    aliases: Mapping[str, str] = field(init=False)
    """Other names of upstream's models."""
    own: Mapping[str, Row] = field(init=False)
    """What the overridden ids mean."""

    def __post_init__(self) -> None:
        models = _merge(self.shipped, self.retired, self.discovered)
        object.__setattr__(self, "upstream", models)
        object.__setattr__(self, "aliases", _names(models))
        object.__setattr__(self, "own", MappingProxyType(said.rows(self.overrides, self.unsaid)))

    def with_discovered(self, account_id: str, models: Sequence[DiscoveredModel]) -> Catalogue:
        """Return a catalogue in which `models` is all that this account lists."""
        return replace(self, discovered=MappingProxyType({**self.discovered, account_id: tuple(models)}))

    def with_overrides(self, overrides: Mapping[str, Override]) -> Catalogue:
        """Return a catalogue in which `overrides` is all that operators say."""
        return replace(self, overrides=MappingProxyType(dict(overrides)))

    def resolve(self, public_id: str) -> Row | None:
        """Return the row that a client means: an operator's, a shipped one, or one of upstream's models."""
        override = self.overrides.get(public_id)
        if override is None:
            return self.unsaid(public_id)
        return None if override.visibility == "off" else self.own.get(public_id)

    def unsaid(self, public_id: str) -> Row | None:
        """Return what a name means, whatever operators say: a shipped row, or upstream's by id or alias."""
        row = self.rows.get(public_id)
        if row is not None:
            return row
        model = self.upstream.get(self.aliases.get(public_id, public_id))
        if model is None:
            return None
        return Row(model.id, model.kind, model.created, (RowTarget(model.id),))

    def model(self, upstream_id: str) -> UpstreamModel:
        """Return what is known of an upstream model; a careful guess when it was never heard of."""
        known = self.upstream.get(self.aliases.get(upstream_id, upstream_id))
        return known or _guess(DiscoveredModel(upstream_id))

    def public_ids(self, *, unlisted: bool = False) -> Iterator[tuple[str, Row]]:
        """Yield the names a client may use, with what they mean: operators', rows, upstream's, their aliases.

        Args:
            unlisted: Also those that are served but not listed.
        """
        for name in dict.fromkeys((*self.own, *self.rows, *self.upstream, *self.aliases)):
            override = self.overrides.get(name)
            hidden = override is not None and override.visibility == "unlisted"
            row = None if hidden and not unlisted else self.resolve(name)
            if row is not None:
                yield name, row


def load() -> Catalogue:
    """Return the shipped catalogue."""
    text = resources.files("grok2api.routing").joinpath("models.toml").read_bytes()
    shipped = msgspec.toml.decode(text, type=_Shipped)
    return Catalogue(
        rows=MappingProxyType({text.id: text.row() for text in shipped.model}),
        shipped=_index(shipped.upstream),
        retired=MappingProxyType(shipped.retired),
    )


def _merge(
    shipped: Mapping[str, UpstreamModel],
    retired: Mapping[str, str],
    discovered: Mapping[str, tuple[DiscoveredModel, ...]],
) -> Mapping[str, UpstreamModel]:
    sightings: dict[str, list[DiscoveredModel]] = {}
    for models in discovered.values():
        for model in models:
            if model.id not in retired:
                sightings.setdefault(model.id, []).append(model)
    merged = dict(shipped)
    for identifier, seen in sightings.items():
        merged[identifier] = reduce(_learn, seen, shipped.get(identifier) or _guess(seen[0]))
    return _index(merged.values())


def _learn(known: UpstreamModel, seen: DiscoveredModel) -> UpstreamModel:
    aliases = tuple(dict.fromkeys((*known.aliases, *seen.aliases)))
    efforts = known.efforts if seen.efforts is None else seen.efforts
    return replace(known, aliases=aliases, efforts=efforts, created=seen.created or known.created)


def _guess(seen: DiscoveredModel) -> UpstreamModel:
    """Return what the name of a new model gives away, until somebody writes a row for it."""
    name = seen.id
    reasons = "non-reasoning" not in name
    several = "multi-agent" in name
    return UpstreamModel(
        id=name,
        kind=_guess_kind(name),
        efforts=_USUAL_EFFORTS if reasons else (),
        reasons=reasons,
        surfaces=("responses",) if several else BOTH_SURFACES,
        client_tools=not several,
        qualities=_USUAL_QUALITIES,
    )


def _guess_kind(name: str) -> ModelKind:
    """Return the kind; what takes or gives no chat text at all counts as audio, and is not served."""
    for mark, kind in (
        ("video", ModelKind.VIDEO),
        ("image", ModelKind.IMAGE),
        ("voice", ModelKind.AUDIO),
        ("embed", ModelKind.AUDIO),
    ):
        if mark in name:
            return kind
    return ModelKind.TEXT
