"""The list of all settings, read off the declarations: for validation, documents, console, `config explain`.

It must never hold a value of a running server; `explain` takes one and masks what is secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

from grok2api.config.schema import Reload, Traits, declared, masked, traits_of
from grok2api.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import msgspec

    from grok2api.config.loaded import Loaded

Kind = Literal["boolean", "integer", "number", "text", "choice", "texts", "integers"]

PREFIX = "GROK2API_"

_SCALARS: dict[type, Kind] = {bool: "boolean", int: "integer", float: "number", str: "text"}
_NOUNS: dict[Kind, str] = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "text": "a text",
    "texts": "a list of texts",
    "integers": "a list of whole numbers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One setting, with all that is known about it before a value is."""

    path: str
    kind: Kind
    default: object
    help: str
    help_chinese: str
    choices: tuple[str, ...]
    low: float | None
    high: float | None
    must: str
    """The rule as the rest of a sentence: "must be a whole number from 0 to 65535"."""
    fix: str
    reload: Reload
    secret: bool
    names: tuple[str, ...]
    """Names in the environment, the strongest first. A secret one also has each with `_FILE` added."""
    traits: Traits = field(repr=False)
    annotation: Any = field(repr=False)

    @property
    def section(self) -> str:
        """Return the section's name."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """Return the name inside the section."""
        return self.path.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Explained:
    """One row of `config explain`; `value` may be shown to anyone."""

    path: str
    value: object
    source: str
    default: object
    help: str
    reload: Reload


@cache
def setting_fields() -> tuple[SettingField, ...]:
    """Return every setting, section by section."""
    return tuple(
        _field(f"{section}.{name}", annotation, bare, meta, getattr(defaults, name))
        for section, kind in section_types().items()
        for defaults in (kind(),)
        for name, annotation, bare, meta in declared(kind)
    )


@cache
def section_types() -> Mapping[str, type[msgspec.Struct]]:
    """Return the sections and their types, in order."""
    hints = get_type_hints(Settings)
    return MappingProxyType({name: hints[name] for name in Settings.__struct_fields__})


def explain(loaded: Loaded) -> list[Explained]:
    """List every setting with its value, secrets masked, and where the value came from."""
    return [
        Explained(
            path=field.path,
            value=shown(field, value_at(loaded.settings, field.path)),
            source=str(loaded.sources[field.path]),
            default=shown(field, field.default),
            help=field.help,
            reload=field.reload,
        )
        for field in setting_fields()
    ]


def value_at(settings: Settings, path: str) -> object:
    """Return the value of a dotted path."""
    section, _, name = path.partition(".")
    value: object = getattr(getattr(settings, section), name)
    return value


def shown(field: SettingField, value: object) -> object:
    """Return what may be shown of a value: secrets masked, tuples as lists."""
    visible = masked(value) if field.secret else value
    return list(visible) if isinstance(visible, tuple) else visible


def _field(path: str, annotation: Any, bare: Any, meta: msgspec.Meta, default: object) -> SettingField:
    traits = traits_of(meta)
    kind, choices, item = _kind(bare)
    limits = item or meta
    must = traits.allowed[0] if traits.allowed else _must(kind, choices, limits.ge, limits.le)
    section, _, name = path.partition(".")
    return SettingField(
        path=path,
        kind=kind,
        default=default,
        help=meta.description or "",
        help_chinese=traits.help_chinese,
        choices=choices,
        low=limits.ge,
        high=limits.le,
        must=must,
        fix=traits.fix or _fix(kind, choices, default),
        reload=traits.reload,
        secret=traits.secret,
        names=(f"{PREFIX}{section.upper()}__{name.upper()}", *traits.names),
        traits=traits,
        annotation=annotation,
    )


def _kind(bare: Any) -> tuple[Kind, tuple[str, ...], msgspec.Meta | None]:
    """Return the kind of a bare type, its choices, and the metadata of a list's items."""
    origin = get_origin(bare)
    if origin is Literal:
        return "choice", get_args(bare), None
    if origin is not tuple:
        return _SCALARS[bare], (), None
    item, meta = get_args(bare)[0], None
    if get_origin(item) is Annotated:
        item, meta = get_args(item)
    return ("integers" if item is int else "texts"), (), meta


def _must(kind: Kind, choices: tuple[str, ...], low: float | None, high: float | None) -> str:
    if kind == "choice":
        return f"must be one of {', '.join(choices)}"
    span = f" from {low} to {high}" if low is not None else ""
    return f"must be {_NOUNS[kind]}{span}"


def _fix(kind: Kind, choices: tuple[str, ...], default: object) -> str:
    if kind == "choice":
        return f"set it to {' or '.join((', '.join(choices[:-1]), choices[-1]))}."
    if kind == "boolean":
        return "set it to true or false."
    if kind in ("integer", "number"):
        return f"set it to a number, e.g. {default:g}."
    if kind == "integers" and isinstance(default, tuple):
        return f"write a list of numbers, e.g. {list(default[:3])}."
    if kind == "texts":
        return "write a list of texts, or leave it out."
    return f"set it to a text, e.g. {default}." if default else "set it to a text, or leave it out."
