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
    """Where a value comes from."""

    kind: SourceKind
    """The layer, from the weakest to the strongest: `default`, `file`, `store`, `environment`, `flag`."""
    name: str
    """The file, the variable or the flag."""
    text: str
    """The same in words."""


class SettingView(Told):
    """One setting, with all that a form needs."""

    path: str
    """Dotted, such as `grok.max_retry`."""
    name: str
    """Its name within the section."""
    kind: Kind
    """`boolean`, `integer`, `number`, `text`, `choice`, or a list: `texts` or `integers`."""
    choices: list[str]
    """What it may be, if that is a list."""
    low: float | None
    """The least that it may be; null without such a bound."""
    high: float | None
    """The most that it may be; null without such a bound."""
    rule: str
    """What it takes, as the rest of a sentence: "must be ..."."""
    rule_zh: str
    """The same in Chinese."""
    help: str
    """What it is for."""
    help_zh: str
    """The same in Chinese."""
    default: SettingValue
    """Its value where nobody sets one; a secret is masked."""
    value: SettingValue
    """What a start would load now; a secret is masked."""
    source: SourceView
    """Where `value` comes from."""
    stored: bool
    """Whether the store holds a value, overruled or not."""
    storable: bool
    """Whether the store may hold one: what is needed before the store opens cannot be changed here."""
    locked: bool
    """Whether the environment or a flag decides, which are stronger than the store."""
    secret: bool
    """Whether it is shown as a mask only."""
    reload: Reload
    """`hot` settings take effect at once, others with the next start."""
    pending_restart: bool
    """Whether the server that answers still works with another value, until it is started anew."""


class SectionView(Told):
    """One section of the settings."""

    name: str
    """What the paths of its settings begin with."""
    settings: list[SettingView]
    """Its settings."""


class SettingsView(Told):
    """All settings."""

    revision: int
    """Goes back with a change, so that nobody's is overwritten unseen."""
    sections: list[SectionView]
    """Every section."""
    warnings: list[str]
    """What is odd but works."""
    refused: str
    """Why what the store holds cannot be used, so that running servers go on as they were; mostly empty."""


class ChangeBody(Sent):
    """Settings that are to be changed."""

    set: dict[Annotated[str, Field(max_length=200)], Any] = Field(
        default={}, max_length=_MOST, repr=False, json_schema_extra={"additionalProperties": True}
    )
    """Values by dotted path, such as `{"grok.max_retry": 5}`."""
    unset: Paths = Field(default=[])
    """Paths for which the store shall hold no value, so that a file or the default decides."""


class PatchBody(ChangeBody):
    """Settings that are to be changed, all or none."""

    revision: int | None = Field(default=None, ge=0)
    """The one that the change was made from; may be sent as `If-Match`. Left out, nothing is compared."""


class RollbackBody(Sent):
    """The version that is to be restored."""

    to: int = Field(ge=0)
    """Its number; 0 is what was before the first change."""
    revision: int | None = Field(default=None, ge=0)
    """The present one; may be sent as `If-Match`. Left out, nothing is compared."""


class DifferenceView(Told):
    """What becomes of one stored setting."""

    path: str
    """Dotted, such as `grok.max_retry`."""
    before: SettingValue | None
    """Null is not stored; a secret is masked."""
    after: SettingValue | None
    """Null is not stored; a secret is masked."""
    secret: bool
    """Whether it is shown as a mask only."""
    restart: bool
    """Whether it takes effect with the next start only."""


class ProblemView(Told):
    """Why a change cannot be made."""

    path: str
    """The setting at fault; empty where it is no single one."""
    message: str
    """What is wrong, for people."""
    message_zh: str
    """The same in Chinese; empty where there are no words for it."""


class CheckView(Told):
    """What a change would do; nothing was written."""

    ok: bool
    """Whether the change can be made."""
    revision: int
    """The present version of the settings."""
    problems: list[ProblemView]
    """Why it cannot be made; empty if it can."""
    differences: list[DifferenceView]
    """What it would change in the store."""
    warnings: list[str]
    """What would be odd, but would work."""


class FileBody(Sent):
    """A file of settings, TOML or JSON, as it is."""

    content: str = Field(max_length=262_144, repr=False)
    """At most 256 KiB."""


class FileView(Told):
    """What a file would change."""

    set: dict[str, Any]
    """Goes into a change as it is."""
    left_out: list[ProblemView]
    """What cannot be taken in, and why."""
    check: CheckView
    """What that change would do."""


class ChangedView(Told):
    """What a change did. Hot settings take effect within two seconds."""

    revision: int
    """The version that it made; the present one if there was nothing to change."""
    differences: list[DifferenceView]
    """What it changed in the store."""
    pending_restart: list[str]
    """Settings that take effect with the next start only."""
    warnings: list[str]
    """What is odd but works."""


class VersionView(Told):
    """One change of the settings."""

    number: int
    """Its number, counted from 1."""
    at: str | None
    """When it was made, UTC in ISO 8601; null only for a time that no calendar holds."""
    actor: str
    """Name of who made it, as it was then."""
    request_id: str
    """The `x-request-id` of the call; empty where there was none."""
    restored: int | None
    """The version that it went back to; null if it did not."""
    differences: list[DifferenceView]
    """What it changed in the store; empty where the secret key that sealed it is not at hand."""


class HistoryPage(Told):
    """Changes, newest first."""

    data: list[VersionView]
    """The changes of this page, newest first."""
    next_cursor: int | None
    """Where the next page begins; null on the last one."""


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
