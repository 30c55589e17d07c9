"""Reads data URLs (RFC 2397) as browsers do: base64, with or without spaces and padding.

How much a data URL holds is known before anything is decoded, so what is too large costs nothing.
Must never decode what was not asked for, nor guess what a broken text may have meant.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

_LONGEST_HEAD: Final = 1024
_SPACES: Final = " \t\n\f\r"
_DROP_SPACES: Final = str.maketrans("", "", _SPACES)
_MIME: Final = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9+/=]")


class BadDataUrl(ValueError):
    """A text that is no data URL with base64; the message is the rest of a sentence ("must ...")."""


@dataclass(frozen=True, slots=True)
class DataUrl:
    """What a data URL holds.

    Attributes:
        mime: The declared type in lower case, `text/plain` if none is; the content may be something else.
        name: The file's name, if one is declared.
        size: Bytes of the content.
        payload: Its base64 without spaces, padded.
    """

    mime: str
    name: str
    size: int
    payload: str = field(repr=False)

    def content(self) -> bytes:
        """Return the content.

        Raises:
            BadDataUrl: It is not base64 after all.
        """
        try:
            return a2b_base64(self.payload, strict_mode=True)
        except (Error, ValueError) as error:
            raise _not_base64(self.payload) from error


def is_data_url(text: str) -> bool:
    """Tell whether a text means to be a data URL."""
    return text[:5].lower() == "data:"


def read_data_url(url: str) -> DataUrl:
    """Return what a data URL holds, without decoding it.

    Raises:
        BadDataUrl: It is none, or its content is not base64.
    """
    if not is_data_url(url):
        raise BadDataUrl("must begin with data:")
    comma = url.find(",", 5, _LONGEST_HEAD)
    if comma < 0:
        raise BadDataUrl(
            "must have a comma between its type and its content, as in data:image/png;base64,..."
        )
    mime, *parameters = (part.strip() for part in url[5:comma].split(";"))
    if not parameters or parameters[-1].lower() != "base64":
        raise BadDataUrl("must be in base64 and say so, as in data:image/png;base64,...")
    settled = mime.lower() or "text/plain"
    if _MIME.fullmatch(settled) is None:
        raise BadDataUrl("must name its type as in data:image/png;base64,...")
    payload = _padded(url[comma + 1 :])
    size = len(payload) // 4 * 3 - payload[-2:].count("=")
    return DataUrl(settled, _name(parameters), size, payload)


def read_base64(text: str, mime: str) -> DataUrl:
    """Return what bare base64 holds, as a data URL of that type would.

    Raises:
        BadDataUrl: It is not base64.
    """
    payload = _padded(text)
    return DataUrl(mime, "", len(payload) // 4 * 3 - payload[-2:].count("="), payload)


def _padded(text: str) -> str:
    """Return base64 in its full form, from one with spaces, percent signs or without padding."""
    plain = unquote(text) if "%" in text else text
    if any(space in plain for space in _SPACES):
        plain = plain.translate(_DROP_SPACES)
    if not plain:
        raise BadDataUrl("must not be empty")
    if not plain.isascii():
        raise _not_base64(plain)
    if plain.endswith("="):
        if len(plain) % 4 or plain.endswith("==="):
            raise BadDataUrl("must be padded with = to a multiple of four characters, or not at all")
        return plain
    if len(plain) % 4 == 1:
        raise BadDataUrl("must hold whole bytes of base64; its last character is missing or one is too many")
    return plain + "=" * (-len(plain) % 4)


def _not_base64(payload: str) -> BadDataUrl:
    foreign = _FOREIGN.search(payload)
    if foreign is not None and foreign[0] in "-_":
        return BadDataUrl("must be in the usual alphabet of base64, with + and / and not - and _")
    return BadDataUrl("must be base64 throughout")


def _name(parameters: list[str]) -> str:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.lower() in ("name", "filename"):
            return unquote(value.strip('"'))
    return ""
