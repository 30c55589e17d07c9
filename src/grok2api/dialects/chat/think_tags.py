"""How reasoning stands inside the text for clients that look for tags there, as DeepSeek's models write it."""

from __future__ import annotations

OPEN = "<think>\n"
CLOSE = "\n</think>\n\n"
