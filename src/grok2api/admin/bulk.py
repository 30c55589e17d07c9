"""One action for many credentials: at once where it is quick, else as a job that tells how far it is.

Must never decide who is meant or what an action does: the operations know.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from grok2api.admin.credential_shapes import Action, BulkResult, CheckResult
from grok2api.admin.jobs import JobProgress
from grok2api.admin.services import PoolServices
from grok2api.operations.editing import Edit
from grok2api.operations.pooling import Outcome
from grok2api.operations.refreshing import Refreshed, refresh_all
from grok2api.operations.testing import Asking, Probe, probe_all
from grok2api.storage.records import Credential

_AT_A_TIME: Final = 500
Change = Callable[[Sequence[Credential]], Awaitable[Outcome]]
Result = dict[str, object]
Ask = Callable[[], AbstractAsyncContextManager[Asking]]
"""Opens a way to ask xAI about credentials."""


class BulkWork:
    """Carries out one action.

    Args:
        pool: Changes and refreshes credentials.
        ask: Opens a way to test them.
        action: What is done to each.
        edit: What is changed, if that is the action.
    """

    def __init__(self, pool: PoolServices, ask: Ask, action: Action, edit: Edit) -> None:
        self._pool = pool
        self._ask = ask
        self._action = action
        self._edit = edit

    @property
    def changes(self) -> bool:
        """Whether the action only changes the store, which is quick for a few."""
        return self._action not in {"test", "refresh"}

    async def run(self, chosen: Sequence[Credential], progress: JobProgress) -> Result:
        """Do it to all that were chosen, or to those that were reached when the end was asked for."""
        if self._action == "test":
            return await self._test(chosen, progress)
        if self._action == "refresh":
            return await self._refresh(chosen, progress)
        return (await self.change(chosen, progress)).model_dump()

    async def change(self, chosen: Sequence[Credential], progress: JobProgress) -> BulkResult:
        """Change the store, piece by piece."""
        change, done = self._change(), 0
        gone, needs_sign_in = list[str](), list[str]()
        for start in range(0, len(chosen), _AT_A_TIME):
            if progress.cancelled:
                break
            chunk = chosen[start : start + _AT_A_TIME]
            outcome = await change(chunk)
            done += len(outcome.done)
            gone += [each.id for each in outcome.gone]
            needs_sign_in += [each.id for each in outcome.needs_sign_in]
            progress.done += len(chunk)
        return BulkResult(
            action=self._action, chosen=len(chosen), done=done, gone=gone, needs_sign_in=needs_sign_in
        )

    def _change(self) -> Change:
        operations = self._pool.operations
        edit = self._edit
        changes: dict[str, Change] = {
            "enable": operations.enable,
            "disable": operations.disable,
            "clear-cooldown": operations.clear,
            "delete": operations.delete,
            "edit": lambda chosen: operations.edit(chosen, edit),
        }
        return changes[self._action]

    async def _test(self, chosen: Sequence[Credential], progress: JobProgress) -> Result:
        def done(probe: Probe) -> None:
            progress.step(ok=probe.ok)

        async with self._ask() as asking:
            probes = await probe_all(chosen, asking, done=done, cancelled=lambda: progress.cancelled)
        return _told(self._action, len(chosen), probes)

    async def _refresh(self, chosen: Sequence[Credential], progress: JobProgress) -> Result:
        def done(refreshed: Refreshed) -> None:
            progress.step(ok=refreshed.ok)

        ended = await refresh_all(
            chosen, self._pool.refresher, done=done, cancelled=lambda: progress.cancelled
        )
        return _told(self._action, len(chosen), ended)


def _told(action: Action, chosen: int, ended: Sequence[Probe | Refreshed]) -> Result:
    rows = [
        CheckResult(id=each.credential.id, name=each.credential.name, ok=each.ok, message=each.message)
        for each in ended
    ]
    return {
        "action": action,
        "chosen": chosen,
        "ok": sum(row.ok for row in rows),
        "failed": sum(not row.ok for row in rows),
        "rows": [row.model_dump() for row in rows],
    }
