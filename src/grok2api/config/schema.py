"""How a setting is declared: its help, its range, when a change takes effect and whether it is secret.

One declaration feeds validation, error lines, the documents, the console's form and `config explain`.
A section must never show a secret: `repr`, `str` and rich's printing all mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MASK = "********"

Reload = Literal["hot", "restart"]


class WrongValue(Exception):
    """A value that a setting does not take.

    Args:
        must: The rule, as the rest of a sentence that begins "must".
        fix: What to do; empty leaves the setting's own advice in place.
    """

    def __init__(self, must: str, fix: str = "") -> None:
        super().__init__(must)
        self.must = must
        self.fix = fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What msgspec's own metadata does not hold about a setting."""

    help_chinese: str
    reload: Reload
    secret: bool
    names: tuple[str, ...]
    """Environment names that users know, besides the `GROK2API_SECTION__FIELD` one."""
    allowed: tuple[str, str] | None
    """The rule in English ("must be ...") and in Chinese, where type and range do not say it."""
    fix: str
    check: Callable[[Any], Any] | None
    """Returns the value in its settled form, or raises `WrongValue`."""
    switch: tuple[str, str] | None
    """What true and false stand for, where a choice also takes them."""


def setting(
    description: str,
    help_chinese: str,
    *,
    reload: Reload = "hot",
    secret: bool = False,
    names: tuple[str, ...] = (),
    allowed: tuple[str, str] | None = None,
    fix: str = "",
    check: Callable[[Any], Any] | None = None,
    switch: tuple[str, str] | None = None,
    ge: float | None = None,
    le: float | None = None,
    pattern: str | None = None,
) -> msgspec.Meta:
    """Describe one setting; the result stands in its `Annotated` type."""
    traits = Traits(
        help_chinese=help_chinese,
        reload=reload,
        secret=secret,
        names=names,
        allowed=allowed,
        fix=fix,
        check=check,
        switch=switch,
    )
    extra = {"traits": traits}
    if pattern is not None:
        return msgspec.Meta(description=description, pattern=pattern, extra=extra)
    if ge is not None and le is not None:
        return msgspec.Meta(description=description, ge=ge, le=le, extra=extra)
    return msgspec.Meta(description=description, extra=extra)


def traits_of(meta: msgspec.Meta) -> Traits:
    """Return what `setting` put into `meta`."""
    traits = (meta.extra or {}).get("traits")
    if not isinstance(traits, Traits):
        raise TypeError("a setting is declared with schema.setting(...)")
    return traits


def declared(section: type[msgspec.Struct]) -> Iterator[tuple[str, Any, Any, msgspec.Meta]]:
    """Yield (name, annotation, bare type, metadata) of every setting of a section, in order."""
    hints = get_type_hints(section, include_extras=True)
    for name in section.__struct_fields__:
        annotation = hints[name]
        if get_origin(annotation) is not Annotated:
            raise TypeError(f"{section.__name__}.{name} is declared without a description")
        bare, meta = get_args(annotation)
        yield name, annotation, bare, meta


def masked(value: object) -> object:
    """Return what may be shown instead of a secret; an unset secret shows as unset."""
    if isinstance(value, (tuple, list)):
        return tuple(MASK for _ in value)
    return MASK if value else value


class Section(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One section of the settings; what it prints holds no secret."""

    def shown(self) -> Iterator[tuple[str, object]]:
        """Yield every setting with a value that may be printed."""
        for name, _, _, meta in declared(type(self)):
            value = getattr(self, name)
            yield name, masked(value) if traits_of(meta).secret else value

    @override
    def __repr__(self) -> str:
        """Show the section with its secrets masked."""
        inside = ", ".join(f"{name}={value!r}" for name, value in self.shown())
        return f"{type(self).__name__}({inside})"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to rich, which would otherwise ask msgspec and print everything."""
        return list(self.shown())
