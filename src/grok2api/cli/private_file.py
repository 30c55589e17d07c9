"""A file that only its owner can read is written whole or not at all. Must never print what it writes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_private(file: Path, content: bytes, *, replace: bool, mode: int = 0o600) -> None:
    """Write a file in one step: after a crash there is the old one, the new one, or none.

    Args:
        file: Its directory must be there.
        content: All of it.
        replace: Whether a file that is there is replaced.
        mode: Its permissions.

    Raises:
        FileExistsError: There is one, and it was not to be replaced.
        OSError: It cannot be written.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        temporary.chmod(mode)
        if replace:
            temporary.replace(file)
        else:
            os.link(temporary, file)
            temporary.unlink()
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
