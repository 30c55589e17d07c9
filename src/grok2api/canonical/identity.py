"""Who a credential is at upstream, as upstream itself says.

Must never hold a secret.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What upstream told about a credential; a field it did not tell is empty."""

    team_id: str = ""
    user_id: str = ""
    name: str = ""
    """What the key is called at upstream."""
    acls: tuple[str, ...] = ()
    """What the key may do, in upstream's notation."""
    blocked: str = ""
    """Why it may not be used; empty if it may."""
    zdr: bool | None = None
    """Whether upstream keeps no data of the team; None when it does not say."""

    @property
    def known(self) -> bool:
        """Whether upstream said who this is."""
        return bool(self.team_id or self.user_id)
