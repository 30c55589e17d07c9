"""Pydantic AI's agents, asked in both of their ways."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage


async def whole(agent: Agent[None, Any], prompt: str, **more: Any) -> tuple[Any, list[ModelMessage]]:
    """Return an agent's output and its messages."""
    result = await agent.run(prompt, **more)
    return result.output, result.all_messages()


async def streamed(agent: Agent[None, Any], prompt: str, **more: Any) -> tuple[Any, list[ModelMessage]]:
    """Return the same of an agent that streams."""
    async with agent.run_stream(prompt, **more) as result:
        return await result.get_output(), result.all_messages()


WAYS = pytest.mark.parametrize("ask", [whole, streamed])
