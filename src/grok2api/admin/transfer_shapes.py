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
    """The file as text."""
    file_name: str = Field(default="", max_length=400)
    """Helps to tell what the file is."""
    format: Format | None = None
    """Null finds out."""
    passphrase: str = Field(default="", repr=False, max_length=1024)
    """Of a sealed export; empty for any other file."""
    dry_run: bool = False
    """Tells what would happen, and adds nothing."""


class ImportQuery(Asked):
    """How a file that is the whole body is to be read."""

    file_name: str = Field(default="", max_length=400)
    """Helps to tell what the file is."""
    format: Format | None = None
    """Left out, it is found out."""
    dry_run: bool = False
    """Tells what would happen, and adds nothing."""


class ImportRow(Told):
    """What came of one line or object of the file."""

    place: str
    """Where in the file."""
    outcome: str
    """`added`, `known`, `updated`, `rejected`; in a dry run `would add` or `would update`."""
    id: str
    """Id of the credential; empty if there is none."""
    name: str
    """What the credential is called; empty if there is none."""
    reason: str
    """Why, if it needs one; for people."""


class ImportResult(Told):
    """What came of an import, or would come of it."""

    format: str
    """What the file was taken for."""
    dry_run: bool
    """Whether it was a dry run, which adds nothing."""
    total: int
    """Entries in the file, rejected ones too."""
    cancelled: bool
    """Whether it was stopped before the end; what was added stays."""
    counts: dict[str, int]
    """How many rows have each outcome."""
    rows: list[ImportRow]
    """What came of each entry, in the order of the file."""
    rows_left_out: int
    """Rows of a very large file that are not told here; refused ones are told before others."""


class ExportBody(Sent):
    """Which credentials go out, named by `ids` or by `filter`, what seals them, and who asks."""

    passphrase: str = Field(repr=False, max_length=1024)
    """Seals the file; 8 to 1,024 characters."""
    password: str = Field(default="", repr=False, max_length=LONGEST)
    """The caller's own, once more; an API token and a session of single sign-on have none."""
    ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    """In full; not together with `filter`."""
    filter: FilterBody | None = None
    """Who is meant, if not by `ids`."""

    def wanted(self) -> Filter:
        """Return who is meant.

        Raises:
            InvalidRequest: neither or both ways of naming them are used, or the filter asks for nothing.
        """
        return wanted_of(self.ids, self.filter)
