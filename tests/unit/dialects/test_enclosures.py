"""Pictures, documents and sounds are found in every dialect, wherever its clients put them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from grok2api.canonical.call import Call, Caller
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.enclosures import Content, Document, Enclosure, Picture, Words
from grok2api.canonical.plan import Target
from grok2api.dialects.base import Dialect, Enclosing, Envelope
from grok2api.dialects.chat.dialect import ChatDialect
from grok2api.dialects.file_ids import seal_file
from grok2api.dialects.messages.dialect import MessagesDialect
from grok2api.dialects.responses.compacting import CompactDialect
from grok2api.dialects.responses.dialect import ResponsesDialect
from grok2api.dialects.responses.enclosures import enclosures_in
from grok2api.errors import ClientError, InvalidRequest, Unsupported
from grok2api.kit.sealedid import SealedIds

IDS = SealedIds(b"e" * 64)
DIALECTS: Mapping[str, Dialect] = {
    "chat": ChatDialect(IDS),
    "messages": MessagesDialect(IDS),
    "responses": ResponsesDialect(IDS),
    "compact": CompactDialect(IDS),
}
PNG = "data:image/png;base64,iVBORw0KGgo="
MINE = seal_file(IDS, account="acct_1", owner="key_1", upstream_id="file_up")
ELSEWHERE = seal_file(IDS, account="acct_2", owner="key_1", upstream_id="file_else")
THEIRS = seal_file(IDS, account="acct_1", owner="key_2", upstream_id="file_up")
LEASE = Lease(credential_id="c", account_id="acct_1", token="t", base_url="http://127.0.0.1:9/v1")
ANOTHER = replace(LEASE, account_id="acct_2")
NOBODY = replace(LEASE, account_id="")

Json = dict[str, Any]
Found = list[tuple[str, str, str]]


def call_of(dialect: str, *parts: Json, **more: Any) -> Call:
    """Return the call of a request with one message of these parts."""
    message = {"role": "user", "content": list(parts)}
    body: Json = {"model": "grok-4", **more}
    body |= {"messages": [message]} if dialect in {"chat", "messages"} else {"input": [message]}
    body |= {"max_tokens": 9} if dialect == "messages" else {}
    envelope = Envelope(request_id="r", caller=Caller("key_1", "test"), received_at=0.0)
    return DIALECTS[dialect].parse(json.dumps(body).encode(), envelope)


def sent(dialect: str, call: Call, lease: Lease = LEASE) -> list[Json]:
    """Return the parts of the message as they go to Grok."""
    content = DIALECTS[dialect].translate(call, Target("grok-4.7"), lease).content
    assert content is not None
    parts: list[Json] = json.loads(content)["input"][0]["content"]
    return parts


def image(source: Json) -> Json:
    return {"type": "image", "source": source}


@pytest.mark.parametrize(
    ("dialect", "part", "kind", "form", "path"),
    [
        ("chat", {"type": "image_url", "image_url": {"url": PNG}}, "picture", "data_url", ".image_url.url"),
        ("chat", {"type": "image_url", "image_url": "https://a/b"}, "picture", "url", ".image_url"),
        ("chat", {"type": "input_image", "image_url": "http://a/b"}, "picture", "url", ".image_url"),
        ("chat", {"type": "input_image", "file_id": MINE}, "picture", "file_id", ".file_id"),
        ("chat", {"type": "file", "file": {"file_id": MINE}}, "document", "file_id", ".file.file_id"),
        ("chat", {"type": "file", "file": {"file_data": "QQ=="}}, "document", "base64", ".file.file_data"),
        ("chat", {"type": "file", "file": {"url": "https://a/b"}}, "document", "url", ".file.url"),
        ("chat", {"type": "input_file", "file_url": "https://a/b"}, "document", "url", ".file_url"),
        (
            "chat",
            {"type": "file", "file": {"file_data": "data:audio/wav;base64,QQ=="}},
            "sound",
            "data_url",
            ".file.file_data",
        ),
        (
            "chat",
            {"type": "file", "file": {"file_data": "QQ==", "filename": "a.MP3"}},
            "sound",
            "base64",
            ".file.file_data",
        ),
        (
            "chat",
            {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}},
            "sound",
            "base64",
            ".input_audio.data",
        ),
        ("responses", {"type": "input_image", "image_url": PNG}, "picture", "data_url", ".image_url"),
        ("responses", {"type": "input_image", "file_id": MINE}, "picture", "file_id", ".file_id"),
        ("responses", {"type": "input_file", "file_id": MINE}, "document", "file_id", ".file_id"),
        ("responses", {"type": "input_file", "file_url": "https://a/b"}, "document", "url", ".file_url"),
        (
            "responses",
            {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "mp3"}},
            "sound",
            "base64",
            ".input_audio.data",
        ),
        ("compact", {"type": "input_image", "image_url": PNG}, "picture", "data_url", ".image_url"),
        ("messages", image({"type": "url", "url": "https://a/b"}), "picture", "url", ".source.url"),
        ("messages", image({"type": "url", "url": PNG}), "picture", "data_url", ".source.url"),
        (
            "messages",
            image({"type": "base64", "media_type": "image/png", "data": "QQ=="}),
            "picture",
            "base64",
            ".source.data",
        ),
        ("messages", image({"type": "file", "file_id": MINE}), "picture", "file_id", ".source.file_id"),
        (
            "messages",
            {"type": "document", "source": {"type": "file", "file_id": MINE}},
            "document",
            "file_id",
            ".source.file_id",
        ),
        (
            "messages",
            {"type": "document", "source": {"type": "base64", "media_type": "audio/mpeg", "data": "QQ=="}},
            "sound",
            "base64",
            ".source.data",
        ),
    ],
)
def test_each_kind_is_found_with_the_path_of_its_source(
    dialect: str, part: Json, kind: str, form: str, path: str
) -> None:
    text = {"type": "input_text" if dialect in {"responses", "compact"} else "text", "text": "hello"}
    (found,) = call_of(dialect, text, part).enclosures
    field = "messages" if dialect in {"chat", "messages"} else "input"
    assert (found.kind, found.form, found.param) == (kind, form, f"{field}[0].content[1]{path}")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_words_enclose_nothing(dialect: str) -> None:
    kind = "input_text" if dialect in {"responses", "compact"} else "text"
    said = '"input_image": look at "input_file" and {"source": 1}'
    call = call_of(dialect, {"type": kind, "text": said})
    assert (call.enclosures, call.reads_files, call.account_pin) == ((), False, None)


def test_anthropic_blocks_are_found_in_results_and_documents() -> None:
    picture = image({"type": "url", "url": "http://a/b.png"})
    call = call_of(
        "messages",
        {"type": "tool_result", "tool_use_id": "t", "content": [picture]},
        {"type": "document", "source": {"type": "content", "content": [picture]}},
    )
    assert [one.param for one in call.enclosures] == [
        "messages[0].content[0].content[0].source.url",
        "messages[0].content[1].source.content[0].source.url",
    ]
    assert not call.reads_files


def test_results_of_tools_hold_them_too() -> None:
    picture = {"type": "input_image", "image_url": "http://a/b.png"}
    items = [
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": [picture]},
    ]
    envelope = Envelope(request_id="r", caller=Caller("key_1", "test"), received_at=0.0)
    body = json.dumps({"model": "grok-4", "input": items}).encode()
    (found,) = DIALECTS["responses"].parse(body, envelope).enclosures
    assert found.param == "input[1].output[0].image_url"


@pytest.mark.parametrize(
    ("dialect", "part", "content", "upstream"),
    [
        (
            "chat",
            {"type": "image_url", "image_url": {"url": "http://a/b", "detail": "low"}},
            Picture(PNG),
            {"type": "input_image", "image_url": PNG, "detail": "low"},
        ),
        (
            "responses",
            {"type": "input_image", "image_url": "http://a/b", "detail": "high"},
            Picture(PNG),
            {"type": "input_image", "image_url": PNG, "detail": "high"},
        ),
        (
            "messages",
            image({"type": "base64", "media_type": "image/webp", "data": "QQ=="}),
            Picture(PNG),
            {"type": "input_image", "image_url": PNG},
        ),
        *(
            (
                dialect,
                part,
                Document(b"QQ==", "a.txt", "text/plain"),
                {
                    "type": "input_file",
                    "file_data": "QQ==",
                    "filename": "a.txt",
                    "mime_type": "text/plain",
                },
            )
            for dialect, part in (
                ("chat", {"type": "file", "file": {"file_url": "http://a/b"}}),
                ("responses", {"type": "input_file", "file_url": "http://a/b"}),
                ("messages", {"type": "document", "source": {"type": "url", "url": "http://a/b"}}),
            )
        ),
        *(
            (dialect, part, Words("heard"), {"type": "input_text", "text": "heard"})
            for dialect, part in (
                ("chat", {"type": "input_audio", "input_audio": {"data": "QQ=="}}),
                ("responses", {"type": "input_audio", "input_audio": {"data": "QQ=="}}),
                (
                    "messages",
                    {
                        "type": "document",
                        "source": {"type": "base64", "media_type": "audio/wav", "data": "QQ=="},
                    },
                ),
            )
        ),
    ],
)
def test_what_grok_takes_stands_in_their_place(
    dialect: str, part: Json, content: Content, upstream: Json
) -> None:
    text = {"type": "input_text" if dialect == "responses" else "text", "text": "x"}
    call = call_of(dialect, text, part)
    speaks = DIALECTS[dialect]
    assert isinstance(speaks, Enclosing)
    ready = speaks.enclosed(call, {call.enclosures[0]: content})
    assert ready.enclosures == ()
    assert sent(dialect, ready)[1] == upstream


FILES: list[tuple[str, Json]] = [
    ("chat", {"type": "file", "file": {"file_id": MINE}}),
    ("responses", {"type": "input_file", "file_id": MINE}),
    ("messages", {"type": "document", "source": {"type": "file", "file_id": MINE}}),
]


def renamed(part: Json, identifier: str) -> Json:
    renamed: Json = json.loads(json.dumps(part).replace(MINE, identifier))
    return renamed


@pytest.mark.parametrize(("dialect", "part"), FILES)
def test_a_file_pins_its_account_and_has_upstreams_name_there(dialect: str, part: Json) -> None:
    call = call_of(dialect, part)
    assert call.account_pin == IDS.account_hash("acct_1")
    assert call.pinned_by == call.enclosures[0].param
    assert call.reads_files
    assert sent(dialect, call) == [{"type": "input_file", "file_id": "file_up"}]
    assert sent(dialect, call) == [{"type": "input_file", "file_id": "file_up"}], "attempts share nothing"


@pytest.mark.parametrize(("dialect", "part"), FILES)
def test_a_file_keeps_its_public_id_where_no_account_is_asked(dialect: str, part: Json) -> None:
    assert sent(dialect, call_of(dialect, part), NOBODY) == [{"type": "input_file", "file_id": MINE}]


@pytest.mark.parametrize(("dialect", "part"), FILES)
def test_a_file_never_goes_to_another_account(dialect: str, part: Json) -> None:
    with pytest.raises(InvalidRequest) as caught:
        sent(dialect, call_of(dialect, part), ANOTHER)
    assert MINE in caught.value.public_message


@pytest.mark.parametrize("identifier", [THEIRS, "file-unknown", "file_up"])
@pytest.mark.parametrize(("dialect", "part"), FILES)
def test_a_file_of_nobody_or_somebody_else_is_not_there(dialect: str, part: Json, identifier: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        call_of(dialect, renamed(part, identifier))
    error: ClientError = caught.value
    assert (error.status, error.code) == (400, "invalid_value")
    assert error.param is not None
    assert error.param.endswith("file_id")


@pytest.mark.parametrize(("dialect", "part"), FILES)
def test_files_of_two_accounts_do_not_come_together(dialect: str, part: Json) -> None:
    with pytest.raises(InvalidRequest, match="different upstream accounts") as caught:
        call_of(dialect, part, renamed(part, ELSEWHERE))
    assert caught.value.param is not None
    assert "content[1]" in caught.value.param


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        ("chat", {"type": "input_video", "video": "x"}),
        ("chat", {"type": "video_url", "video_url": {"url": "https://a/b.mp4"}}),
        ("responses", {"type": "input_video", "video_url": "https://a/b.mp4"}),
    ],
)
def test_videos_are_refused_by_name(dialect: str, part: Json) -> None:
    with pytest.raises(Unsupported, match="Grok cannot see video"):
        call_of(dialect, part)


@pytest.mark.parametrize(
    ("dialect", "part", "needed"),
    [
        ("chat", {"type": "image_url", "image_url": {"url": PNG}}, False),
        ("chat", {"type": "input_audio", "input_audio": {"data": "QQ=="}}, False),
        ("chat", {"type": "file", "file": {"file_data": "QQ=="}}, True),
        ("chat", {"type": "input_image", "file_id": MINE}, True),
        ("messages", {"type": "document", "source": {"type": "url", "url": "https://a/b"}}, True),
    ],
)
def test_documents_go_where_they_are_read(dialect: str, part: Json, needed: bool) -> None:
    assert call_of(dialect, part).needs_responses is needed


def test_an_enclosure_holds_nothing_of_what_is_carried() -> None:
    (found,) = call_of("chat", {"type": "image_url", "image_url": {"url": PNG}}).enclosures
    assert PNG not in repr(found)
    assert isinstance(found, Enclosure)


def test_a_part_that_is_no_object_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest) as caught:
        enclosures_in(b'[{"role":"user","content":[[{"type":"input_image","image_url":"x"}]]}]')
    assert caught.value.param == "input[0].content"
