"""Which of xAI's voices speaks for a name: xAI's own names, and those of OpenAI by character.

Must never let a name that nobody knows go upstream in silence: the client hears which names there are.
Source: xai-api.md §2.10; xAI tells the character of five of its voices, and only these stand for others.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from grok2api.errors import InvalidRequest

OPENAI_VOICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alloy": "sal",
        "ash": "rex",
        "ballad": "sal",
        "cedar": "leo",
        "coral": "ara",
        "echo": "rex",
        "fable": "leo",
        "marin": "eve",
        "nova": "eve",
        "onyx": "leo",
        "sage": "ara",
        "shimmer": "ara",
        "verse": "rex",
    }
)
"""OpenAI's name to the voice of xAI that comes closest to its character."""

_NAMES: Final = (
    "altair ara atlas aurora carina castor celeste cosmo eve helios helix iris kepler leo liora lumen luna "
    "lux naksh orion perseus rex rigel sal sirius ursa zagan zenith"
)
XAI_VOICES: Final = frozenset(_NAMES.split())
"""xAI's own names; upstream reads them in any case."""


class VoiceReference(msgspec.Struct, frozen=True):
    """A voice by its id, as OpenAI writes one that somebody had made."""

    id: str


def voice_of(wanted: str | VoiceReference) -> str:
    """Return xAI's id of a voice; an unknown id in an object is taken for a voice of the account's own.

    Raises:
        InvalidRequest: `invalid_value` for `voice`; it says which names there are.
    """
    name = wanted.id if isinstance(wanted, VoiceReference) else wanted
    known = name.strip().lower()
    if known in OPENAI_VOICES:
        return OPENAI_VOICES[known]
    if known in XAI_VOICES:
        return known
    if isinstance(wanted, VoiceReference) and known and known.isascii() and len(known) <= 128:
        return name.strip()
    raise unknown_voice(name)


def unknown_voice(name: str) -> InvalidRequest:
    """Return the error for a name that means no voice."""
    return InvalidRequest(
        f"There is no voice '{name[:64]}'. Use one of OpenAI's names ({', '.join(sorted(OPENAI_VOICES))}) "
        f"or of xAI's ({', '.join(sorted(XAI_VOICES))}).",
        param="voice",
    )
