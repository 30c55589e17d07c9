"""Logging as a server sets it up, for as long as a test wants it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from grok2api.observability.logging import Format, configure_logging


@contextmanager
def logging_as(style: Format, level: str = "debug") -> Iterator[None]:
    """Log in a style while the block runs, and as before after it."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, structlog.get_config()
    configure_logging(level, style)
    try:
        yield
    finally:
        root.handlers[:], earlier, configured = before
        root.setLevel(earlier)
        structlog.configure(**configured)
