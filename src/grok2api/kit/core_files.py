"""No file of what a process held in its memory when it crashed: the server's has every secret in it.

Workers and the sandbox inherit that. Whoever has to look into a crash can still ask for a core file from
outside (`prlimit --core=unlimited --pid`), where the system allows it.
Must never keep a server from starting.
Source: https://man7.org/linux/man-pages/man5/core.5.html
"""

from __future__ import annotations

from contextlib import suppress


def leave_no_core() -> None:
    """Ask the system not to write a core file of this process, nor of those that it starts."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
