"""Who may use the admin API, as the store keeps it, and what may be asked of that.

Operators sign in with a name and a password, perhaps with a code of their authenticator app as well, or
through an identity provider; programs show a token of their own; answers to writes are kept for a day, so
that a write that is sent twice is done once.
Must never hold a password, a token, an answer or the secret of an authenticator app in the clear: only slow
hashes, keyed hashes, sealed text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from grok2api.storage.records import AdminSession

Role = Literal["viewer", "operator", "owner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody with an account of his own, besides the owner.

    Attributes:
        name: As people write it.
        mark: The name as it is compared; unique.
        password_hash: argon2id, with its parameters; empty for who comes from an identity provider.
        enabled: Whether he may sign in.
        identity: Hash of issuer and subject, unique; None for who has a password.
        issuer: The identity provider that vouches for him; None for who has a password.
        subject: What that provider calls him, for good; None for who has a password.
    """

    id: str
    name: str
    mark: str
    role: Role
    password_hash: str = field(repr=False)
    enabled: bool = True
    created_at: float
    updated_at: float
    identity: str | None = None
    issuer: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """The authenticator app of an account, and what stands in for it.

    Attributes:
        id: Of the account; `owner` for the owner's, who has no other.
        secret: What the codes are made of, sealed.
        recovery_codes: Keyed hashes of the codes that are left, each good once.
    """

    id: str
    secret: str = field(repr=False)
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a program shows to the admin API.

    Attributes:
        hash: Keyed hash of the token, in hexadecimal; unique.
        hint: The part of the token that may be shown.
        created_by: Who made it, for people.
        expires_at: Wall time from which it is refused; None if it does not end.
        last_used_at: Wall time of its last use, to the hour; None if it was never used.
    """

    id: str
    name: str
    role: Role
    hash: str = field(repr=False)
    hint: str
    created_by: str
    created_at: float
    expires_at: float | None = None
    last_used_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminAnswer:
    """The answer to a write that its sender marked, so that sending it again does nothing.

    Attributes:
        id: Hash of who sent it and of the mark.
        digest: Hash of the whole request.
        status: HTTP status; 0 while the write is under way.
        media_type: What the body is.
        content: The body, sealed.
        expires_at: Wall time from which it counts as forgotten.
    """

    id: str
    digest: str
    status: int = 0
    media_type: str = ""
    content: str = field(default="", repr=False)
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempts:
    """How often somebody tried to sign in, and did not succeed.

    Attributes:
        id: Keyed hash of who it is about; it tells neither an account nor an address.
        version: 1, and 1 more with each change.
        failures: Attempts that have not succeeded.
        known: Whether one has succeeded.
        first_at: Wall time of the first of them.
        last_at: Wall time of the last of them.
        expires_at: Wall time from which it counts as forgotten.
    """

    id: str
    version: int
    failures: int
    known: bool = False
    first_at: float
    last_at: float
    expires_at: float


class SessionStore(Protocol):
    """Operators who have signed in."""

    async def put(self, session: AdminSession, /) -> None:
        """Keep a session."""
        ...

    async def get(self, hashed: str, /) -> AdminSession | None:
        """Return a session."""
        ...

    async def list(self) -> tuple[AdminSession, ...]:
        """Return all sessions in the order of their hashes."""
        ...

    async def touch(self, hashed: str, /, *, now: float) -> bool:
        """Note that a session is used now; tell whether it is there."""
        ...

    async def delete(self, hashed: str, /) -> bool:
        """End a session; tell whether it was there."""
        ...

    async def delete_all(self) -> int:
        """End every session; return how many there were."""
        ...

    async def delete_ended(self, now: float, /) -> int:
        """Forget the sessions that have ended by `now`; return how many."""
        ...


class OperatorStore(Protocol):
    """The accounts of operators."""

    async def list(self) -> tuple[Operator, ...]:
        """Return all in the order of their ids."""
        ...

    async def get(self, identifier: str, /) -> Operator | None:
        """Return one."""
        ...

    async def marked(self, mark: str, /) -> Operator | None:
        """Return the one whose name is compared as `mark`."""
        ...

    async def identified(self, identity: str, /) -> Operator | None:
        """Return the one whom an identity provider vouches for."""
        ...

    async def add(self, operator: Operator, /) -> None:
        """Keep a new one; Conflict if its id, mark or identity is there already."""
        ...

    async def put(self, operator: Operator, /) -> None:
        """Replace every field of one; Missing, or Conflict as for `add`."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget one; tell whether it was there."""
        ...


class SecondFactorStore(Protocol):
    """The authenticator apps of accounts."""

    async def list(self) -> tuple[SecondFactor, ...]:
        """Return all in the order of their ids."""
        ...

    async def get(self, identifier: str, /) -> SecondFactor | None:
        """Return that of an account."""
        ...

    async def add(self, factor: SecondFactor, /) -> None:
        """Keep a new one; Conflict if the account has one."""
        ...

    async def put(self, factor: SecondFactor, /) -> None:
        """Replace every field of one; Missing if it is not there."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget one; tell whether it was there."""
        ...


class TokenStore(Protocol):
    """The tokens of programs."""

    async def list(self) -> tuple[ApiToken, ...]:
        """Return all in the order of their ids."""
        ...

    async def get(self, identifier: str, /) -> ApiToken | None:
        """Return one."""
        ...

    async def hashed(self, hashed: str, /) -> ApiToken | None:
        """Return the one with this keyed hash."""
        ...

    async def add(self, token: ApiToken, /) -> None:
        """Keep a new one; Conflict if its id or hash is there already."""
        ...

    async def touch(self, identifier: str, /, *, now: float) -> bool:
        """Note that it is used now; tell whether it is there."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget one; tell whether it was there."""
        ...


class AnswerStore(Protocol):
    """Answers to writes that may be sent again."""

    async def begin(self, answer: AdminAnswer, /, *, now: float) -> AdminAnswer | None:
        """Keep a new one, in place of one that has expired by `now`; return the one that is in its place."""
        ...

    async def finish(self, answer: AdminAnswer, /) -> None:
        """Replace one that was begun; nothing happens if it was forgotten meanwhile."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget one; tell whether it was there."""
        ...

    async def delete_ended(self, now: float, /) -> int:
        """Forget those that have expired by `now`; return how many."""
        ...


class AttemptStore(Protocol):
    """Attempts to sign in, counted for all workers and hosts. What has expired is as if it were not there."""

    async def get(self, identifier: str, /, *, now: float) -> SignInAttempts | None:
        """Return what is kept of somebody."""
        ...

    async def swap(self, attempts: SignInAttempts, /, *, now: float) -> bool:
        """Keep it in place of the version before it, or of nothing if it is the first; tell whether it was.

        False says that somebody else was faster. It also forgets what has expired.
        """
        ...

    async def forget_all(self) -> None:
        """Forget every attempt of everybody, and which networks have signed in before."""
        ...
