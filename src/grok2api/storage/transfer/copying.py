"""The copy of one store into another while the first one serves.

Every record is copied first. Then both stores are compared as a whole, and the families that differ are
brought into line record by record, until one comparison finds no difference: at the moment at which that
comparison began, the target was the source. It holds also where a backend cannot show one state for long,
because a record that changed before it was compared is a difference, and asks for another round.

A copy that was killed begins with the comparison and so goes on where it was. Must never write to the source,
nor touch a target that holds anything else than a copy of this source that nobody has used yet.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from grok2api.errors import StorageError
from grok2api.storage.canary import CANARY
from grok2api.storage.records import Conflict
from grok2api.storage.transfer.comparing import Comparison, carried, compare_family, ignore
from grok2api.storage.transfer.digest import canonical_form
from grok2api.storage.transfer.exclusive import Occupied, alone
from grok2api.storage.transfer.families import FAMILIES
from grok2api.storage.transfer.fence import FACT, Mark, decode_mark, encode_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.transfer.comparing import Progress
    from grok2api.storage.transfer.families import Family
    from grok2api.storage.transfer.porter import Porter, View

ROUNDS: Final = 6
COPYING: Final = "copying"
ALIGNING: Final = "aligning"


class TargetRefused(Exception):
    """The target holds something that a copy must not touch; the text says what, and what to do."""


class Unsettled(Exception):
    """The source changed in every round; the text says what to do. The target stays fenced off."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a migration.

    Attributes:
        copied: Records that were written, those brought into line among them.
        rounds: How often the stores were compared.
        revision: The last revision of the source, behind which the target's go on.
        comparisons: The last comparison, in which nothing differed.
    """

    copied: int
    rounds: int
    revision: int
    comparisons: tuple[Comparison, ...]


async def migrate(source: Porter, target: Porter, progress: Progress = ignore) -> Outcome:
    """Make `target` a copy of `source`, and let it be served once both are the same.

    Args:
        source: Only read from.
        target: Has this version's schema, and is empty or an unfinished or unused copy of this source.
        progress: Told of every page.

    Raises:
        TargetRefused: The target holds something else, or somebody else copies into it; it was not changed.
        Unsettled: The source goes on changing faster than it can be compared.
        StorageError: A store does not answer, or refuses a record.
    """
    try:
        async with alone(target.claims):
            return await _migrated(source, target, progress)
    except Occupied:
        raise TargetRefused(
            f"another migration into {target} is under way; wait for its end, or stop it and run the same "
            "command again"
        ) from None


async def _migrated(source: Porter, target: Porter, progress: Progress) -> Outcome:
    """Do what `migrate` says, as the only one."""
    mark = Mark(state="copying", origin=str(source), seal=await _seal_of(source))
    began = await _begin(target, mark)
    copied = await _copy_all(source, target, progress) if began else 0
    for round_number in range(1, ROUNDS + 1):
        async with source.viewing() as ours:
            differing, comparisons = await _differences(ours, target, progress)
            revision = await ours.revision()
            for each in differing:
                copied += await _align(ours, target, each, progress)
        if not differing:
            await target.set_revision(revision)
            await target.put_fact(
                FACT, encode_mark(replace(mark, state="whole", revision=await _reached(target)))
            )
            return Outcome(copied, round_number, revision, comparisons)
    raise Unsettled(
        f"the old store changed in each of {ROUNDS} rounds; nearly everything is copied. Stop the servers "
        "that write to it and run the same command again: it copies only what is missing"
    )


async def _begin(target: Porter, mark: Mark) -> bool:
    """Fence the target off; tell whether it is empty and everything is to be copied.

    Raises:
        TargetRefused: It is not for this copy.
    """
    present, empty = decode_mark(await target.fact(FACT)), await _is_empty(target)
    if present is None and not empty:
        raise TargetRefused(
            f"{target} is not empty; name an empty store, or empty this one if nobody needs what it holds"
        )
    if present is not None and not empty:
        await _check_copy(target, present, mark)
    await target.put_fact(FACT, encode_mark(mark))
    return empty


async def _check_copy(target: Porter, present: Mark, mark: Mark) -> None:
    """Return if the target holds a copy of this source that nobody has changed; else TargetRefused."""
    if present.seal != mark.seal:
        raise TargetRefused(
            f"{target} holds a copy of another store, {present.origin}; go on with that, or empty it first"
        )
    changed = present.state == "whole" and present.revision != await _reached(target)
    if changed or present.state == "served":
        raise TargetRefused(
            f"{target} was migrated from {present.origin} and has been used since; a copy would undo what "
            "changed there. Empty it first if that is what you want"
        )


async def _reached(target: Porter) -> int:
    async with target.viewing() as view:
        return await view.revision()


async def _is_empty(target: Porter) -> bool:
    async with target.viewing() as view:
        for each in FAMILIES:
            async for _ in carried(view, each):
                return False
    return True


async def _seal_of(store: Porter) -> str:
    canary = await store.fact(CANARY)
    return "" if canary is None else hashlib.sha256(canary.encode()).hexdigest()


async def _copy_all(source: Porter, target: Porter, progress: Progress) -> int:
    copied = 0
    async with source.viewing() as view:
        for each in FAMILIES:
            copied += await _copy(view, target, each, progress, fresh=True)
    return copied


async def _copy(view: View, target: Porter, family: Family, progress: Progress, *, fresh: bool) -> int:
    copied = 0
    async for page in carried(view, family):
        try:
            await target.load(family, page, fresh=fresh)
        except (
            Conflict
        ):  # the view is of the moment, and what must be unique moved from one to another meanwhile
            for record in page:
                await _replace(target, family, record)
        except StorageError as error:
            raise StorageError(_not_taken(family, error)) from error
        copied += len(page)
        progress(COPYING, family.name, len(page))
    return copied


def _not_taken(family: Family, error: StorageError) -> str:
    """Return what to tell; of the cause only its kind, since a driver's words may quote a record."""
    kind = "" if error.__cause__ is None else f" ({type(error.__cause__).__name__})"
    return (
        f"The new store did not take some {family.name}{kind}: {error.public_message} Run the same command "
        "again to go on."
    )


async def _replace(target: Porter, family: Family, record: object) -> None:
    """Keep one record where it can be; one that clashes waits for the next round."""
    try:
        await target.load(family, [record], fresh=False)  # type: ignore[list-item]
    except Conflict:
        return


async def _differences(
    ours: View, target: Porter, progress: Progress
) -> tuple[list[Family], tuple[Comparison, ...]]:
    async with target.viewing() as theirs:
        comparisons = [await compare_family(ours, theirs, each, progress) for each in FAMILIES]
    differing = [each for each, found in zip(FAMILIES, comparisons, strict=True) if not found.same]
    return differing, tuple(comparisons)


async def _align(ours: View, target: Porter, family: Family, progress: Progress) -> int:
    """Bring one family into line; return how many records were written.

    What is gone goes first, since it may hold what must be unique and what another one has now.
    """
    for keys in await _gone(ours, target, family):
        await target.remove(family, keys)
    written, form = 0, canonical_form(family)
    async for page in carried(ours, family):
        async with target.viewing() as theirs:
            found = await theirs.some(family, [family.key_of(each) for each in page])
        known = {form(each) for each in found}
        missing = [each for each in page if form(each) not in known]
        if missing:
            await _load_some(target, family, missing)
        written += len(missing)
        progress(ALIGNING, family.name, len(page))
    return written


async def _load_some(target: Porter, family: Family, missing: Sequence[object]) -> None:
    try:
        await target.load(family, missing, fresh=False)  # type: ignore[arg-type]
    except Conflict:
        await target.remove(family, [family.key_of(each) for each in missing])
        for record in missing:
            await _replace(target, family, record)


async def _gone(ours: View, target: Porter, family: Family) -> list[list[tuple[object, ...]]]:
    """Return the keys, page by page, of what the target has and the source has not."""
    gone: list[list[tuple[object, ...]]] = []
    async with target.viewing() as theirs:
        async for page in carried(theirs, family):
            keys = [family.key_of(each) for each in page]
            there = {family.key_of(each) for each in await ours.some(family, keys)}
            missing = [key for key in keys if key not in there]
            if missing:
                gone.append(missing)
    return gone
