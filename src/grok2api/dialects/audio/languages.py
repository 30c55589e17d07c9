"""Languages by the English names that OpenAI's `verbose_json` tells, where upstream writes a code.

Must never guess: what is not known is told as upstream wrote it.
Source: ISO 639-1.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_CODES: Final = (
    "ar:arabic bg:bulgarian bn:bengali ca:catalan cs:czech da:danish de:german el:greek en:english "
    "es:spanish et:estonian fa:persian fi:finnish fil:tagalog fr:french he:hebrew hi:hindi hr:croatian "
    "hu:hungarian id:indonesian it:italian ja:japanese ko:korean lt:lithuanian lv:latvian mk:macedonian "
    "ms:malay nl:dutch no:norwegian pl:polish pt:portuguese ro:romanian ru:russian sk:slovak "
    "sl:slovenian sr:serbian sv:swedish sw:swahili ta:tamil te:telugu th:thai tl:tagalog tr:turkish "
    "uk:ukrainian ur:urdu vi:vietnamese zh:chinese"
)
_NAMES: Final = MappingProxyType(dict(pair.split(":") for pair in _CODES.split()))


def language_name(told: str) -> str:
    """Return `english` for `en` and `en-US`; what is no code that is known stays as it is."""
    return _NAMES.get(told.replace("_", "-").partition("-")[0].lower(), told)
