"""Items that a request only names: which one is meant, and where it is kept.

Must never hold an item itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ItemAddress:
    """Where an item is kept: in which response, and which of its items it is."""

    holder: str
    """Upstream's id of the response."""
    name: str = ""
    """Upstream's own id of the item; empty if it has none."""
    number: int = 0
    """Which of the items of that name, from 0; without a name, its place in the output."""
    digest: str = ""
    """Of an input item without a name: what its content hashes to."""


@dataclass(frozen=True, slots=True)
class ItemReference:
    """One item that a request names instead of carrying it."""

    public_id: str
    param: str
    """Path of the id in the request."""
    account: bytes
    """Hash of the account that holds it."""
    address: ItemAddress
