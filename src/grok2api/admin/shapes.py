"""What the shapes of every subject of the admin API have in common: queries, bodies, answers, errors, jobs.

Fields that are not known are refused by name. The text under a field is its description in the document of
the API, and the console shows it. Must never read a number out of a text in a body.
"""

from __future__ import annotations

from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict

from grok2api.operations.notation import moment
from grok2api.storage.records import JobRecord, JobState


class Sent(BaseModel):
    """A body that a client sends."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )


class Asked(BaseModel):
    """What a query holds; its numbers come as text, so they are read out of it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )


class Told(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ErrorObject(Told):
    """What went wrong."""

    message: str
    """For people."""
    type: str
    """The family of the error, in OpenAI's words."""
    param: str | None
    """The field at fault; null if there is none."""
    code: str
    """For programs; it stays the same whatever the message says."""


class ErrorAnswer(Told):
    """The form of every error."""

    error: ErrorObject
    """The error itself."""


class JobView(Told):
    """Long work as it stands."""

    id: str
    """Its id."""
    kind: str
    """What is done, such as `import` or `test`."""
    state: JobState
    """`running`, `done`, `failed` or `cancelled`."""
    total: int
    """How many pieces there are; 0 while nobody knows."""
    done: int
    """How many are done, failed ones too."""
    failed: int
    """How many failed."""
    message: str
    """How it stands, in words."""
    result: Any = None
    """What came of it, once it has ended; never a secret."""
    cancel_requested: bool
    """Whether somebody asked for its end."""
    created_at: str
    """When it was started, UTC in ISO 8601."""
    updated_at: str
    """Its last sign of life."""


class Started(Told):
    """Long work has begun; follow it under /jobs."""

    job: JobView
    """The job as it stands."""


class JobList(Told):
    """The newest jobs, newest first."""

    data: list[JobView]
    """The newest jobs, newest first."""


def job_view(record: JobRecord, *, with_result: bool = True) -> JobView:
    """Return how a job looks."""
    return JobView(
        id=record.id,
        kind=record.kind,
        state=record.state,
        total=record.total,
        done=record.done,
        failed=record.failed,
        message=record.message,
        result=msgspec.json.decode(record.result) if with_result and record.result else None,
        cancel_requested=record.cancel_requested,
        created_at=moment(record.created_at) or "",
        updated_at=moment(record.updated_at) or "",
    )
