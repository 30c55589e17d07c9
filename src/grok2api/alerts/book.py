"""Which alerts stand, and what is to be told of them: each once when it begins, once when it ends.

Pure. What comes and goes within seconds is not told at all, and what comes back before it was called off is
the same as before. Whoever delivers says so afterwards; what was not delivered is due again. Must never take
a notice for delivered by itself, nor call off what was never told, or what nobody can know just now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from grok2api.alerts.alert import Alert, Kind, Notice

FACT: Final = "alerts"
"""Under which name the store keeps the book."""
HOLD: Final = 10.0
"""Seconds for which a thing must be wrong before it is told."""
CALM: Final = 60.0
"""Seconds for which it must be right before it is called off."""


class Standing(msgspec.Struct, frozen=True):
    """One alert that stands.

    Attributes:
        since: Wall time at which it began.
        seen: Wall time at which it was last seen, or could have been there unseen.
        told: Wall time at which it was last told; None until then.
    """

    kind: Kind
    subject: str
    facts: dict[str, str]
    since: float
    seen: float
    told: float | None = None

    @property
    def alert(self) -> Alert:
        """What it is about."""
        return Alert(self.kind, self.subject, self.facts)


Book = Mapping[str, Standing]
"""All that stand, by their keys."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes of one look."""

    book: Book
    due: tuple[Notice, ...]


def look(
    book: Book,
    present: Iterable[Alert],
    now: float,
    *,
    unknown: Collection[Kind] = (),
    remind_after: float = 0.0,
) -> Turn:
    """Take in what is wrong now, and return what is to be told.

    Args:
        book: What stood after the last look.
        present: All that is wrong now.
        now: Wall time in seconds.
        unknown: Kinds of which nobody knows now whether they are wrong: what stands of them goes on standing.
        remind_after: Seconds after which what still stands is told again; 0 never.
    """
    standing: dict[str, Standing] = dict(book)
    seen: set[str] = set()
    for alert in present:
        seen.add(alert.key)
        before = standing.get(alert.key)
        standing[alert.key] = Standing(
            alert.kind,
            alert.subject,
            dict(alert.facts),
            now if before is None else min(before.since, now),
            now,
            None if before is None else before.told,
        )
    due: list[Notice] = []
    for key, each in list(standing.items()):
        if key in seen:
            due.extend(_begun(each, now, remind_after))
        elif each.kind in unknown:
            standing[key] = msgspec.structs.replace(each, seen=now)
        elif now - each.seen >= CALM or each.seen > now:
            if each.told is None:
                del standing[key]
            else:
                due.append(Notice("resolved", each.alert, each.since, now))
    return Turn(standing, tuple(due))


def delivered(book: Book, notice: Notice) -> Book:
    """Return what stands once a notice has been delivered."""
    key = notice.alert.key
    rest = {name: each for name, each in book.items() if name != key}
    present = book.get(key)
    if notice.event == "resolved" or present is None:
        return rest
    return {**rest, key: msgspec.structs.replace(present, told=notice.at)}


def taken_over(book: Book, now: float) -> Book:
    """Return a book as whoever goes on with it begins: nobody has looked meanwhile, so nothing was right.

    The clock of whoever kept it may have been ahead, which is no reason to tell a thing again.
    """
    return {
        key: msgspec.structs.replace(
            each,
            since=min(each.since, now),
            seen=now,
            told=None if each.told is None else min(each.told, now),
        )
        for key, each in book.items()
    }


def merged(own: Book, kept: Book, stored: Book) -> Book:
    """Return what the store holds with what is new in one's own book: two may have led within a moment.

    Args:
        own: As it stands here.
        kept: What the store held when it was last looked at from here.
        stored: What it holds now.
    """
    result = dict(stored)
    for key in own.keys() | kept.keys():
        if marks(own).get(key) == marks(kept).get(key):
            continue
        if key in own:
            result[key] = own[key]
        else:
            result.pop(key, None)
    return result


def marks(book: Book) -> dict[str, tuple[float, float | None]]:
    """Return of all that stands what is worth storing: not when it was last seen, which is always now."""
    return {key: (each.since, each.told) for key, each in book.items()}


def read(text: str) -> Book:
    """Return what stood, as `write` wrote it; nothing if it cannot be read."""
    try:
        return msgspec.json.decode(text, type=dict[str, Standing]) if text else {}
    except msgspec.DecodeError:
        return {}


def write(book: Book) -> str:
    """Return a book as text."""
    return msgspec.json.encode(dict(book)).decode()


def _begun(standing: Standing, now: float, remind_after: float) -> Iterable[Notice]:
    if standing.told is None:
        if now - standing.since >= HOLD:
            yield Notice("raised", standing.alert, standing.since, now)
    elif remind_after and (now - standing.told >= remind_after or standing.told > now):
        yield Notice("reminder", standing.alert, standing.since, now)
