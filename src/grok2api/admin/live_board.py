"""What runs now, as it is shown: to whoever asks once, and to whoever follows the events.

Must never show what is asked or answered.
"""

from __future__ import annotations

from grok2api.admin.ledger_shapes import LiveList, live_row
from grok2api.admin.names import Names
from grok2api.admin.services import LedgerServices


class LiveBoard:
    """Running requests with the names of their keys and credentials.

    Args:
        ledger: Tells what runs.
        names: Tells what keys and credentials are called.
    """

    def __init__(self, ledger: LedgerServices, names: Names) -> None:
        self._ledger = ledger
        self._names = names

    async def show(self) -> LiveList:
        """Return what runs on all workers.

        Raises:
            StorageError: the store did not answer.
        """
        survey = await self._ledger.look()
        keys, credentials = await self._names.of_keys(), await self._names.of_credentials()
        rows = [live_row(each, keys, credentials) for each in survey.seen]
        return LiveList(data=rows, begun=dict(survey.begun))

    async def told(self) -> bytes:
        """Return the same as JSON."""
        return (await self.show()).model_dump_json().encode()
