"""What may be asked of any store that keeps the records.

The verbs say what is wanted, never how it is looked up, so that a relational store and a key-value
store can both keep the promise.
Must never know a backend, and no type of a backend may leak through here. Every verb raises
`grok2api.errors.StorageError` when the store cannot be reached in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grok2api.storage.access import (
        AnswerStore,
        AttemptStore,
        OperatorStore,
        SecondFactorStore,
        SessionStore,
        TokenStore,
    )
    from grok2api.storage.auditing import AuditStore
    from grok2api.storage.budgets import BudgetStore
    from grok2api.storage.contents import ContentStore
    from grok2api.storage.files import FileStore
    from grok2api.storage.live import LiveStore
    from grok2api.storage.models import ModelStore
    from grok2api.storage.records import (
        Asset,
        AssetCursor,
        Changes,
        Claim,
        ClientKey,
        Credential,
        JobRecord,
        RunEnd,
        RunFrames,
        RunRecord,
        Transcript,
    )
    from grok2api.storage.usage import UsageStore
    from grok2api.storage.versions import SettingStore
    from grok2api.storage.videos import VideoStore


class CredentialStore(Protocol):
    """The pool's credentials."""

    async def list(self) -> tuple[Credential, ...]:
        """Return all credentials in the order of their ids."""
        ...

    async def get(self, identifier: str, /) -> Credential | None:
        """Return one credential."""
        ...

    async def add(self, credential: Credential, /) -> Credential:
        """Keep a new credential and return it as kept; Conflict if its id or fingerprint is there already."""
        ...

    async def add_many(self, credentials: Sequence[Credential], /) -> tuple[Credential | None, ...]:
        """Keep new credentials in one go; None in the place of one whose id or fingerprint is there."""
        ...

    async def with_fingerprint(self, fingerprint: str, /) -> Credential | None:
        """Return the credential with this fingerprint."""
        ...

    async def change(
        self,
        identifier: str,
        changes: Mapping[str, object],
        /,
        *,
        claim: Claim | None = None,
        generation: int | None = None,
        uncleared_since: float | None = None,
    ) -> Credential:
        """Replace the named fields and return the record as kept.

        It is on disk, power supply or not, before this returns.

        Args:
            identifier: Whose fields.
            changes: Values by field name; never `id` or `revision`.
            claim: The write happens only while this claim is held, with this fence.
            generation: The write happens only if the record still has this generation.
            uncleared_since: The write happens only if no operator has ended its rests after this wall time.

        Raises:
            Missing: it is not there.
            Conflict: another one has the fingerprint, the generation is another one, or its rests were ended.
            ClaimLost: the claim is not held any more.
        """
        ...

    async def change_many(self, identifiers: Sequence[str], changes: Mapping[str, object], /) -> int:
        """Replace the named fields of several in one go; return how many were there."""
        ...

    async def set_health(
        self, identifier: str, *, status: str, reason: str, cooldown_until: float | None
    ) -> None:
        """Change only the health, and nothing at all if it is the same; Missing if it is not there."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget a credential; tell whether it was there."""
        ...

    async def delete_many(self, identifiers: Sequence[str], /) -> int:
        """Forget several in one go; return how many were there."""
        ...


class KeyStore(Protocol):
    """The clients' keys."""

    async def list(self) -> tuple[ClientKey, ...]:
        """Return all keys in the order of their ids."""
        ...

    async def get(self, identifier: str, /) -> ClientKey | None:
        """Return one key."""
        ...

    async def add(self, key: ClientKey, /) -> ClientKey:
        """Keep a new key and return it as kept; Conflict if its id or hash is there already."""
        ...

    async def put(self, key: ClientKey, /) -> ClientKey:
        """Replace every field of a key and return it as kept; Missing, or Conflict as for `add`."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget a key; tell whether it was there."""
        ...


class ClaimStore(Protocol):
    """Who may do what alone. Times are wall times of the caller; a lifetime is seconds."""

    async def acquire(self, name: str, /, *, holder: str, seconds: float, now: float) -> Claim | None:
        """Return the claim, with a fence of its own; None while somebody else holds it.

        Whoever holds it already gets it anew. One whose end lies further ahead than its own lifetime and a
        minute was made before the clock went back, and counts as ended. The minute is for callers that read
        the clock and then waited for the store, and for hosts whose clocks differ: they must not take what
        somebody else was given a moment ago.
        """
        ...

    async def renew(self, claim: Claim, /, *, seconds: float, now: float) -> Claim | None:
        """Return the claim with a later end and the same fence; None if it is lost.

        One that ran out is still its holder's until somebody else takes it.
        """
        ...

    async def release(self, claim: Claim, /) -> None:
        """Let go of a claim, if it is still held."""
        ...

    async def holder(self, name: str, /, *, now: float) -> str | None:
        """Return who holds a claim now."""
        ...


class JobStore(Protocol):
    """Long work that operators started."""

    async def put(self, job: JobRecord, /) -> bool:
        """Keep a job, new or changed, all but its `cancel_requested`; tell whether a stop was asked for."""
        ...

    async def get(self, identifier: str, /) -> JobRecord | None:
        """Return a job."""
        ...

    async def recent(self, limit: int, /) -> tuple[JobRecord, ...]:
        """Return the newest jobs, newest first."""
        ...

    async def request_cancel(self, identifier: str, /) -> bool:
        """Ask for a running job's end; tell whether there is such a job and it runs."""
        ...

    async def forget(self, before: float, /) -> int:
        """Forget jobs not changed since `before`; return how many."""
        ...


class RunStore(Protocol):
    """Background responses: how they stand, and their streams frame by frame. All content is sealed.

    A loss of power may cost the last instants of a run. Only a run that is there and still running can be
    written to: whoever writes learns by that whether it was deleted, or ended by somebody else.
    """

    async def count(self) -> int:
        """Return how many runs are kept, ended ones among them."""
        ...

    async def begin(self, run: RunRecord, frames: RunFrames, /) -> None:
        """Keep a new run with its first frames; Conflict if its id is there already."""
        ...

    async def append(self, batches: Sequence[RunFrames], /, *, now: float) -> None:
        """Keep further frames of running runs, each batch following what is kept; others are left out."""
        ...

    async def note_cut(self, identifier: str, /) -> None:
        """Note that the frames that follow in a running run are not kept."""
        ...

    async def beat(self, holder: str, /, *, now: float) -> None:
        """Give a sign of life for all running runs of a holder."""
        ...

    async def running(self, holder: str, /) -> dict[str, bool]:
        """Return the ids of a holder's running runs, and whether each was asked to stop."""
        ...

    async def finish(self, end: RunEnd, /, *, silent_since: float | None = None) -> bool:
        """End a running run; tell whether it was still running.

        Args:
            end: How it has ended.
            silent_since: Only if its holder has given no sign of life since before this wall time.
        """
        ...

    async def get(self, identifier: str, /) -> RunRecord | None:
        """Return a run."""
        ...

    async def response(self, identifier: str, /) -> str:
        """Return the sealed response object of an ended run; empty if none is kept."""
        ...

    async def frames_from(self, identifier: str, first: int, /, *, limit: int) -> tuple[RunFrames, ...]:
        """Return at most `limit` batches in their order, beginning with the one that holds frame `first`."""
        ...

    async def wish_cancel(self, identifier: str, /) -> bool:
        """Ask for a running run's end; tell whether there is such a run and it runs."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget a run and its frames; tell whether it was there."""
        ...

    async def silent(self, before: float, /) -> tuple[str, ...]:
        """Return the ids of running runs whose holders gave no sign of life since before a wall time."""
        ...

    async def forget(self, before: float, /) -> int:
        """Forget the runs that had ended by a wall time, and their frames; return how many."""


class TranscriptStore(Protocol):
    """Conversations of client keys that want them kept, sealed, one row for each response."""

    async def put(self, rows: Sequence[Transcript], /) -> None:
        """Keep all rows, or none if it fails; one whose id is there already stays as it is."""
        ...

    async def get(self, identifier: str, /) -> Transcript | None:
        """Return a row, also one that has expired and was not forgotten yet."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget a row; tell whether it was there."""
        ...

    async def owners(self) -> tuple[str, ...]:
        """Return the client keys that have rows, in the order of their ids."""
        ...

    async def delete_of(self, key_id: str, /) -> int:
        """Forget all rows of a client key; return how many."""
        ...

    async def delete_ended(self, now: float, /, *, limit: int) -> int:
        """Forget at most `limit` rows that have expired by `now`, the oldest first; return how many."""
        ...


class AssetStore(Protocol):
    """Pictures, clips and sounds: what is known of them. `host` says who holds the bytes."""

    async def add(self, asset: Asset, /) -> None:
        """Keep a new one; Conflict if its id is there already."""
        ...

    async def get(self, identifier: str, /) -> Asset | None:
        """Return one."""
        ...

    async def touch(self, identifier: str, /, *, now: float) -> bool:
        """Note that it is used now; tell whether it is there."""
        ...

    async def delete(self, identifier: str, /, *, unused_since: float | None = None) -> bool:
        """Forget one, if given only where nobody has used it after that; tell whether it was forgotten."""
        ...

    async def total_size(self, host: str, /) -> int:
        """Return the bytes that a host holds."""
        ...

    async def idle(
        self, host: str, /, *, unused_since: float, limit: int, after: AssetCursor | None = None
    ) -> tuple[Asset, ...]:
        """Return what nobody has used after a wall time, the longest unused first, from an `idleness` on."""
        ...

    async def recent(
        self,
        limit: int,
        /,
        *,
        owner: str | None = None,
        kind: str | None = None,
        before: AssetCursor | None = None,
    ) -> tuple[Asset, ...]:
        """Return the newest, of one owner or kind or of all, newest first, or the newest before a cursor."""
        ...

    async def beginning(self, host: str, prefix: str, /) -> tuple[Asset, ...]:
        """Return what a host holds whose id begins with these digits."""
        ...


class MetaStore(Protocol):
    """Facts about the store itself."""

    async def get(self, name: str, /) -> str | None:
        """Return a fact."""
        ...

    async def put_if_absent(self, name: str, value: str) -> str:
        """Keep a fact unless there is one of this name; return the one that stands now."""
        ...

    async def put(self, name: str, value: str) -> None:
        """Keep a fact in place of the one of this name."""
        ...


class Records(Protocol):
    """A durable store."""

    @property
    def credentials(self) -> CredentialStore:
        """The pool's credentials."""
        ...

    @property
    def keys(self) -> KeyStore:
        """The clients' keys."""
        ...

    @property
    def settings(self) -> SettingStore:
        """Settings changed while the server runs."""
        ...

    @property
    def models(self) -> ModelStore:
        """What operators say of models."""
        ...

    @property
    def usage(self) -> UsageStore:
        """The ledger of requests."""
        ...

    @property
    def live(self) -> LiveStore:
        """What runs now on the workers of all hosts."""
        ...

    @property
    def claims(self) -> ClaimStore:
        """Who may do what alone."""
        ...

    @property
    def jobs(self) -> JobStore:
        """Long work that operators started."""
        ...

    @property
    def runs(self) -> RunStore:
        """Background responses."""
        ...

    @property
    def sessions(self) -> SessionStore:
        """Operators who have signed in."""
        ...

    @property
    def operators(self) -> OperatorStore:
        """The accounts of operators."""
        ...

    @property
    def second_factors(self) -> SecondFactorStore:
        """The authenticator apps of accounts."""
        ...

    @property
    def tokens(self) -> TokenStore:
        """The tokens of programs."""
        ...

    @property
    def answers(self) -> AnswerStore:
        """Answers to writes that may be sent again."""
        ...

    @property
    def attempts(self) -> AttemptStore:
        """Attempts to sign in that have not succeeded."""
        ...

    @property
    def audit(self) -> AuditStore:
        """What was done, by whom."""
        ...

    @property
    def transcripts(self) -> TranscriptStore:
        """Conversations of client keys that want them kept."""
        ...

    @property
    def contents(self) -> ContentStore:
        """Words of client keys whose words are kept."""
        ...

    @property
    def videos(self) -> VideoStore:
        """Video jobs."""
        ...

    @property
    def assets(self) -> AssetStore:
        """Pictures, clips and sounds."""
        ...

    @property
    def files(self) -> FileStore:
        """Who made which file."""
        ...

    @property
    def budgets(self) -> BudgetStore:
        """What client keys with a budget have spent."""
        ...

    @property
    def meta(self) -> MetaStore:
        """Facts about the store itself."""
        ...

    async def changes_since(self, revision: int) -> Changes:
        """Return what changed after `revision`, or everything for 0; one small query if nothing did."""
        ...

    async def ping(self) -> None:
        """Return if the store answers."""
        ...

    async def close(self) -> None:
        """Let go of every connection; no verb works afterwards."""
        ...
