"""The token file of an earlier grok2api, beside its settings: what it holds that can serve here.

Those files hold browser cookies, which this gateway does not use; they are counted and named, not kept. API
keys and sign-ins, if somebody put them there, go into the pool like those of any other file.
Must never change the file, and never show what it holds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grok2api.cli.options import Failed
from grok2api.cli.session import Session, with_store
from grok2api.kit.clock import SystemClock
from grok2api.operations.importing import Target, import_entries, read_file

if TYPE_CHECKING:
    from grok2api.operations.importing import ImportReport

_LARGEST: Final = 64 * 1024 * 1024


def take_tokens(file: Path, config_file: Path, *, dry_run: bool) -> dict[str, object]:
    """Take in what serves here, and return what came of the file, for people and for programs.

    Args:
        file: The old token file.
        config_file: The settings by which the store is opened, if there is something for it.
        dry_run: Only tell what would happen.

    Raises:
        Failed: It cannot be read.
    """
    try:
        content = file.read_bytes() if file.stat().st_size <= _LARGEST else b""
    except OSError as error:
        raise Failed(f"{file} cannot be read ({error.strerror})") from None
    if not content:
        raise Failed(f"{file} is empty or larger than {_LARGEST // 1024**2} MiB")
    parsed = asyncio.run(read_file(content, file_name=file.name))
    reasons = Counter(each.reason for each in parsed.rejected)
    counts: dict[str, int] = {"rejected": len(parsed.rejected)} if parsed.rejected else {}
    if parsed.entries:

        async def work(session: Session) -> ImportReport:
            target = Target(
                store=session.records.credentials,
                box=session.box,
                pepper=session.pepper,
                oauth=session.settings.oauth,
                clock=SystemClock(),
            )
            report = await import_entries(parsed, target, dry_run=dry_run)
            session.note.after = {"counts": report.counts}
            return report

        writes = "" if dry_run else "credentials.import"
        report = with_store(config_file if config_file.exists() else None, work, writes=writes)
        counts = report.counts
        reasons = Counter(row.reason for row in report.rows if row.outcome == "rejected")
    return {
        "file": str(file),
        "counts": counts,
        "reasons": [{"count": count, "reason": reason} for reason, count in reasons.most_common()],
        "message": _sentence(file.name, counts, reasons),
    }


def _sentence(name: str, counts: dict[str, int], reasons: Counter[str]) -> str:
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "holds nothing"
    why = reasons.most_common(1)[0][0] if reasons else ""
    return f"{name}: {said}" + (f". {why}" if why else "")
