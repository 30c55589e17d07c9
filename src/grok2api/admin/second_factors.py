"""The authenticator apps of accounts: set up, asked at a sign-in with a password, and taken away.

A code is good once, on whichever worker it is shown; so is each of the ten recovery codes, of which the store
keeps only keyed hashes. Secrets are sealed, also while somebody sets one up.
Must never tell a stranger whether an account has one: who fails is asked for a code as soon as anybody has
one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from grok2api.admin.one_time_codes import STEP, address_of_secret, new_code_secret, step_of
from grok2api.errors import InvalidRequest, StorageError
from grok2api.kit.ids import legible
from grok2api.kit.secretbox import SealBroken
from grok2api.storage.access import AdminAnswer, SecondFactor
from grok2api.storage.records import Conflict, Missing

if TYPE_CHECKING:
    from grok2api.kit.clock import Clock
    from grok2api.kit.secretbox import SecretBox
    from grok2api.storage.access import AnswerStore, SecondFactorStore

RECOVERY_CODES: Final = 10
SETTING_UP: Final = 600.0
"""Seconds in which whoever sets one up has to show a code."""
_OWNER: Final = "owner"
_ISSUER: Final = "grok2api"
_RECOVERY_LENGTH: Final = 10
_SPENT: Final = 10 * 365 * 86_400.0
"""Seconds for which a recovery code is known to be spent: longer than any account keeps its codes."""
_SETUP: Final = "second-factors/setup"


@dataclass(frozen=True, slots=True)
class Setup:
    """An authenticator app that is being set up.

    Attributes:
        secret: To be typed into the app.
        address: The same as the address in a QR code.
        enrolment: The same once more, sealed, to be sent back with the first code.
    """

    secret: str = field(repr=False)
    address: str = field(repr=False)
    enrolment: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Pending:
    account: str
    secret: str = field(repr=False)
    begun_at: float


class SecondFactors:
    """The authenticator apps there are.

    Args:
        store: Where they are kept.
        spent: Remembers for all workers which codes were shown.
        box: Seals the secrets.
        pepper: Key of the hashes of recovery codes; the same for the whole fleet.
        clock: Where time comes from.
    """

    def __init__(
        self, store: SecondFactorStore, spent: AnswerStore, box: SecretBox, *, pepper: bytes, clock: Clock
    ) -> None:
        self._store = store
        self._spent = spent
        self._box = box
        self._pepper = pepper
        self._clock = clock

    async def of(self, account_id: str) -> SecondFactor | None:
        """Return that of an account. StorageError if the store did not answer."""
        return await self._store.get(key_of(account_id))

    async def all(self) -> dict[str, SecondFactor]:
        """Return all, by `key_of` their accounts. StorageError if the store did not answer."""
        return {each.id: each for each in await self._store.list()}

    def begin(self, account_id: str, name: str) -> Setup:
        """Make a secret for an account; nothing is kept until a code of it is shown."""
        secret = new_code_secret()
        pending = _Pending(key_of(account_id), secret, self._clock.now())
        return Setup(
            secret,
            address_of_secret(secret, name, _ISSUER),
            self._box.seal_bytes(msgspec.json.encode(pending), _SETUP),
        )

    async def confirm(self, account_id: str, enrolment: str, code: str) -> tuple[str, ...]:
        """Keep a secret of which a code was shown, and return the recovery codes, this once.

        Raises:
            InvalidRequest: the code is wrong, the secret was made for somebody else or too long ago, or the
                account has one already.
            StorageError: the store did not answer.
        """
        now, identifier = self._clock.now(), key_of(account_id)
        pending = self._pending(enrolment)
        late = pending is not None and not pending.begun_at <= now < pending.begun_at + SETTING_UP
        if pending is None or late or pending.account != identifier:
            raise InvalidRequest("This took too long, or was begun elsewhere. Begin anew.", param="enrolment")
        step = step_of(pending.secret, code, now)
        if step is None or not await self._first_use(f"{identifier} {pending.secret} {step}", 3 * STEP):
            raise InvalidRequest(
                "The code is not right. Check that the clock of this device is, and enter the newest code.",
                param="code",
            )
        codes = tuple(legible(_RECOVERY_LENGTH) for _ in range(RECOVERY_CODES))
        made = SecondFactor(
            id=identifier,
            secret=self._box.seal(pending.secret, f"second-factors/{identifier}"),
            recovery_codes=tuple(self._hash(identifier, each) for each in codes),
            created_at=now,
            updated_at=now,
        )
        try:
            await self._store.add(made)
        except Conflict:
            raise has_one_already() from None
        return codes

    async def takes_recovery_code(self, factor: SecondFactor, code: str) -> bool:
        """Tell whether this is a recovery code that is left, and use it up."""
        hashed = self._hash(factor.id, _plain(code))
        left = tuple(each for each in factor.recovery_codes if not hmac.compare_digest(each, hashed))
        if len(left) == len(factor.recovery_codes) or not await self._first_use(hashed, _SPENT):
            return False
        try:
            await self._store.put(replace(factor, recovery_codes=left, updated_at=self._clock.now()))
        except Missing:
            return False
        return True

    async def takes_code(self, factor: SecondFactor, code: str) -> bool:
        """Tell whether this is a code of the app that was not shown before.

        Raises:
            StorageError: the store did not answer, or holds a secret that does not open.
        """
        try:
            secret = self._box.open(factor.secret, f"second-factors/{factor.id}")
        except SealBroken:
            raise StorageError("The secret of the authenticator app does not open.") from None
        step = step_of(secret, code, self._clock.now())
        return step is not None and await self._first_use(f"{factor.id} {secret} {step}", 3 * STEP)

    async def remove(self, account_id: str) -> bool:
        """Take away that of an account; tell whether it had one. StorageError if the store did not answer."""
        return await self._store.delete(key_of(account_id))

    async def _first_use(self, what: str, seconds: float) -> bool:
        now = self._clock.now()
        mark = AdminAnswer(
            id=hmac.digest(self._pepper, b"code " + what.encode(), hashlib.sha256).hex(),
            digest="",
            created_at=now,
            expires_at=now + seconds,
        )
        return await self._spent.begin(mark, now=now) is None

    def _pending(self, enrolment: str) -> _Pending | None:
        try:
            return msgspec.json.decode(self._box.open_bytes(enrolment, _SETUP), type=_Pending)
        except (SealBroken, ValueError, msgspec.DecodeError):
            return None

    def _hash(self, identifier: str, code: str) -> str:
        text = f"recovery {identifier} {code}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._pepper, text, hashlib.sha256).hex()


def has_one_already() -> InvalidRequest:
    """Return the error for an account that has an app."""
    message = "This account has an authenticator app; remove that one first."
    return InvalidRequest(message, code="second_factor_taken")


def key_of(account_id: str) -> str:
    """Return under what the store keeps that of an account; the owner's has no id of its own."""
    return account_id or _OWNER


def looks_like_recovery_code(code: str) -> bool:
    """Tell whether somebody typed a recovery code, and not one of an app."""
    return len(_plain(code)) == _RECOVERY_LENGTH


def _plain(code: str) -> str:
    return "".join(code.replace("-", "").split()).lower()
