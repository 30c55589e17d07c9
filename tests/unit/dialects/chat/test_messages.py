"""Every conversation that real clients send reaches xAI in a form that it takes."""

from __future__ import annotations

from typing import Any

import pytest

from grok2api.dialects.file_ids import seal_file
from grok2api.errors import InvalidRequest, Unsupported
from support.chat_turns import IDS, parsed, sent

FILE = seal_file(IDS, account="a", owner="k", upstream_id="file_up")
PICTURE = "data:image/png;base64,AAAA"
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
CALL_ITEM = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"a":1}'}


def user(content: object) -> dict[str, Any]:
    return {"role": "user", "content": content}


@pytest.mark.parametrize(
    ("messages", "items"),
    [
        (
            [{"role": "system", "content": "s"}, {"role": "developer", "content": "d"}, user("hi")],
            [{"role": "system", "content": "s"}, {"role": "developer", "content": "d"}, user("hi")],
        ),
        ([user([{"type": "text", "text": "a"}])], [user([{"type": "input_text", "text": "a"}])]),
        (
            [user([{"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}}])],
            [user([{"type": "input_image", "image_url": PICTURE, "detail": "low"}])],
        ),
        (
            [user([{"type": "image_url", "image_url": PICTURE}])],
            [user([{"type": "input_image", "image_url": PICTURE}])],
        ),
        (
            [user([{"type": "file", "file": {"file_id": FILE, "filename": "a"}}])],
            [user([{"type": "input_file", "file_id": "file_up"}])],
        ),
        (
            [user([{"type": "file", "file": {"file_data": "data:x;base64,AA", "filename": "a.pdf"}}])],
            [user([{"type": "input_file", "file_data": "data:x;base64,AA", "filename": "a.pdf"}])],
        ),
        (
            [user([{"type": "file", "file": {"url": "https://x.ai/a.pdf"}}])],
            [user([{"type": "input_file", "file_url": "https://x.ai/a.pdf"}])],
        ),
        (
            [
                user(
                    [
                        {"type": "input_file", "file_url": "https://x.ai/a.pdf"},
                        {"type": "input_image", "image_url": PICTURE, "detail": "high"},
                    ]
                )
            ],
            [
                user(
                    [
                        {"type": "input_file", "file_url": "https://x.ai/a.pdf"},
                        {"type": "input_image", "image_url": PICTURE, "detail": "high"},
                    ]
                )
            ],
        ),
        ([user(""), user([]), user([{"type": "text", "text": ""}]), user("x")], [user("x")]),
        (
            [user("a"), user("b"), {"role": "assistant", "content": "c", "reasoning_content": "r"}],
            [user("a"), user("b"), {"role": "assistant", "content": "c"}],
        ),
        (
            [user("a"), {"role": "assistant", "content": [{"type": "text", "text": "t"}], "name": "n"}],
            [user("a"), {"role": "assistant", "content": [{"type": "output_text", "text": "t"}]}],
        ),
        (
            [{"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}],
            [{"role": "assistant", "content": [{"type": "output_text", "text": "no"}]}],
        ),
        (
            [{"role": "assistant", "content": None, "refusal": "no"}],
            [{"role": "assistant", "content": "no"}],
        ),
        (
            [
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "call_1", "content": ""},
                {"role": "tool", "tool_call_id": "unknown", "content": None},
            ],
            [
                CALL_ITEM,
                {"type": "function_call_output", "call_id": "call_1", "output": ""},
                {"type": "function_call_output", "call_id": "unknown", "output": ""},
            ],
        ),
        (
            [
                {"role": "assistant", "content": "text", "tool_calls": [CALL]},
                {
                    "role": "tool",
                    "tool_call_id": "call_1",
                    "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
                },
            ],
            [
                {"role": "assistant", "content": "text"},
                CALL_ITEM,
                {"type": "function_call_output", "call_id": "call_1", "output": "a\nb"},
            ],
        ),
        (
            [
                {
                    "role": "tool",
                    "tool_call_id": "call_1",
                    "content": [
                        {"type": "text", "text": "a"},
                        {"type": "image_url", "image_url": {"url": PICTURE}},
                    ],
                }
            ],
            [
                {
                    "type": "function_call_output",
                    "call_id": "call_1",
                    "output": [
                        {"type": "input_text", "text": "a"},
                        {"type": "input_image", "image_url": PICTURE},
                    ],
                }
            ],
        ),
        (
            [
                {"role": "assistant", "function_call": {"name": "f", "arguments": ""}},
                {"role": "function", "name": "f", "content": "out"},
            ],
            [
                {"type": "function_call", "call_id": "call_legacy_1", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "call_legacy_1", "output": "out"},
            ],
        ),
        (
            # Our own answer to legacy functions, sent back as it came.
            [
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"a":1}'}}],
                    "function_call": {"name": "f", "arguments": '{"a":1}'},
                },
                {"role": "function", "name": "f", "content": "out"},
            ],
            [
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":1}'},
                {"type": "function_call_output", "call_id": "c", "output": "out"},
            ],
        ),
        (
            [
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {"a": 1}}}],
                }
            ],
            [{"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":1}'}],
        ),
    ],
)
def test_a_conversation_becomes_responses_items(
    messages: list[dict[str, Any]], items: list[dict[str, Any]]
) -> None:
    assert sent({"messages": messages})["input"] == items


@pytest.mark.parametrize(
    ("messages", "upstream"),
    [
        (
            [{"role": "developer", "content": "d", "name": "x"}, user("")],
            [{"role": "developer", "content": "d"}],
        ),
        ([{"role": "system", "content": ""}, user("")], [user(" ")]),
        (
            [
                {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning_content": "r"},
                {"role": "tool", "tool_call_id": "call_1", "content": ""},
            ],
            [
                {"role": "assistant", "content": "", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "call_1", "content": " "},
            ],
        ),
        (
            [user([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": PICTURE}])],
            [user([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": PICTURE}}])],
        ),
        (
            [user([{"type": "file", "file": {"file_data": "data:x;base64,AA", "filename": "a.pdf"}}])],
            [user([{"type": "file", "file": {"file_data": "data:x;base64,AA", "filename": "a.pdf"}}])],
        ),
        (
            [user([{"type": "input_file", "file_url": "https://x.ai/a.pdf"}])],
            [user([{"type": "file", "file": {"url": "https://x.ai/a.pdf"}}])],
        ),
        (
            [
                {
                    "role": "tool",
                    "tool_call_id": "call_1",
                    "content": [
                        {"type": "text", "text": "a"},
                        {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}},
                    ],
                }
            ],
            [
                {
                    "role": "tool",
                    "tool_call_id": "call_1",
                    "content": [
                        {"type": "text", "text": "a"},
                        {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}},
                    ],
                }
            ],
        ),
        (
            [user("a"), user("b"), {"role": "assistant", "content": "The answer is"}],
            [user("a"), user("b"), {"role": "assistant", "content": "The answer is"}],
        ),
        (
            [
                {"role": "assistant", "function_call": {"name": "f"}},
                {"role": "function", "name": "f", "content": "out"},
            ],
            [
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [
                        {
                            "id": "call_legacy_1",
                            "type": "function",
                            "function": {"name": "f", "arguments": "{}"},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "call_legacy_1", "content": "out"},
            ],
        ),
    ],
)
def test_a_conversation_goes_to_chat_completions_with_its_faults_mended(
    messages: list[dict[str, Any]], upstream: list[dict[str, Any]]
) -> None:
    assert sent({"messages": messages}, "chat")["messages"] == upstream


def test_answers_in_the_legacy_form_belong_to_the_oldest_call_of_their_name() -> None:
    calls = [{"role": "assistant", "function_call": {"name": name}} for name in "fgf"]
    answers = [{"role": "function", "name": "f", "content": "1"}, {"role": "function", "content": "2"}]
    last = {"role": "function", "name": "f", "content": "3"}
    items = sent({"messages": [*calls, *answers, last]})["input"]
    assert [(item["call_id"], item["output"]) for item in items[3:]] == [
        ("call_legacy_1", "1"),
        ("call_legacy_2", "2"),
        ("call_legacy_3", "3"),
    ]
    with pytest.raises(InvalidRequest, match="answers no earlier function call"):
        sent({"messages": [*calls, *answers, last, last]})


@pytest.mark.parametrize(
    ("message", "param", "error"),
    [
        (user([{"type": "input_video", "video": {}}]), "messages[0].content[0]", Unsupported),
        (user([{"type": "input_audio"}]), "messages[0].content[0].input_audio", InvalidRequest),
        (
            user([{"type": "input_audio", "input_audio": {"data": ""}}]),
            "messages[0].content[0].input_audio.data",
            InvalidRequest,
        ),
        (user([{"type": "video_url", "video_url": {}}]), "messages[0].content[0]", Unsupported),
        (user([{"type": "hologram"}]), "messages[0].content[0].type", Unsupported),
        (user([{"type": "text"}]), "messages[0].content[0].text", InvalidRequest),
        (user([{"type": "image_url"}]), "messages[0].content[0].image_url", InvalidRequest),
        (user([{"type": "file", "file": {}}]), "messages[0].content[0].file", InvalidRequest),
        (user([{"type": "input_file", "filename": "a"}]), "messages[0].content[0]", InvalidRequest),
        (user([{"text": "no type"}]), "messages[0].content[0].type", InvalidRequest),
        (user(5), "messages[0].content", InvalidRequest),
        ({"role": "robot", "content": "x"}, "messages[0].role", InvalidRequest),
        ({"content": "x"}, "messages[0].role", InvalidRequest),
        ({"role": "tool", "content": "x"}, "messages[0].tool_call_id", InvalidRequest),
        ({"role": "function", "name": "f", "content": "x"}, "messages[0]", InvalidRequest),
        (
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom"}]},
            "messages[0].tool_calls[0].type",
            Unsupported,
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "c"}]},
            "messages[0].tool_calls[0].function",
            InvalidRequest,
        ),
        (
            {"role": "assistant", "content": [{"type": "image_url", "image_url": PICTURE}]},
            "messages[0].content[0].type",
            InvalidRequest,
        ),
        (user([]), "messages", InvalidRequest),
        (user(None), "messages", InvalidRequest),
    ],
)
def test_a_message_that_cannot_be_honoured_is_refused_with_its_path(
    message: dict[str, Any], param: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        parsed({"messages": [message]})
    assert getattr(caught.value, "param", None) == param
