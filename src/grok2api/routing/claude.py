"""Which of our models a name of Claude stands for, where the operator wants such names served.

Claude Code and its like ask for these names, whatever they are pointed at. The names change with every
release, so they are told apart by what they have in common. Must never be asked while the preset is off.
"""

from __future__ import annotations

from typing import Final

PREFIX: Final = "claude-"
SETTING: Final = "routing.claude_aliases"
VARIABLE: Final = "GROK2API_ROUTING__CLAUDE_ALIASES"
_SMALL: Final = "haiku"


def stands_for(name: str) -> str | None:
    """Return the id of our model for a name of Claude; None for any other name.

    The small models, with which clients do their quick chores, are answered without thinking; all others by
    the best model, at the effort that the client asks for.
    """
    if not name.startswith(PREFIX):
        return None
    return "grok-4-fast" if _SMALL in name else "grok-4"
