"""Sign-ins that any worker can show, end and finish, although one process carries each of them out.

A sign-in is told of as a job, so the store has it; its id here is the job's. An address that a browser ended
up at may be pasted at another worker than the one that knows the secret to it: that worker leaves it, sealed,
in one place of the store where the owner looks while it waits.
Must never put a verifier or a token into the store, nor an address in the open.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import msgspec

from grok2api.admin.jobs import BEAT_SECONDS, JobProgress, JobRunner, has_ended
from grok2api.admin.sign_in_shapes import Flow, SignInView, sign_in_view
from grok2api.canonical.tokens import Refusal, SignInRefused
from grok2api.errors import Forbidden, InvalidRequest, NotFound, StorageError, UpstreamError
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.operations.sign_in_keeper import Wishes
from grok2api.operations.sign_in_register import SignIn
from grok2api.operations.signing_in import NOTICE, OAUTH_OFF, SignIns
from grok2api.storage.records import JobRecord
from grok2api.storage.stores import MetaStore

KIND: Final = "sign-in"
_FACT: Final = "redirect of a sign-in"
"""Where an address is left for another worker; there is one place, and the last address counts."""
_PATIENCE: Final = 40
"""Looks at a sign-in of another worker before it is shown as it stands."""
_UNKNOWN: Final = "There is no such sign-in."
_NO_DEVICE: Final = "The sign-in service knows no device codes; use the flow 'redirect'."
_NO_BROWSER: Final = "This sign-in does not wait for a browser."


class _Left(msgspec.Struct):
    """An address left for the owner of a sign-in."""

    id: str
    sealed: str


class SignInFlows:
    """The sign-ins of all workers.

    Args:
        sign_ins: Carries out those of this process; None where signing in is off.
        jobs: Tells of them.
        meta: Where an address is left for another worker.
        box: Seals it.
    """

    def __init__(self, sign_ins: SignIns | None, jobs: JobRunner, meta: MetaStore, box: SecretBox) -> None:
        self._sign_ins = sign_ins
        self._jobs = jobs
        self._meta = meta
        self._box = box
        self._own: dict[str, str] = {}
        """The process's own ids of its sign-ins, by the id here."""

    async def begin(self, flow: Flow, wishes: Wishes) -> SignInView:
        """Begin a sign-in.

        Raises:
            Forbidden: signing in is off.
            InvalidRequest: the service has no such flow.
            UpstreamError: the service cannot be reached.
            LimitExceeded: too many are under way.
        """
        sign_ins = self._allowed()
        try:
            shown = await (
                sign_ins.begin_device(wishes) if flow == "device" else sign_ins.begin_redirect(wishes)
            )
        except SignInRefused as refused:
            raise _public(refused) from refused
        told = asyncio.get_running_loop().create_future()

        async def follow(progress: JobProgress) -> object:
            return await self._follow(await told, shown.id, flow, progress)

        try:
            job = await self._jobs.start(
                KIND, follow, result=sign_in_view("", flow, shown).model_dump(), aside=True
            )
        except BaseException:
            sign_ins.cancel(shown.id)
            raise
        for known in tuple(self._own):
            self._own_one(known)
        self._own[job.id] = shown.id
        told.set_result(job.id)
        return sign_in_view(job.id, flow, shown)

    async def get(self, identifier: str) -> SignInView:
        """Return a sign-in as it stands; raise NotFound if there is none."""
        record = await self._jobs.get(identifier)
        if record.kind != KIND or not record.result:
            raise NotFound(_UNKNOWN)
        kept = _kept(record)
        if (own := self._own_one(identifier)) is not None:
            return sign_in_view(identifier, kept.flow, own)
        if has_ended(record.state) and not kept.ended:
            state = "cancelled" if record.state == "cancelled" else "failed"
            return kept.model_copy(update={"state": state, "message": record.message})
        return kept

    async def cancel(self, identifier: str) -> SignInView:
        """Give up a sign-in; one whose tokens have come is stored all the same."""
        shown = await self.get(identifier)
        if shown.ended:
            return shown
        own = self._own.get(identifier)
        if own is not None and self._sign_ins is not None:
            self._sign_ins.cancel(own)
        else:
            await self._jobs.cancel(identifier)
        return await self.get(identifier)

    async def finish(self, identifier: str, pasted: str) -> SignInView:
        """Take the address that the browser ended up at, and return how the sign-in ended.

        Raises:
            NotFound: there is no such sign-in.
            InvalidRequest: it does not wait for a browser, or the address belongs to another one.
        """
        shown = await self.get(identifier)
        if shown.flow != "redirect" or shown.state != "waiting":
            raise InvalidRequest(_NO_BROWSER)
        own = self._own.get(identifier)
        if own is not None and self._sign_ins is not None:
            return sign_in_view(identifier, "redirect", await self._sign_ins.finish_redirect(own, pasted))
        sealed = self._box.seal(pasted, _context(identifier))
        await self._meta.put(_FACT, msgspec.json.encode(_Left(identifier, sealed)).decode())
        for _ in range(_PATIENCE):
            await asyncio.sleep(BEAT_SECONDS)
            if (shown := await self.get(identifier)).ended:
                break
        return shown

    def _own_one(self, identifier: str) -> SignIn | None:
        """Return a sign-in that this process carries out, until it forgets it."""
        own = self._own.get(identifier)
        if own is None or self._sign_ins is None:
            return None
        try:
            return self._sign_ins.get(own)
        except NotFound:
            del self._own[identifier]
            return None

    def _allowed(self) -> SignIns:
        if self._sign_ins is None:
            raise Forbidden(f"{OAUTH_OFF}\n\n{NOTICE}", param="oauth.enabled")
        return self._sign_ins

    async def _follow(self, identifier: str, own: str, flow: Flow, progress: JobProgress) -> object:
        """Tell how a sign-in stands until it has ended."""
        sign_ins = self._allowed()
        while not (shown := sign_ins.get(own)).ended:
            progress.tell(sign_in_view(identifier, flow, shown).model_dump())
            progress.message = shown.message
            if progress.cancelled:
                sign_ins.cancel(own)
            elif flow == "redirect" and shown.state == "waiting":
                await self._look_for_address(identifier, own, sign_ins)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await sign_ins.wait(own)
        progress.message = shown.message
        return sign_in_view(identifier, flow, shown).model_dump()

    async def _look_for_address(self, identifier: str, own: str, sign_ins: SignIns) -> None:
        """Take an address that another worker left for this sign-in."""
        with suppress(StorageError, ValueError, SealBroken):
            left = msgspec.json.decode(await self._meta.get(_FACT) or "{}", type=_Left)
            if left.id != identifier:
                return
            await self._meta.put(_FACT, "")
            pasted = self._box.open(left.sealed, _context(identifier))
            with suppress(InvalidRequest, NotFound):
                await sign_ins.finish_redirect(own, pasted)


def _context(identifier: str) -> str:
    return f"sign-ins/{identifier}/redirect"


def _kept(record: JobRecord) -> SignInView:
    """Return what the store has; the id is the record's own."""
    return SignInView.model_validate_json(record.result).model_copy(update={"id": record.id})


def _public(refused: SignInRefused) -> InvalidRequest | UpstreamError:
    """Return the public face of a refusal at the very beginning."""
    if refused.refusal is Refusal.UNSUPPORTED:
        return InvalidRequest(_NO_DEVICE, param="flow")
    return UpstreamError(f"The sign-in service gave no answer that can be used: {refused.detail}")
