"""What an operator says of public models: names of their own, and other meanings of known ones.

Pure. An override either names what it stands for, or changes what is known under its id: the effort that is
forced, the fallbacks, the tier, who sees it. A target may be any public name; what that name means is taken
over, so that an alias of a model with fallbacks has them too.
Must never make a name stand for itself, however many steps away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal

import msgspec

from grok2api.canonical.plan import ModelKind, Tier
from grok2api.errors import InvalidRequest
from grok2api.routing import effort as efforts
from grok2api.routing.row import Row, RowTarget

LONGEST_ID: Final = 128
LONGEST_NOTE: Final = 2000
MOST_FALLBACKS: Final = 16
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]*")

Visibility = Literal["listed", "unlisted", "off"]
"""`listed` in the list of models, `unlisted` but served, or `off`: as if it did not exist."""
Known = Callable[[str], Row | None]
"""What a public name means without any override."""


class Stand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One model of a chain: a public name or an id of upstream's, and the effort that is forced there.

    Attributes:
        asked: The effort in place of `effort` when the client asks to reason.
    """

    model: str
    effort: str | None = None
    asked: str | None = None


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is said of one public name.

    Attributes:
        target: What the name stands for; empty keeps what is known under it.
        effort: Forced on all of the chain that does not name one of its own; None forces nothing new.
        asked: The effort in place of `effort` when the client asks to reason.
        fallbacks: Tried in this order after the target, in place of those that are known.
        reasoning_shown: Whether visible reasoning is promised; None leaves it.
        tier: The tier that a credential needs; `any` lifts the need, None leaves it.
        note: For people.
        created: Unix seconds at which the name was first said; stands beside the text, not in it.
    """

    target: str = ""
    effort: str | None = None
    asked: str | None = None
    fallbacks: tuple[Stand, ...] = ()
    reasoning_shown: bool | None = None
    tier: Tier | Literal["any"] | None = None
    visibility: Visibility = "listed"
    note: str = ""
    created: int = 0


def read(content: str, *, created: int = 0) -> Override:
    """Return what a stored text says.

    Args:
        content: The text.
        created: Unix seconds at which the name was first said.

    Raises:
        ValueError: it is damaged, or a newer version wrote it.
    """
    try:
        return msgspec.structs.replace(msgspec.json.decode(content, type=Override), created=created)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None


def write(override: Override) -> str:
    """Return an override as it is stored."""
    return msgspec.json.encode(msgspec.structs.replace(override, created=0)).decode()


def check(identifier: str, override: Override, others: Mapping[str, Override], known: Known) -> None:
    """Return if an override can be kept.

    Args:
        identifier: The public name that it is about.
        override: What is to be said.
        others: What is said of other names.
        known: What a name means without any override.

    Raises:
        InvalidRequest: it cannot; it says which field, and what would do.
    """
    if len(identifier) > LONGEST_ID or not _ID.fullmatch(identifier):
        raise InvalidRequest(
            f"A model's name has 1 to {LONGEST_ID} characters: letters, digits and . _ : / @ + -, and begins "
            "with a letter or digit.",
            param="id",
        )
    _check_lengths(override)
    _check_efforts(override)
    if not override.target and known(identifier) is None:
        raise InvalidRequest(
            f"'{identifier}' is no model that is known here, so 'target' has to say what it stands for.",
            param="target",
        )
    all_said = {**others, identifier: override}
    _check_circle(identifier, all_said)
    _check_kinds(identifier, all_said, known)


def rows(overrides: Mapping[str, Override], known: Known) -> dict[str, Row]:
    """Return what every overridden name means; one that means nothing is left out.

    Args:
        overrides: What is said, by public name.
        known: What a name means without any override.
    """
    made = {name: _row(name, overrides, known, ()) for name in overrides}
    return {name: row for name, row in made.items() if row is not None}


def _row(name: str, overrides: Mapping[str, Override], known: Known, through: tuple[str, ...]) -> Row | None:
    said = overrides.get(name)
    if said is None or name in through:
        return known(name)
    base = _row(said.target, overrides, known, (*through, name)) if said.target else known(name)
    if base is None:
        if not said.target:
            return None
        base = Row(said.target, ModelKind.TEXT, 0, (RowTarget(said.target),))
    chain = [_forced(each, said.effort, said.asked) for each in base.targets]
    if said.fallbacks:
        chain = chain if said.target else chain[:1]
        for fallback in said.fallbacks:
            chain.extend(_chain(fallback, said, overrides, known, (*through, name)))
    return replace(
        base,
        id=name,
        created=(said.created or base.created) if said.target else base.created,
        targets=tuple(_once(chain)),
        tier=_tier(said, base),
        reasoning_shown=base.reasoning_shown if said.reasoning_shown is None else said.reasoning_shown,
    )


def _chain(
    stand: Stand, said: Override, overrides: Mapping[str, Override], known: Known, through: tuple[str, ...]
) -> Iterator[RowTarget]:
    """Yield what a fallback means, at its own effort, or else at what is forced on the whole chain."""
    row = _row(stand.model, overrides, known, through)
    own = stand.effort is not None or stand.asked is not None
    effort, asked = (stand.effort, stand.asked) if own else (said.effort, said.asked)
    for each in (RowTarget(stand.model),) if row is None else row.targets:
        yield _forced(each, effort, asked)


def _forced(target: RowTarget, effort: str | None, asked: str | None) -> RowTarget:
    """Return a target at an effort; without one it keeps its own."""
    return target if effort is None and asked is None else RowTarget(target.target, effort, asked)


def _once(targets: Iterable[RowTarget]) -> list[RowTarget]:
    """Return the targets without those that stand there already, at whatever effort."""
    first: dict[str, RowTarget] = {}
    for each in targets:
        first.setdefault(each.target, each)
    return list(first.values())


def _tier(said: Override, base: Row) -> Tier | None:
    if said.tier is None:
        return base.tier
    return None if said.tier == "any" else said.tier


def _check_lengths(override: Override) -> None:
    for param, name in (
        ("target", override.target),
        *((f"fallbacks[{place}].model", each.model) for place, each in enumerate(override.fallbacks)),
    ):
        if param != "target" and not name:
            raise InvalidRequest(f"'{param}' names no model.", param=param)
        if name and (len(name) > LONGEST_ID or not _ID.fullmatch(name)):
            raise InvalidRequest(f"'{param}' is no name of a model.", param=param)
    if len(override.fallbacks) > MOST_FALLBACKS:
        raise InvalidRequest(f"'fallbacks' holds more than {MOST_FALLBACKS} models.", param="fallbacks")
    if len(override.note) > LONGEST_NOTE:
        raise InvalidRequest(f"'note' is longer than {LONGEST_NOTE} characters.", param="note")


def _check_efforts(override: Override) -> None:
    said = [("effort", override.effort), ("asked", override.asked)]
    for place, each in enumerate(override.fallbacks):
        said += [(f"fallbacks[{place}].effort", each.effort), (f"fallbacks[{place}].asked", each.asked)]
    for param, word in said:
        if word is not None and word not in efforts.SCALE:
            raise InvalidRequest(f"'{param}' must be one of {', '.join(efforts.SCALE)}.", param=param)


def _check_circle(identifier: str, all_said: Mapping[str, Override]) -> None:
    """Refuse a name that would stand for itself; a name without override ends the search."""
    ahead = [identifier]
    seen: set[str] = set()
    while ahead:
        said = all_said.get(ahead.pop())
        if said is None:
            continue
        for param, name in (("target", said.target), *(("fallbacks", each.model) for each in said.fallbacks)):
            if name == identifier:
                raise InvalidRequest(f"'{identifier}' would stand for itself.", param=param)
            if name and name not in seen:
                seen.add(name)
                ahead.append(name)


def _check_kinds(identifier: str, all_said: Mapping[str, Override], known: Known) -> None:
    """Refuse a chain of models that make different things."""
    said = all_said[identifier]
    first = _row(identifier, all_said, known, ())
    for place, fallback in enumerate(said.fallbacks):
        other = _row(fallback.model, all_said, known, (identifier,))
        if first is not None and other is not None and other.kind is not first.kind:
            raise InvalidRequest(
                f"'{fallback.model}' makes {other.kind.value}, '{identifier}' {first.kind.value}.",
                param=f"fallbacks[{place}].model",
            )
