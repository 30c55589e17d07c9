"""Changes of the settings that the store holds: looked at first, made whole or not at all, and taken back.

Each change is a version with what the store held before and after it, sealed, so that a version can be
restored exactly. A running server follows by itself. Must never show a secret, and must never keep a change
that a start would refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from grok2api.config.chinese import refusal, retold
from grok2api.config.fields import SettingField, setting_fields, shown
from grok2api.config.layers import advice
from grok2api.config.loaded import Loaded
from grok2api.config.schema import MASK, WrongValue
from grok2api.config.settings import BOOTSTRAP_SECTIONS
from grok2api.config.values import read_value
from grok2api.errors import ClientError, ConfigError, InvalidRequest, NotFound
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.operations.setting_values import overrides_of, stored
from grok2api.storage.records import Conflict
from grok2api.storage.versions import SettingStore, SettingVersion

Values = Mapping[str, object]
Load = Callable[[Values], Loaded]
"""Loads the settings with what the store overrides; ConfigError if they cannot be used."""

_WITHOUT: Final = object()
_LONGEST_PATH: Final = 200
"""Characters that are shown of what should be the path of a setting."""


class SettingsMoved(ClientError):
    """Somebody else changed the settings after they were read."""

    status = 409
    default_code = "settings_changed"


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """Why a change cannot be made; `path` is empty where no single setting is at fault."""

    path: str
    message: str
    chinese: str = ""
    """The same in Chinese; empty where there are no words for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDifference:
    """What a change does to one stored setting; secrets are masked, None is not stored."""

    path: str
    before: object
    after: object
    secret: bool
    restart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """What is wanted: values by dotted path, and settings that the store shall not hold any more."""

    values: Values = field(default_factory=dict, repr=False)
    unset: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A change that was looked at.

    Attributes:
        number: The version that it was looked at under; the next one once it is made.
        problems: Why it cannot be made; empty if it can.
        differences: What it does.
        warnings: What an operator should know of the settings as they would be.
    """

    number: int
    problems: tuple[SettingProblem, ...] = ()
    differences: tuple[SettingDifference, ...] = ()
    warnings: tuple[str, ...] = ()
    before: Values = field(repr=False)
    after: Values = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """A version, as it may be shown."""

    number: int
    at: float
    actor: str
    request_id: str
    restored: int | None
    differences: tuple[SettingDifference, ...]


class _Content(msgspec.Struct, frozen=True):
    """What is sealed in a version."""

    before: dict[str, object]
    after: dict[str, object]


class SettingOperations:
    """What can be done to the settings.

    Args:
        store: Where they are kept.
        box: Seals secrets and versions.
        clock: Where time comes from.
        load: Tells what a start would make of them.
    """

    def __init__(self, store: SettingStore, box: SecretBox, clock: Clock, load: Load) -> None:
        self._store = store
        self._box = box
        self._clock = clock
        self._load = load

    async def present(self) -> tuple[int, dict[str, object]]:
        """Return the number of the last version, 0 if there is none, and what the store holds now.

        Raises:
            ValueError: what it holds does not open.
        """
        newest = await self._store.versions(1)
        number = newest[0].number if newest else 0
        return number, overrides_of(await self._store.list(), self._box)

    def loaded(self, overrides: Values) -> Loaded:
        """Return the settings as a start would load them; ConfigError if it would refuse them."""
        return self._load(overrides)

    async def check(self, change: SettingChange) -> Checked:
        """Look at a change, and write nothing."""
        number, before = await self.present()
        problems, after = _judge(change, before, self._locked(before))
        return self._checked(number, before, after, problems)

    async def locked(self) -> dict[str, str]:
        """Return the settings that a stronger place than the store decides, and how that is called."""
        return self._locked((await self.present())[1])

    def _locked(self, overrides: Values) -> dict[str, str]:
        return _locked(self._tried(overrides) or self._load({}))

    async def apply(
        self, change: SettingChange, *, expected: int | None, actor: str, request_id: str = ""
    ) -> Checked:
        """Make a change, all of it.

        Args:
            change: What is wanted.
            expected: The version that it was made from; None if that does not matter.
            actor: Who wants it, for people.
            request_id: By which request.

        Raises:
            InvalidRequest: it cannot be made; `param` names the first setting at fault.
            SettingsMoved: there is a newer version than the expected one.
        """
        checked = await self.check(change)
        return await self._make(checked, expected, actor, request_id)

    async def restore(
        self, number: int, *, expected: int | None, actor: str, request_id: str = ""
    ) -> Checked:
        """Let the store hold exactly what it held after a version; 0 is what it held before the first.

        Raises:
            NotFound: there is no such version, or it does not open.
            InvalidRequest: a start would refuse those settings now.
            SettingsMoved: there is a newer version than the expected one.
        """
        present, before = await self.present()
        wanted = await self._held_after(number)
        checked = self._checked(present, before, wanted)
        return await self._make(checked, expected, actor, request_id, restored=number)

    async def history(self, limit: int, before: int | None = None) -> list[PastChange]:
        """Return the newest versions, newest first, or the newest before a number."""
        return [self._past(each) for each in await self._store.versions(limit, before=before)]

    def _tried(self, overrides: Values) -> Loaded | None:
        try:
            return self._load(overrides)
        except ConfigError:
            return None

    def _checked(
        self, number: int, before: Values, after: Values, problems: Sequence[SettingProblem] = ()
    ) -> Checked:
        """Return what is known of a change; one that is fine by itself may still be refused by a start."""
        warnings: tuple[str, ...] = ()
        try:
            warnings = () if problems else self._load(after).warnings
        except ConfigError as error:
            problems = [_refusal(error)]
        return Checked(
            number=number,
            problems=tuple(problems),
            differences=_differences(before, after),
            warnings=warnings,
            before=before,
            after=after,
        )

    async def _make(
        self, checked: Checked, expected: int | None, actor: str, request_id: str, restored: int | None = None
    ) -> Checked:
        if expected is not None and expected != checked.number:
            raise _moved(checked.number)
        if checked.problems:
            raise _refused(checked.problems)
        if not checked.differences:
            return checked
        now, before, after = self._clock.now(), dict(checked.before), dict(checked.after)
        number = checked.number + 1
        content = msgspec.json.encode(_Content(before, after)).decode()
        version = SettingVersion(
            number=number,
            at=now,
            actor=actor,
            request_id=request_id,
            restored=restored,
            content=self._box.seal(content, _context(number)),
        )
        changed = [path for path, value in after.items() if before.get(path, _WITHOUT) != value]
        rows = [stored(path, after[path], self._box, now) for path in changed]
        try:
            await self._store.apply(version, rows, [path for path in before if path not in after])
        except Conflict:
            raise _moved(number) from None
        return Checked(
            number=number,
            differences=checked.differences,
            warnings=checked.warnings,
            before=before,
            after=after,
        )

    async def _held_after(self, number: int) -> Values:
        version = await self._store.version(number or 1)
        if version is None:
            raise NotFound(f"There is no version {number} of the settings.")
        content = self._opened(version)
        if content is None:
            raise NotFound(f"Version {number} was sealed with a secret key that is not at hand any more.")
        return content.after if number else content.before

    def _past(self, version: SettingVersion) -> PastChange:
        content = self._opened(version)
        return PastChange(
            number=version.number,
            at=version.at,
            actor=version.actor,
            request_id=version.request_id,
            restored=version.restored,
            differences=() if content is None else _differences(content.before, content.after),
        )

    def _opened(self, version: SettingVersion) -> _Content | None:
        try:
            text = self._box.open(version.content, _context(version.number))
        except SealBroken:
            return None
        return msgspec.json.decode(text, type=_Content)


def _judge(
    change: SettingChange, before: Values, locked: Mapping[str, str]
) -> tuple[list[SettingProblem], dict[str, object]]:
    """Return what is wrong with a change by itself, and what the store would hold after it."""
    fields = {each.path: each for each in setting_fields()}
    after, problems = dict(before), list[SettingProblem]()
    for path in change.unset:
        after.pop(path, None)
        if path not in fields and path not in before:
            problems.append(unknown_setting(path))
    for path, value in change.values.items():
        known = fields.get(path)
        if known is None:
            problems.append(unknown_setting(path))
            continue
        wrong = obstacle(known, locked)
        if path in change.unset:
            wrong = SettingProblem(path, f"{path} is both set and unset.", f"{path} 既要设置又要取消。")
        if wrong is not None:
            problems.append(wrong)
            continue
        try:
            after[path] = _settled(known, value)
        except WrongValue as error:
            said = f"{path} {error.must}. Fix: {error.fix or known.fix}"
            problems.append(SettingProblem(path, said, refusal(known, error.must, error.fix)))
    return problems, after


def _settled(known: SettingField, value: object) -> object:
    items = value if isinstance(value, (list, tuple)) else [value]
    if known.secret and MASK in items:
        raise WrongValue("must be a value, and not the mask that stands for one", "leave it out to keep it.")
    settled = read_value(known, value, textual=False)
    return list(settled) if isinstance(settled, tuple) else settled


def _refusal(error: ConfigError) -> SettingProblem:
    """Return why a start would refuse the settings."""
    said = str(error)
    path = said.split(" ", 1)[0]
    known = any(each.path == path for each in setting_fields())
    return SettingProblem(path if known else "", said, retold(said))


def _locked(loaded: Loaded) -> dict[str, str]:
    """Return the settings that a stronger place decides, and how it is called."""
    return {path: str(source) for path, source in loaded.sources.items() if source.outranks_store}


def unknown_setting(path: str) -> SettingProblem:
    """Return what is wrong with a path that is no setting, with the one that may be meant."""
    shown_path = path[:_LONGEST_PATH]
    said = f"{shown_path} is not a setting{advice(shown_path)}"
    return SettingProblem(shown_path, said, f"没有 {shown_path} 这个设置。")


def obstacle(known: SettingField, locked: Mapping[str, str]) -> SettingProblem | None:
    """Return why the store cannot decide a setting; None if it can.

    Args:
        known: The setting.
        locked: Where those come from that a stronger place decides, by path.
    """
    path = known.path
    if known.section in BOOTSTRAP_SECTIONS:
        said = f"{path} is needed before the store opens; set it in config.toml or the environment."
        return SettingProblem(
            path, said, f"{path} 在打开存储之前就要用到；请在 config.toml 或环境变量中设置。"
        )
    if path in locked:
        place = locked[path]
        said = f"{path} comes from {place}, which is stronger than the console; change it there."
        return SettingProblem(path, said, f"{path} 来自 {place}，优先于控制台；请在那里修改。")
    return None


def _differences(before: Values, after: Values) -> tuple[SettingDifference, ...]:
    fields = {each.path: each for each in setting_fields()}
    paths = sorted({*before, *after})
    changed = [path for path in paths if before.get(path, _WITHOUT) != after.get(path, _WITHOUT)]
    return tuple(
        SettingDifference(
            path=path,
            before=_visible(fields.get(path), before.get(path)),
            after=_visible(fields.get(path), after.get(path)),
            secret=path not in fields or fields[path].secret,
            restart=path in fields and fields[path].reload == "restart",
        )
        for path in changed
    )


def _visible(known: SettingField | None, value: object) -> object:
    """Return what may be shown of a stored value; of a setting that is not known here, nothing."""
    if value is None:
        return None
    return MASK if known is None else shown(known, value)


def _refused(problems: Sequence[SettingProblem]) -> InvalidRequest:
    more = len(problems) - 1
    also = f" ({more} more {'setting is' if more == 1 else 'settings are'} wrong as well.)" if more else ""
    return InvalidRequest(problems[0].message + also, param=problems[0].path or None)


def _moved(number: int) -> SettingsMoved:
    return SettingsMoved(
        f"The settings have changed meanwhile (they are at revision {number} now). Read them again.",
        param="revision",
    )


def _context(number: int) -> str:
    return f"settings/versions/{number}"
