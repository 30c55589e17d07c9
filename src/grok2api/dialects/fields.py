"""One table per surface says what happens to each field of a request.

The same table validates what clients send, decides what goes upstream, names what was left out, and is
printed as documentation, so none of these can disagree. Nothing is lost in silence: a value that means
nothing is ignored, a knob that Grok lacks is dropped and named, and what would change the shape or the
meaning of the answer is refused. Must never look inside a field: that is the dialect's own work.
Rule: product promise "what cannot be honoured is never lost in silence".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec

from grok2api.canonical.body import NULL, Body
from grok2api.errors import InvalidRequest, Unsupported


class Policy(StrEnum):
    """What becomes of a field that carries a value."""

    PASSED = "passed"
    """Goes upstream as sent."""
    TRANSLATED = "translated"
    """Goes upstream in other words."""
    LOCAL = "local"
    """Is done by the gateway itself."""
    IGNORED = "ignored"
    """Means nothing for the answer (bookkeeping)."""
    DROPPED = "dropped"
    """A knob that Grok lacks: left out, and named in `x-grok2api-dropped-params`."""
    REFUSED = "refused"
    """Leaving it out would change the answer's shape or meaning: 400 `unsupported_parameter`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a surface's table."""

    name: str
    policy: Policy
    type: Any = object
    """The msgspec type that a value must have."""
    neutral: tuple[object, ...] = ()
    """Values that mean nothing, whatever the policy."""
    note: str = ""
    """What the documentation says beside the policy."""
    required: bool = False
    always_kept: bool = field(init=False, repr=False, compare=False)
    """Whether every value carries a meaning and goes upstream."""
    _decoder: msgspec.json.Decoder[Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kept = self.policy in {Policy.PASSED, Policy.TRANSLATED} and not self.neutral
        object.__setattr__(self, "always_kept", kept)
        object.__setattr__(self, "_decoder", msgspec.json.Decoder(self.type))

    def decode(self, raw: bytes) -> object:
        """Return the value, checked.

        Raises:
            InvalidRequest: `invalid_value` or `missing_required_parameter`, with the path of what is wrong.
        """
        try:
            value: object = self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise misshapen(self.name, error) from None
        except (RecursionError, msgspec.DecodeError) as error:
            raise InvalidRequest(
                f"'{self.name}' cannot be read: {error}.", param=self.name, code="invalid_json"
            ) from None
        return value


@dataclass(frozen=True, slots=True)
class Checked:
    """A body's fields after the table was applied."""

    values: Mapping[str, object]
    """Decoded values of the fields that the table knows and that carry a meaning."""
    remove: frozenset[str]
    """Fields that must not go upstream: ignored, dropped, local, neutral or null."""
    dropped: tuple[str, ...]
    """Names of the dropped ones, sorted."""


class Dropped:
    """Names what is left out inside a field; in strict mode refuses it instead."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self.paths: list[str] = []

    def note(self, path: str) -> None:
        """Take down one dotted path.

        Raises:
            Unsupported: the key is in strict mode.
        """
        if self._strict:
            raise refusal(path)
        self.paths.append(path)


class FieldTable:
    """The rows of one surface."""

    def __init__(self, surface: str, rows: tuple[Field, ...]) -> None:
        self.surface = surface
        self.rows = rows
        self._by_name = {row.name: row for row in rows}
        self._required = tuple(row.name for row in rows if row.required)

    def __getitem__(self, name: str) -> Field:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def check(self, body: Body, *, strict: bool) -> Checked:
        """Apply the table to a body. Fields it does not know pass untouched.

        Raises:
            InvalidRequest: a required field is missing, or a value has the wrong type.
            Unsupported: a field that cannot be honoured (in strict mode, also one that would be dropped).
        """
        values: dict[str, object] = {}
        remove: set[str] = set()
        dropped: list[str] = []
        for name, raw in body.fields.items():
            if raw == NULL:
                remove.add(name)
                continue
            row = self._by_name.get(name)
            if row is None:
                continue
            value = row.decode(raw)
            if row.always_kept or self._keeps(row, value, strict=strict, remove=remove, dropped=dropped):
                values[name] = value
        for name in self._required:
            if name not in values:
                raise missing(name)
        return Checked(values, frozenset(remove), tuple(sorted(dropped)))

    @staticmethod
    def _keeps(row: Field, value: object, *, strict: bool, remove: set[str], dropped: list[str]) -> bool:
        """Sort one value; return whether it carries a meaning."""
        for neutral in row.neutral:
            if type(value) is type(neutral) and value == neutral:
                if row.policy is not Policy.PASSED:
                    remove.add(row.name)
                return False
        if row.policy is Policy.REFUSED:
            raise refusal(row.name, row.note)
        if row.policy is Policy.DROPPED:
            if strict:
                raise refusal(row.name, row.note)
            dropped.append(row.name)
        if row.policy in {Policy.DROPPED, Policy.IGNORED, Policy.LOCAL}:
            remove.add(row.name)
        return row.policy not in {Policy.DROPPED, Policy.IGNORED}


def missing(param: str) -> InvalidRequest:
    """Return the error for something that must be there."""
    return InvalidRequest(
        f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter"
    )


def misshapen(param: str, error: msgspec.ValidationError) -> InvalidRequest:
    """Return the error for a value that has not the shape it must have.

    Args:
        param: Where the value stands.
        error: What its decoder said; it knows the place inside the value.
    """
    reason, _, inner = str(error).partition(" - at `$")
    place = param + inner.rstrip("`")
    lacking = _LACKING.fullmatch(reason)
    if lacking is not None:
        return missing(f"{place}.{lacking[1]}")
    return InvalidRequest(f"'{place}' is not valid: {reason}.", param=place)


_LACKING: Final = re.compile(r"Object missing required field `(.+)`")
"""How msgspec says that something is not there."""


def needed(value: str | None, param: str) -> str:
    """Return a text that must be there.

    Raises:
        InvalidRequest: `missing_required_parameter`.
    """
    if value is None:
        raise missing(param)
    return value


def whole_number(value: float, param: str) -> int:
    """Return a number that may be written with a fraction (32000.0), as some clients do.

    Raises:
        InvalidRequest: it is not whole.
    """
    if int(value) != value:
        raise InvalidRequest(f"'{param}' must be a whole number.", param=param)
    return int(value)


def refusal(param: str, note: str = "") -> Unsupported:
    """Return the error for a field that cannot be honoured."""
    reason = f" {note}" if note else ""
    return Unsupported(f"'{param}' is not supported with Grok.{reason}", param=param)
