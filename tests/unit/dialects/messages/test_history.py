"""A conversation of Anthropic's in the items of the Responses API."""

from __future__ import annotations

from typing import Any

import pytest

from grok2api.dialects.file_ids import seal_file
from grok2api.errors import InvalidRequest, Unsupported
from support.messages_turns import ACCOUNT, IDS, OWNER, Json, parsed, said, sent

FILE = seal_file(IDS, account=ACCOUNT, owner=OWNER, upstream_id="file_up")

PNG = "iVBORw0KGgo="
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
PICTURE_PART = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}
BILLING = "x-anthropic-billing-header: cc_version=2; cch=a1b2;"


def items(*messages: Json, **more: Any) -> list[Json]:
    return list(sent(said(*messages) | more)["input"])


def user(*blocks: Json) -> Json:
    return {"role": "user", "content": list(blocks)}


def text(value: str, **more: object) -> Json:
    return {"type": "text", "text": value, **more}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        (PICTURE, PICTURE_PART),
        (
            {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}},
            {"type": "input_image", "image_url": "https://a/b.png"},
        ),
        (
            {"type": "image", "source": {"type": "file", "file_id": FILE}},
            {"type": "input_image", "file_id": "file_up"},
        ),
        (
            {"type": "document", "source": {"type": "url", "url": "https://a/b.pdf"}},
            {"type": "input_file", "file_url": "https://a/b.pdf"},
        ),
        (
            {"type": "document", "source": {"type": "file", "file_id": FILE}},
            {"type": "input_file", "file_id": "file_up"},
        ),
        (
            {
                "type": "document",
                "title": "Plan",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
            },
            {
                "type": "input_file",
                "filename": "Plan.pdf",
                "file_data": "JVBERg==",
                "mime_type": "application/pdf",
            },
        ),
    ],
)
def test_pictures_and_documents_become_parts(block: Json, part: Json) -> None:
    (message,) = items(user(block, text("What is it?")))
    assert message == {"role": "user", "content": [part, {"type": "input_text", "text": "What is it?"}]}


@pytest.mark.parametrize(
    ("block", "written"),
    [
        (
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "abc"}},
            "<document>\nabc\n</document>",
        ),
        (
            {"type": "document", "title": "T&C", "context": "old", "source": {"type": "text", "data": "abc"}},
            'old\n<document title="T&amp;C">\nabc\n</document>',
        ),
        (
            {"type": "document", "source": {"type": "content", "content": "abc"}},
            "<document>\nabc\n</document>",
        ),
        (
            {"type": "search_result", "source": "https://a", "title": "A", "content": [text("one")]},
            '<search_result source="https://a" title="A">\none\n</search_result>',
        ),
    ],
)
def test_written_documents_are_put_into_the_text(block: Json, written: str) -> None:
    assert items(user(block)) == [{"role": "user", "content": written}]


@pytest.mark.parametrize(
    ("more", "opening"),
    [({}, "<document>"), ({"title": "T&C", "context": "old"}, 'old\n<document title="T&amp;C">')],
)
def test_a_document_of_blocks_keeps_its_pictures_and_its_frame(more: Json, opening: str) -> None:
    source = {"type": "content", "content": [text("see"), PICTURE]}
    (message,) = items(user({"type": "document", "source": source, **more}))
    assert message["content"] == [
        {"type": "input_text", "text": opening},
        {"type": "input_text", "text": "see"},
        PICTURE_PART,
        {"type": "input_text", "text": "</document>"},
    ]


@pytest.mark.parametrize(
    ("block", "param"),
    [
        ({"type": "video"}, "messages[0].content[0].type"),
        ({"type": "container_upload", "file_id": "f"}, "messages[0].content[0].type"),
        (
            {"type": "image", "source": {"type": "ftp"}},
            "messages[0].content[0].source.type",
        ),
        (
            {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "video"}]},
            "messages[0].content[0].content[0].type",
        ),
    ],
)
def test_what_grok_cannot_take_is_refused_with_its_path(block: Json, param: str) -> None:
    with pytest.raises(Unsupported) as caught:
        parsed(said(user(block)))
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("message", "param"),
    [
        (user({"type": "text"}), "messages[0].content[0].text"),
        (user({"type": "image"}), "messages[0].content[0].source"),
        (user({"type": "image", "source": {"type": "url"}}), "messages[0].content[0].source.url"),
        (user({"type": "tool_result"}), "messages[0].content[0].tool_use_id"),
        (
            user({"type": "tool_result", "tool_use_id": "t", "content": 7}),
            "messages[0].content[0].content",
        ),
        (
            user({"type": "tool_result", "tool_use_id": "t", "content": [{"text": 1}]}),
            "messages[0].content[0].content[0].text",
        ),
        ({"role": "assistant", "content": [{"type": "tool_use", "id": "t"}]}, "messages[0].content[0].name"),
        (
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": []}]},
            "messages[0].content[0].input",
        ),
        ({"role": "assistant", "content": [PICTURE]}, "messages[0].content[0].type"),
        ({"role": "system", "content": [PICTURE]}, "messages[0].content[0].type"),
    ],
)
def test_a_block_that_misses_something_is_refused_with_its_path(message: Json, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parsed(said(message))
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("more", "output"),
    [
        ({}, ""),
        ({"content": None}, ""),
        ({"content": "22 degrees"}, "22 degrees"),
        ({"content": [text("a"), text("b")]}, "a\nb"),
        ({"content": []}, ""),
        (
            {"content": [text("a"), PICTURE]},
            [{"type": "input_text", "text": "a"}, PICTURE_PART],
        ),
        ({"content": [{"type": "tool_reference", "tool_name": "f"}]}, "The tool f can be called."),
        ({"content": "no such city", "is_error": True}, "Error: no such city"),
        ({"content": "Error: no", "is_error": True}, "Error: no"),
        ({"is_error": True}, "Error"),
        ({"content": [PICTURE], "is_error": True}, [{"type": "input_text", "text": "Error:"}, PICTURE_PART]),
    ],
)
def test_results_of_tools(more: Json, output: object) -> None:
    result = {"type": "tool_result", "tool_use_id": "call_1", **more}
    assert items(user(result)) == [{"type": "function_call_output", "call_id": "call_1", "output": output}]


def test_several_results_come_before_the_text_of_their_message() -> None:
    results = [{"type": "tool_result", "tool_use_id": f"call_{n}", "content": str(n)} for n in (1, 2)]
    found = items(
        {"role": "user", "content": "weather?"},
        {
            "role": "assistant",
            "content": [
                text("I look."),
                {"type": "tool_use", "id": "call_1", "name": "f", "input": {"b": 1, "a": 2}},
                {"type": "tool_use", "id": "call_2", "name": "f"},
            ],
        },
        user(*results, text("and now?")),
    )
    assert found == [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": "I look."},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"b":1,"a":2}'},
        {"type": "function_call", "call_id": "call_2", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "1"},
        {"type": "function_call_output", "call_id": "call_2", "output": "2"},
        {"role": "user", "content": "and now?"},
    ]


@pytest.mark.parametrize(
    ("system", "told"),
    [
        ("Be short.", "Be short."),
        ([text("Be short."), text("Be kind.", cache_control={"type": "ephemeral"})], "Be short.\n\nBe kind."),
        ([text(BILLING), text("Be short.")], "Be short."),
    ],
)
def test_the_system_prompt_comes_first_without_what_differs_every_time(system: object, told: str) -> None:
    found = items({"role": "user", "content": "hello"}, system=system)
    assert found[0] == {"role": "system", "content": told}
    assert len(found) == 2


@pytest.mark.parametrize("system", ["", [], BILLING, [text(BILLING)]])
def test_no_system_prompt_is_no_message(system: object) -> None:
    assert items({"role": "user", "content": "hello"}, system=system) == [
        {"role": "user", "content": "hello"}
    ]


def test_system_messages_stay_where_they_are_and_empty_ones_go() -> None:
    found = items(
        {"role": "user", "content": [text("one"), text(""), text("two")]},
        {"role": "system", "content": [text("Mind the plan.")]},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": []},
        {"role": "assistant", "content": [text("It is", citations=[{"type": "page_location"}])]},
    )
    assert found == [
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "one"}, {"type": "input_text", "text": "two"}],
        },
        {"role": "system", "content": "Mind the plan."},
        {"role": "assistant", "content": "It is"},
    ]


def test_what_other_tools_of_anthropic_did_is_named() -> None:
    call = parsed(
        said(
            {"role": "user", "content": "news?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "n"}},
                    {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
                    text("None."),
                ],
            },
            user(
                {"type": "document", "citations": {"enabled": True}, "source": {"type": "text", "data": "x"}}
            ),
        )
    )
    assert call.dropped == (
        "messages[1].content[0]",
        "messages[1].content[1]",
        "messages[2].content[0].citations",
    )


def test_a_null_inside_is_as_good_as_absent() -> None:
    call = {"type": "tool_use", "id": "t", "name": "f", "input": None}
    found = items({"role": "assistant", "content": [call]}, system=[{"type": None, "text": "S"}])
    assert found == [
        {"role": "system", "content": "S"},
        {"type": "function_call", "call_id": "t", "name": "f", "arguments": "{}"},
    ]
