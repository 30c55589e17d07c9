"""A conversation folded into opaque text, and unfolded when it comes back in a later request.

The text carries the turns it stands for, so what was said before is still known after; only the team that
made it, with a model of the same family, may send it back.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from grok2api.sandbox import refusals
from grok2api.sandbox.dialogue import Turn
from grok2api.sandbox.wire import Json


def fold(turns: tuple[Turn, ...], team_id: str, family: str) -> str:
    """Return the turns as text that only `check` lets pass for the same team and model family."""
    packed = urlsafe_b64encode(msgspec.json.encode([[turn.role, turn.text] for turn in turns])).decode()
    return f"{packed}.{_signature(team_id, family, packed)}"


def check(items: list[Json], team_id: str, family: str) -> None:
    """Refuse folded conversations of another team or model family. Raises: Refusal."""
    for item in items:
        if item.get("type") == "compaction":
            packed, _, signature = str(item.get("encrypted_content")).rpartition(".")
            if not hmac.compare_digest(signature.encode(), _signature(team_id, family, packed).encode()):
                raise refusals.foreign_reasoning()


def unfold(item: Json) -> list[Turn]:
    """Return the turns that a folded conversation stands for; none if it cannot be read."""
    packed = str(item.get("encrypted_content")).rpartition(".")[0]
    try:
        rows = msgspec.json.decode(urlsafe_b64decode(packed), type=list[tuple[str, str]])
    except (ValueError, binascii.Error):
        return []
    return [Turn(role, text) for role, text in rows]


def _signature(team_id: str, family: str, packed: str) -> str:
    told = f"fold|{team_id}|{family}|{packed}"
    return hmac.new(b"grok2api-sandbox", told.encode(), hashlib.sha256).hexdigest()
