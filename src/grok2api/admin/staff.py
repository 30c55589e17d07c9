"""Accounts of operators: made, changed, deleted, and their passwords chosen.

Whoever loses his account or gets another password is signed out with it. Must never leave the installation
without its owner: that account is not among these, and cannot be deleted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from grok2api.admin.accounts import OWNER, Account, Accounts, mark_of
from grok2api.admin.passwords import hash_of
from grok2api.errors import ClientError, InvalidRequest, NotFound
from grok2api.kit.ids import new_id
from grok2api.storage.access import Operator, Role
from grok2api.storage.records import Conflict, Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.admin.sessions import Sessions
    from grok2api.kit.clock import Clock
    from grok2api.storage.access import OperatorStore

_GONE: Final = "There is no such operator."


class NameTaken(ClientError):
    """Another account has this name."""

    status = 409
    default_code = "name_taken"


class Staff:
    """The accounts of operators.

    Args:
        store: Where they are kept.
        accounts: Who may sign in.
        sessions: Whose sessions end with an account.
        clock: Where time comes from.
    """

    def __init__(self, store: OperatorStore, accounts: Accounts, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._sessions = sessions
        self._clock = clock

    async def all(self) -> Sequence[Operator]:
        """Return all, the oldest first."""
        return sorted(await self._store.list(), key=lambda each: (each.created_at, each.id))

    async def one(self, identifier: str) -> Operator:
        """Return one; NotFound if there is none."""
        found = await self._store.get(identifier)
        if found is None:
            raise NotFound(_GONE)
        return found

    async def knows(self, mark: str) -> bool:
        """Tell whether an account has this name, as names are compared."""
        return mark == OWNER or await self._store.marked(mark) is not None

    async def create(self, name: str, role: Role, password: str) -> Operator:
        """Make an account; NameTaken if another one is called so."""
        now, hashed = self._clock.now(), await hash_of(password)
        made = Operator(
            id=new_id("op"),
            name=name.strip(),
            mark=_mark(name),
            role=role,
            password_hash=hashed,
            created_at=now,
            updated_at=now,
        )
        try:
            await self._store.add(made)
        except Conflict:
            raise _taken() from None
        return made

    async def edit(
        self,
        operator: Operator,
        *,
        name: str | None = None,
        role: Role | None = None,
        enabled: bool | None = None,
        password: str | None = None,
    ) -> Operator:
        """Change what is not None.

        Raises:
            InvalidRequest: an identity provider vouches for him, and has a say in this.
            NameTaken: another account has the name.
            NotFound: it is gone by now.
        """
        if operator.identity is not None:
            _check_vouched(role, password)
        changed = replace(
            operator,
            name=operator.name if name is None else name.strip(),
            mark=operator.mark if name is None else _mark(name),
            role=role or operator.role,
            enabled=operator.enabled if enabled is None else enabled,
            password_hash=operator.password_hash if password is None else await hash_of(password),
            updated_at=self._clock.now(),
        )
        try:
            await self._store.put(changed)
        except Conflict:
            raise _taken() from None
        except Missing:
            raise NotFound(_GONE) from None
        if not changed.enabled or password is not None:
            await self._sessions.end_of(changed.id)
        return changed

    async def delete(self, operator: Operator) -> None:
        """Delete an account, and end its sessions; NotFound if it is gone by now."""
        if not await self._store.delete(operator.id):
            raise NotFound(_GONE)
        await self._sessions.end_of(operator.id)

    async def choose_password(self, account: Account, password: str) -> Account:
        """Give an account another password, end its sessions, and return it as it is now.

        Raises:
            InvalidRequest: the password is one of the settings.
            NotFound: the account is gone by now.
        """
        if account.id:
            await self.edit(await self.one(account.id), password=password)
        else:
            passwords = self._accounts.owner_password
            if await passwords.origin() == "settings":
                raise InvalidRequest(
                    "The password is the setting app.app_key. Change it there, or empty it first.",
                    param="new",
                )
            await passwords.choose(password)
            await self._sessions.end_of("")
        renewed = await self._accounts.get(account.id)
        if renewed is None:
            raise NotFound(_GONE)
        return renewed


def _check_vouched(role: Role | None, password: str | None) -> None:
    """Refuse what an identity provider has a say in."""
    if role is not None:
        raise InvalidRequest(
            "This account comes from single sign-on: its role is what oidc.roles gives it at each sign-in.",
            param="role",
        )
    if password is not None:
        raise InvalidRequest("This account comes from single sign-on, and has no password.", param="password")


def _mark(name: str) -> str:
    mark = mark_of(name)
    if mark == OWNER:
        raise _taken()
    if not mark:
        raise InvalidRequest("The name is empty.", param="name")
    return mark


def _taken() -> NameTaken:
    return NameTaken("Another account has this name.", param="name")
