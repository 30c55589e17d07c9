"""Reads a conversation as Anthropic's clients send it into items of the Responses API.

Thinking comes back as blocks whose signature is reasoning that only its own account can read: such items
stay apart, since each attempt decides anew whether to send them. Must never guess: a block that Grok cannot
take is refused with its path, and one that means nothing to Grok is named.
Source: openai-compat.md §9; xai-api.md §2.3, §8 rows 16 and 18.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from grok2api.dialects.fields import Dropped, needed
from grok2api.dialects.messages.blocks import Part, Parts, content_of
from grok2api.dialects.messages.shapes import Block, Message
from grok2api.dialects.reasoning_origin import Origin, origin_of
from grok2api.errors import InvalidRequest
from grok2api.kit.sealedid import SealedIds

_ROLES: Final = ("user", "assistant", "system")
_THINKING: Final = {"thinking": "signature", "redacted_thinking": "data"}
"""Blocks of reasoning, and the key under which they hold what only upstream can read."""
_SERVER_SIDE: Final = ("server_tool_use", "mcp_tool_use")
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FAILED: Final = "Error"


@dataclass(frozen=True, slots=True)
class SealedReasoning:
    """A reasoning item that only the account of its origin can read."""

    path: str
    text: str
    origin: Origin

    def item(self) -> dict[str, object]:
        """Return it as upstream wrote it."""
        summary = [{"type": "summary_text", "text": self.text}] if self.text else []
        return {"type": "reasoning", "summary": summary, "encrypted_content": self.origin.content}


Item = dict[str, object] | SealedReasoning


class History:
    """Collects the items of a conversation, in their order.

    Args:
        ids: The gateway's seal, for the signatures.
        owner: Id of the client key.
        dropped: Where what is left out is named.
    """

    def __init__(self, ids: SealedIds, owner: str, dropped: Dropped) -> None:
        self._ids = ids
        self._owner = owner
        self._dropped = dropped
        self.items: list[Item] = []
        self.unreadable: list[str] = []
        """Paths of signatures that were not made here, or not for this key; never a reason to refuse."""
        self._spoken: list[Part] = []

    def read(self, messages: Sequence[Message]) -> None:
        """Take down a conversation without its empty messages.

        Raises:
            InvalidRequest: a message misses what its role needs, or all are empty.
            Unsupported: a block that Grok cannot take.
        """
        for index, message in enumerate(messages):
            path = f"messages[{index}]"
            if message.role not in _ROLES:
                raise InvalidRequest(
                    f"'{path}.role' must be one of {', '.join(_ROLES)}.", param=f"{path}.role"
                )
            if isinstance(message.content, str):
                self._say(message.role, message.content)
            else:
                self._message(message.role, message.content or (), path)
        if not any(isinstance(item, dict) for item in self.items):
            raise InvalidRequest(
                "'messages' must hold at least one message with a content.", param="messages"
            )

    def _say(self, role: str, content: object) -> None:
        if content:
            self.items.append({"role": role, "content": content})

    def _message(self, role: str, blocks: Sequence[Block], path: str) -> None:
        parts = Parts(self._dropped, text_type="output_text" if role == "assistant" else "input_text")
        for index, block in enumerate(blocks):
            place = f"{path}.content[{index}]"
            if role == "assistant" and self._assistant(block, place):
                continue
            if role == "user" and block.type == "tool_result":
                self._flush(role)
                self.items.append(self._result(block, place))
                continue
            if role != "user" and block.type != "text":
                raise InvalidRequest(
                    f"A message of role '{role}' cannot hold a block of type '{block.type[:64]}'.",
                    param=f"{place}.type",
                )
            self._spoken += parts.needed(block, place)
        self._flush(role)

    def _flush(self, role: str) -> None:
        """Take down what was said since the last item of another kind."""
        spoken, self._spoken = self._spoken, []
        lone = spoken[0].get("text") if len(spoken) == 1 else None
        self._say(role, lone if isinstance(lone, str) else spoken)

    def _assistant(self, block: Block, path: str) -> bool:
        """Take down a block that only an assistant's message holds; tell whether it is one."""
        if block.type in _THINKING:
            self._flush("assistant")
            self._thinking(block, path)
        elif block.type == "tool_use":
            self._flush("assistant")
            self.items.append(_call(block, path))
        elif block.type in _SERVER_SIDE or block.type.endswith("_tool_result"):
            self._dropped.note(path)
        else:
            return False
        return True

    def _thinking(self, block: Block, path: str) -> None:
        key = _THINKING[block.type]
        sealed = block.signature if key == "signature" else block.data
        origin = origin_of(self._ids, sealed or "", self._owner)
        if origin.account is None or origin.foreign:
            self.unreadable.append(f"{path}.{key}")
        elif origin.content:
            self.items.append(SealedReasoning(f"{path}.{key}", block.thinking or "", origin))

    def _result(self, block: Block, path: str) -> dict[str, object]:
        call_id = needed(block.tool_use_id or None, f"{path}.tool_use_id")
        content = content_of(block.content, f"{path}.content")
        output = content if isinstance(content, str) else self._output(content, f"{path}.content")
        if block.is_error:
            output = _as_failure(output)
        return {"type": "function_call_output", "call_id": call_id, "output": output}

    def _output(self, blocks: Sequence[Block], path: str) -> str | list[Part]:
        reader = Parts(self._dropped)
        parts: list[Part] = []
        for index, block in enumerate(blocks):
            if block.type == "tool_reference":
                parts.append(reader.text(f"The tool {block.tool_name} can be called."))
            else:
                parts += reader.needed(block, f"{path}[{index}]")
        texts = [part["text"] for part in parts if "text" in part]
        return "\n".join(map(str, texts)) if len(texts) == len(parts) else parts


def _as_failure(output: str | list[Part]) -> str | list[Part]:
    """Return the output of a tool that failed; upstream knows no mark for that but words."""
    if not isinstance(output, str):
        return [{"type": "input_text", "text": f"{_FAILED}:"}, *output]
    if not output:
        return _FAILED
    said = output.lstrip().lower().startswith(("error", "<tool_use_error>"))
    return output if said else f"{_FAILED}: {output}"


def _call(block: Block, path: str) -> dict[str, object]:
    given = bytes(block.input)
    if given in {b"", b"null"}:
        given = b"{}"
    try:
        _OBJECT.decode(given)
    except msgspec.ValidationError:
        raise InvalidRequest(f"'{path}.input' must be an object.", param=f"{path}.input") from None
    return {
        "type": "function_call",
        "call_id": needed(block.id or None, f"{path}.id"),
        "name": needed(block.name or None, f"{path}.name"),
        "arguments": given.decode(),
    }


def system_text(blocks: str | Sequence[str]) -> str:
    """Return a system prompt as one text, without the line in which Claude Code tells its billing.

    That line differs with every request, and would keep the prompt from being met in a cache.
    """
    texts = [blocks] if isinstance(blocks, str) else blocks
    return "\n\n".join(text for text in texts if text and not text.startswith(_BILLING))


_BILLING: Final = "x-anthropic-billing-header:"
