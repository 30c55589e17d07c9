"""What the admin API takes and gives about settings. A secret is only ever taken; shown is a mask."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from grok2api.admin.shapes import Sent, Told
from grok2api.config.fields import Kind
from grok2api.config.loaded import SourceKind
from grok2api.config.schema import Reload
from grok2api.operations.configuring import Checked, PastChange, SettingDifference, SettingProblem
from grok2api.operations.notation import moment

SettingValue = bool | int | float | str | list[str] | list[int]
_MOST = 500
Paths = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=_MOST)]


class SourceView(Told):
    """Where a value comes from; `name` is the file, the variable or the flag."""

    kind: SourceKind
    name: str
    text: str


class SettingView(Told):
    """One setting, with all that a form needs."""

    path: str
    name: str
    kind: Kind
    choices: list[str]
    low: float | None
    high: float | None
    rule: str
    """What it takes, as the rest of a sentence: "must be ..."."""
    rule_zh: str
    help: str
    help_zh: str
    default: SettingValue
    value: SettingValue
    """What a start would load now; a secret is masked."""
    source: SourceView
    stored: bool
    """Whether the store holds a value, overruled or not."""
    storable: bool
    """Whether the store may hold one: what is needed before the store opens cannot be changed here."""
    locked: bool
    """Whether the environment or a flag decides, which are stronger than the store."""
    secret: bool
    reload: Reload
    pending_restart: bool
    """Whether the server that answers still works with another value, until it is started anew."""


class SectionView(Told):
    """One section of the settings."""

    name: str
    settings: list[SettingView]


class SettingsView(Told):
    """All settings. `revision` goes back with a change, so that nobody's is overwritten unseen."""

    revision: int
    sections: list[SectionView]
    warnings: list[str]
    refused: str
    """Why what the store holds cannot be used, so that running servers go on as they were; mostly empty."""


class ChangeBody(Sent):
    """Values by dotted path, and settings for which the store shall hold none."""

    set: dict[Annotated[str, Field(max_length=200)], Any] = Field(
        default={}, max_length=_MOST, repr=False, json_schema_extra={"additionalProperties": True}
    )
    unset: Paths = Field(default=[])


class PatchBody(ChangeBody):
    """The same; `revision` is the one that the change was made from, or is sent as `If-Match`."""

    revision: int | None = Field(default=None, ge=0)


class RollbackBody(Sent):
    """The version whose outcome is to be restored; 0 is what was before the first."""

    to: int = Field(ge=0)
    revision: int | None = Field(default=None, ge=0)


class DifferenceView(Told):
    """What becomes of one stored setting; null is not stored, a secret is masked."""

    path: str
    before: SettingValue | None
    after: SettingValue | None
    secret: bool
    restart: bool


class ProblemView(Told):
    """Why a change cannot be made; `message_zh` is empty where there are no Chinese words for it."""

    path: str
    message: str
    message_zh: str


class CheckView(Told):
    """What a change would do; nothing was written."""

    ok: bool
    revision: int
    problems: list[ProblemView]
    differences: list[DifferenceView]
    warnings: list[str]


class FileBody(Sent):
    """A file of settings, TOML or JSON, as it is."""

    content: str = Field(max_length=262_144, repr=False)


class FileView(Told):
    """What a file would change: `set` goes into a change as it is, `left_out` cannot be taken in."""

    set: dict[str, Any]
    left_out: list[ProblemView]
    check: CheckView


class ChangedView(Told):
    """What a change did. Hot settings take effect within two seconds; the others are named."""

    revision: int
    differences: list[DifferenceView]
    pending_restart: list[str]
    warnings: list[str]


class VersionView(Told):
    """One change of the settings; `restored` is the version that it went back to."""

    number: int
    at: str | None
    actor: str
    request_id: str
    restored: int | None
    differences: list[DifferenceView]


class HistoryPage(Told):
    """Changes, newest first."""

    data: list[VersionView]
    next_cursor: int | None


def check_view(checked: Checked) -> CheckView:
    """Return how a change that was looked at looks."""
    return CheckView(
        ok=not checked.problems,
        revision=checked.number,
        problems=[problem_view(each) for each in checked.problems],
        differences=[_difference(each) for each in checked.differences],
        warnings=list(checked.warnings),
    )


def problem_view(each: SettingProblem) -> ProblemView:
    """Return how a reason looks."""
    return ProblemView(path=each.path, message=each.message, message_zh=each.chinese)


def changed_view(checked: Checked) -> ChangedView:
    """Return how a change that was made looks."""
    return ChangedView(
        revision=checked.number,
        differences=[_difference(each) for each in checked.differences],
        pending_restart=[each.path for each in checked.differences if each.restart],
        warnings=list(checked.warnings),
    )


def version_view(past: PastChange) -> VersionView:
    """Return how a version looks."""
    return VersionView(
        number=past.number,
        at=moment(past.at),
        actor=past.actor,
        request_id=past.request_id,
        restored=past.restored,
        differences=[_difference(each) for each in past.differences],
    )


def _difference(each: SettingDifference) -> DifferenceView:
    return DifferenceView.model_validate(each, from_attributes=True)
