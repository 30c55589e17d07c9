"""What becomes of each field of `POST /v1/files`.

Source: openai-python `file_create_params`; xai-api.md §2.7.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from msgspec import Meta, Struct

from grok2api.dialects.fields import Field, FieldTable, Policy

Purpose = Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
PURPOSES: Final[tuple[str, ...]] = get_args(Purpose)
SHORTEST_LIFE: Final = 3_600
LONGEST_LIFE: Final = 2_592_000
MOST_MIB: Final = 50


class ExpiresAfter(Struct, frozen=True):
    """How long a file is kept, counted from its upload."""

    seconds: Annotated[int, Meta(ge=SHORTEST_LIFE, le=LONGEST_LIFE, description="An hour to thirty days.")]
    anchor: Literal["created_at"] = "created_at"


FILES_FIELDS = FieldTable(
    "files",
    (
        Field(
            "file",
            Policy.PASSED,
            Annotated[str, Meta(extra_json_schema={"format": "binary"})],
            note="One part with a file name; 1 byte to 50 MiB.",
            required=True,
        ),
        Field("purpose", Policy.PASSED, Purpose, note="Absent: `assistants`. Told again as it was sent."),
        Field(
            "expires_after",
            Policy.TRANSLATED,
            ExpiresAfter,
            note="`expires_after[seconds]`, or the seconds alone; 1 hour to 30 days. Absent: it stays.",
        ),
    ),
)
"""Every field of OpenAI's schema."""
