"""Results of functions in the input: each must answer a call that is there too.

Only what can be known here is refused: a request that goes on from something stored, or carries a compacted
conversation, may answer a call that is not in it. Must never look into a result.
Source: openai-compat rule "function outputs whose call_id is unknown: 400".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from grok2api.errors import InvalidRequest

_CALL_OF: Mapping[str, str] = MappingProxyType(
    {"function_call_output": "function_call", "custom_tool_call_output": "custom_tool_call"}
)
_CALLS = frozenset(_CALL_OF.values())


class _Line(msgspec.Struct):
    type: str | None = None
    call_id: str | None = None


_lines = msgspec.json.Decoder(list[_Line]).decode


def check_call_outputs(content: bytes) -> None:
    """Check that every result in an input without a past answers a call in it.

    Raises:
        InvalidRequest: it names the `call_id` that nothing asked for.
    """
    if b'_call_output"' not in content or not content.startswith(b"["):
        return
    try:
        lines = _lines(content)
    except msgspec.ValidationError:
        return
    if any(line.type == "compaction" for line in lines):
        return
    asked = {line.call_id for line in lines if line.type in _CALLS}
    for place, line in enumerate(lines):
        if line.type in _CALL_OF and line.call_id is not None and line.call_id not in asked:
            raise InvalidRequest(
                f"No tool call found for the output with call_id '{line.call_id[:128]}'. Send the call "
                "before its output, or use 'previous_response_id'.",
                param=f"input[{place}].call_id",
            )
