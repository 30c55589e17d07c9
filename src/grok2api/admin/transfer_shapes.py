"""What the admin API takes and gives when credentials come in from a file or go out into one.

Must never show a file or a passphrase in a `repr`, which is how they would come into a log.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grok2api.admin.credential_shapes import MOST_IDS, FilterBody, wanted_of
from grok2api.admin.passwords import LONGEST
from grok2api.admin.shapes import Asked, Sent, Told
from grok2api.operations.filters import Filter

Format = Literal["txt", "json", "jsonl", "csv"]


class ImportBody(Sent):
    """A file of credentials inside JSON, which is how a sealed one comes with its passphrase."""

    content: str = Field(repr=False)
    file_name: str = Field(default="", max_length=400)
    format: Format | None = None
    passphrase: str = Field(default="", repr=False, max_length=1024)
    dry_run: bool = False


class ImportQuery(Asked):
    """How a file that is the whole body is to be read."""

    file_name: str = Field(default="", max_length=400)
    format: Format | None = None
    dry_run: bool = False


class ImportRow(Told):
    """What came of one line or object of the file."""

    place: str
    outcome: str
    id: str
    name: str
    reason: str


class ImportResult(Told):
    """What came of an import, or would come of it."""

    format: str
    dry_run: bool
    total: int
    cancelled: bool
    counts: dict[str, int]
    rows: list[ImportRow]
    rows_left_out: int
    """Rows of a very large file that are not told here; refused ones are told before others."""


class ExportBody(Sent):
    """Which credentials go out, named by `ids` or by `filter`, what seals them, and who asks.

    `password` is the caller's own, once more; an API token and a session of single sign-on have none.
    """

    passphrase: str = Field(repr=False, max_length=1024)
    password: str = Field(default="", repr=False, max_length=LONGEST)
    ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    filter: FilterBody | None = None

    def wanted(self) -> Filter:
        """Return who is meant.

        Raises:
            InvalidRequest: neither or both ways of naming them are used, or the filter asks for nothing.
        """
        return wanted_of(self.ids, self.filter)
