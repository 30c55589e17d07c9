"""What a store holds, family by family: what is carried to another store, and what is left and why.

A type of records that is neither carried nor left fails the contract test, so a new one cannot be forgotten.
Must never know a backend: how a family lies there is said in `storage.sql.porter` and `storage.redis.porter`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, make_dataclass
from typing import TYPE_CHECKING, Any, Final

from grok2api.storage.access import AdminAnswer, ApiToken, Operator, SecondFactor
from grok2api.storage.auditing import AuditEntry
from grok2api.storage.budgets import BudgetHold, BudgetWindow
from grok2api.storage.contents import RequestContent
from grok2api.storage.files import FileRecord
from grok2api.storage.models import ModelOverride
from grok2api.storage.records import (
    AdminSession,
    Asset,
    ClientKey,
    Credential,
    JobRecord,
    RunFrames,
    RunState,
    SettingOverride,
    TraceRecord,
    Transcript,
    UsageRecord,
    UsageTotals,
)
from grok2api.storage.transfer.fence import FACT as MIGRATION_FACT
from grok2api.storage.usage import SUMMED, RollupKey
from grok2api.storage.usage_spans import SpanKey
from grok2api.storage.versions import SettingVersion
from grok2api.storage.videos import VideoJob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact about the store, as `MetaStore` keeps it."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A background response whole: `RunRecord`, and its sealed response object, empty where none is kept."""

    id: str
    state: RunState
    holder: str
    frames: int
    cut: bool
    cancel_wished: bool
    response: str = field(repr=False)
    created_at: float
    beat_at: float
    ended_at: float | None


KeptSum: Final[type[Any]] = make_dataclass(
    "KeptSum",
    [*RollupKey.__annotations__.items(), *((name, int) for name in SUMMED)],
    frozen=True,
    slots=True,
    kw_only=True,
)
"""What rows of the ledger came to in one hour: the fields of `RollupKey`, and all that is summed."""
KeptSpan: Final[type[Any]] = make_dataclass(
    "KeptSpan",
    [("axis", str), ("step", int), ("start", int), ("name", str), *((name, int) for name in SUMMED)],
    frozen=True,
    slots=True,
    kw_only=True,
)
"""What rows came to along one axis in an hour or longer: the fields of `SpanKey`, and all that is summed."""


@dataclass(frozen=True, slots=True)
class Family:
    """One type of records.

    Attributes:
        name: As people and backends call it.
        record: The dataclass; its fields are all there is to it.
        key: The fields that tell one from another.
        sealed: Fields that hold sealed text (empty where there is none), and the context each opens in, made
            from the record's fields.
        page: Most records that are held in memory at once; few where one may be large.
        partly: Whether some records hold plain text in the sealed fields.
    """

    name: str
    record: type[DataclassInstance]
    key: tuple[str, ...] = ("id",)
    sealed: Mapping[str, str] = field(default_factory=dict)
    page: int = 500
    partly: bool = False

    def key_of(self, record: object) -> Key:
        """Return what tells this record from the others."""
        return tuple(getattr(record, name) for name in self.key)

    def context(self, name: str, record: DataclassInstance) -> str:
        """Return the context in which a sealed field of a record opens."""
        return self.sealed[name].format_map(
            {each.name: getattr(record, each.name) for each in fields(record)}
        )


FAMILIES: Final = (
    Family("facts", Fact, ("name",)),
    Family(
        "credentials",
        Credential,
        sealed={"secret": "credentials/{id}/secret", "proxy": "credentials/{id}/proxy"},
        partly=True,
    ),
    Family("keys", ClientKey),
    Family("settings", SettingOverride, ("path",), sealed={"value": "settings/{path}"}, partly=True),
    Family("setting versions", SettingVersion, ("number",), sealed={"content": "settings/versions/{number}"}),
    Family("models", ModelOverride),
    Family("operators", Operator),
    Family("second factors", SecondFactor, sealed={"secret": "second-factors/{id}"}),
    Family("tokens", ApiToken),
    Family("answers", AdminAnswer, sealed={"content": "answers/{id}"}, page=50),
    Family("audit", AuditEntry, ("sequence",)),
    Family("sessions", AdminSession, ("hash",)),
    Family("budget windows", BudgetWindow, ("key_id", "name")),
    Family("budget holds", BudgetHold),
    Family("jobs", JobRecord),
    Family("files", FileRecord),
    Family("assets", Asset),
    Family("videos", VideoJob, sealed={"prompt": "videos/{id}/prompt", "link": "videos/{id}/link"}),
    Family("runs", KeptRun, sealed={"response": "runs/{id}/response"}, page=50),
    Family(
        "run frames", RunFrames, ("run_id", "first"), sealed={"content": "runs/{run_id}/{first}"}, page=50
    ),
    Family("transcripts", Transcript, sealed={"content": "transcripts/{id}/content"}, page=50),
    Family("contents", RequestContent, sealed={"content": "contents/{id}/content"}, page=50),
    Family("usage", UsageRecord, ("request_id",)),
    Family("traces", TraceRecord, ("started_at", "request_id")),
    Family("usage sums", KeptSum, RollupKey._fields),
    Family("usage spans", KeptSpan, SpanKey._fields),
    Family("usage totals", UsageTotals, ("credential_id",)),
)
"""Runs come before their frames, since what deletes a run deletes its frames as well."""

LEFT: Final = {
    "claims": "who may do what alone: whoever held one is another process by the time the new store serves",
    "live_views": "what ran a moment ago, on servers that do not run any more",
    "live_wishes": "what somebody wanted of those servers",
    "sign_in_attempts": "who failed to sign in within the last hour: the new store counts anew",
    "tombstones": "who was told of which deletion: a server that opens the new store reads everything anew",
    "revision_counter": "a counter, not records: it is set so that revisions go on growing",
}
"""What is not carried, by the name of its table or keys, and why."""

LEFT_FACTS: Final = frozenset({MIGRATION_FACT})
"""Facts about one store that are none about another."""


def family(name: str) -> Family:
    """Return the family of this name; KeyError if there is none."""
    return {each.name: each for each in FAMILIES}[name]
