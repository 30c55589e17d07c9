"""Pictures, documents and sounds go in by every dialect's own SDK, and reach Grok in a form that it takes."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from anthropic import Anthropic, BadRequestError
from anthropic.types import Message
from openai import OpenAI

from support.media_house import OTHER_KEY, MediaHouse, content_of, data_url, media_house
from support.observing import ledger_since
from support.pictures import drawn, opened
from support.processes import Sandbox
from support.sdk import anthropic_client, openai_client

Json = dict[str, Any]
PNG, WEBP, GIF = drawn("PNG"), drawn("WEBP"), drawn("GIF")
TEXT = b"The secret word is marigold."
PDF = b"%PDF-1.7 marigold"


@pytest.fixture(scope="module")
def shared(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaHouse]:
    with media_house(tmp_path_factory.mktemp("multimodal"), shared_sandbox) as started:
        yield started


@pytest.fixture
def house(shared: MediaHouse, sandbox: Sandbox) -> MediaHouse:
    """The gateway, and an upstream with an empty journal."""
    return shared


@pytest.fixture
def client(house: MediaHouse) -> Iterator[OpenAI]:
    with openai_client(house.gateway) as made:
        yield made


@pytest.fixture
def claude(house: MediaHouse) -> Iterator[Anthropic]:
    with anthropic_client(house.gateway) as made:
        yield made


def chatted(client: OpenAI, *parts: Json, model: str = "grok-4") -> str:
    content: Any = [{"type": "text", "text": "What is it?"}, *parts]
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    return answer.choices[0].message.content or ""


def responded(client: OpenAI, *parts: Json, **more: Any) -> str:
    content: Any = [{"type": "input_text", "text": "What is it?"}, *parts]
    answer = client.responses.create(model="grok-4", input=[{"role": "user", "content": content}], **more)
    text: str = answer.output_text
    return text


def messaged(claude: Anthropic, *blocks: Json) -> str:
    content: Any = [{"type": "text", "text": "What is it?"}, *blocks]
    answer: Message = claude.messages.create(
        model="grok-4", max_tokens=100, messages=[{"role": "user", "content": content}]
    )
    return "".join(block.text for block in answer.content if block.type == "text")


def part_sent(house: MediaHouse) -> Json:
    """Return the last part that reached Grok's Responses surface."""
    part: Json = house.sent("/responses")[-1]["input"][-1]["content"][-1]
    return part


def picture_sent(house: MediaHouse) -> str:
    url: str = part_sent(house)["image_url"]
    return url


@pytest.mark.parametrize("kind", ["chat", "responses", "messages"])
@pytest.mark.parametrize("content", [PNG, WEBP, GIF], ids=["png", "webp", "gif"])
def test_a_picture_as_data(
    house: MediaHouse, client: OpenAI, claude: Anthropic, kind: str, content: bytes
) -> None:
    mime = "image/png" if content is PNG else "image/webp" if content is WEBP else "image/gif"
    url = data_url(content, mime)
    if kind == "chat":
        said = chatted(client, {"type": "image_url", "image_url": {"url": url}})
    elif kind == "responses":
        said = responded(client, {"type": "input_image", "image_url": url, "detail": "auto"}, store=False)
    else:
        data = url.partition(",")[2]
        source = {"type": "base64", "media_type": mime, "data": data}
        said = messaged(claude, {"type": "image", "source": source})
    assert "I see 1 image" in said
    arrived = picture_sent(house)
    assert arrived.startswith(("data:image/png;", "data:image/jpeg;"))
    assert opened(content_of(arrived)).size == opened(content).size
    if content is PNG:
        assert arrived == url


@pytest.mark.parametrize("kind", ["chat", "responses", "messages"])
def test_a_picture_at_an_address(house: MediaHouse, client: OpenAI, claude: Anthropic, kind: str) -> None:
    house.pages["/a.webp"] = WEBP
    addresses = {"https": "https://example.com/a.png", "http": f"{house.web}/a.webp"}
    for scheme, url in addresses.items():
        if kind == "chat":
            chatted(client, {"type": "image_url", "image_url": {"url": url}})
        elif kind == "responses":
            responded(client, {"type": "input_image", "image_url": url, "detail": "auto"})
        else:
            messaged(claude, {"type": "image", "source": {"type": "url", "url": url}})
        if scheme == "https":
            assert picture_sent(house) == url
        else:
            assert opened(content_of(picture_sent(house))).size == opened(WEBP).size


def test_a_picture_made_here_goes_in_again_by_its_link(house: MediaHouse, client: OpenAI) -> None:
    made = client.images.generate(model="grok-imagine-1.0", prompt="a fox", response_format="url")
    assert made.data is not None
    link = made.data[0].url or ""
    assert link.startswith("http://localhost")
    chatted(client, {"type": "image_url", "image_url": {"url": link}})
    assert opened(content_of(picture_sent(house))).format in {"PNG", "JPEG"}


@pytest.mark.parametrize("kind", ["chat", "responses", "messages"])
def test_an_uploaded_file(house: MediaHouse, client: OpenAI, claude: Anthropic, kind: str) -> None:
    identifier = client.files.create(file=("note.txt", TEXT), purpose="user_data").id
    if kind == "chat":
        said = chatted(client, {"type": "file", "file": {"file_id": identifier}})
    elif kind == "responses":
        said = responded(client, {"type": "input_file", "file_id": identifier})
    else:
        said = messaged(claude, {"type": "document", "source": {"type": "file", "file_id": identifier}})
    assert "marigold" in said
    assert part_sent(house)["file_id"] != identifier


def test_an_uploaded_picture(house: MediaHouse, client: OpenAI) -> None:
    identifier = client.files.create(file=("a.png", PNG), purpose="vision").id
    said = responded(client, {"type": "input_image", "file_id": identifier, "detail": "auto"})
    assert "I see 1 image" in said
    assert part_sent(house)["file_id"] != identifier


def test_the_items_of_a_stored_response_name_the_file_as_its_owner_may(
    house: MediaHouse, client: OpenAI
) -> None:
    identifier = client.files.create(file=("note.txt", TEXT), purpose="user_data").id
    content: Any = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_file", "file_id": identifier},
    ]
    made = client.responses.create(model="grok-4", input=[{"role": "user", "content": content}])
    kept = client.responses.input_items.list(made.id)
    shown: Json = kept.data[0].to_dict()
    named = shown["content"][1]["file_id"]
    assert client.files.retrieve(named).filename == "note.txt"
    content[1]["file_id"] = named
    again = client.responses.create(
        model="grok-4", previous_response_id=made.id, input=[{"role": "user", "content": content}]
    )
    assert again.status == "completed"


def test_a_file_of_another_key_is_not_there(house: MediaHouse, client: OpenAI) -> None:
    with openai_client(house.gateway, key=OTHER_KEY) as other:
        identifier = other.files.create(file=("note.txt", TEXT), purpose="user_data").id
    with pytest.raises(openai.BadRequestError) as caught:
        chatted(client, {"type": "file", "file": {"file_id": identifier}})
    assert caught.value.param == "messages[0].content[1].file.file_id"
    with pytest.raises(openai.BadRequestError) as caught:
        responded(client, {"type": "input_file", "file_id": identifier})
    assert caught.value.param == "input[0].content[1].file_id"
    assert house.sent("/responses") == []


def test_a_deleted_file_is_told(house: MediaHouse, client: OpenAI) -> None:
    identifier = client.files.create(file=("note.txt", TEXT), purpose="user_data").id
    client.files.delete(identifier)
    with pytest.raises(openai.BadRequestError) as caught:
        chatted(client, {"type": "file", "file": {"file_id": identifier}})
    assert caught.value.param == "messages[0].content[1].file.file_id"
    assert "no longer be read" in str(caught.value)


DOCUMENTS: list[tuple[str, Json]] = [
    ("chat", {"type": "file", "file": {"file_data": data_url(TEXT, "text/plain"), "filename": "n.txt"}}),
    ("responses", {"type": "input_file", "file_data": data_url(TEXT, "text/plain"), "filename": "n.txt"}),
    (
        "messages",
        {
            "type": "document",
            "title": "n.pdf",
            "source": {
                "type": "base64",
                "media_type": "application/pdf",
                "data": base64.b64encode(PDF).decode(),
            },
        },
    ),
]


@pytest.mark.parametrize(("kind", "part"), DOCUMENTS)
def test_a_document_inside_the_request(
    house: MediaHouse, client: OpenAI, claude: Anthropic, kind: str, part: Json
) -> None:
    ask: Any = {"chat": chatted, "responses": responded, "messages": messaged}[kind]
    said = ask(claude if kind == "messages" else client, part)
    assert "marigold" in said
    arrived = part_sent(house)
    assert base64.b64decode(arrived["file_data"]) in {TEXT, PDF}
    assert arrived["filename"] in {"n.txt", "n.pdf"}
    assert arrived["mime_type"] in {"text/plain", "application/pdf"}


def test_a_document_at_an_address(house: MediaHouse, client: OpenAI) -> None:
    house.pages["/note.txt"] = TEXT
    responded(client, {"type": "input_file", "file_url": "https://example.com/note.txt"})
    assert part_sent(house) == {"type": "input_file", "file_url": "https://example.com/note.txt"}
    assert "marigold" in responded(client, {"type": "input_file", "file_url": f"{house.web}/note.txt"})


def test_a_document_goes_to_a_model_that_reads(house: MediaHouse, client: OpenAI) -> None:
    assert "marigold" in chatted(client, DOCUMENTS[0][1], model="grok-3-fast")
    assert house.sent("/responses")[-1]["model"] == "grok-4.3"
    with pytest.raises(openai.BadRequestError) as caught:
        chatted(client, DOCUMENTS[0][1], model="grok-4.20-non-reasoning")
    assert (caught.value.code, caught.value.param) == (
        "unsupported_parameter",
        "messages[0].content[1].file.file_data",
    )


@pytest.mark.parametrize("kind", ["chat", "responses"])
def test_a_sound_is_heard_and_its_cost_is_told(house: MediaHouse, client: OpenAI, kind: str) -> None:
    sound = {"data": base64.b64encode(house.speech("marigold fields forever")).decode(), "format": "wav"}
    since = time.time()
    part = {"type": "input_audio", "input_audio": sound}
    said = chatted(client, part) if kind == "chat" else responded(client, part)
    assert "marigold fields forever" in said
    assert part_sent(house)["text"].startswith("[Transcript of an audio recording]\n")
    made = ledger_since(house.gateway.directory, since, rows=2)
    heard = [row for row in made if row["operation"] == "transcription"]
    assert [row["cost_ticks"] > 0 for row in heard] == [True]


def test_a_sound_is_heard_once_however_many_attempts_follow(house: MediaHouse, client: OpenAI) -> None:
    house.sandbox.scenario("status", status=500, match={"path": "/responses"}, times=1)
    sound = {"data": base64.b64encode(house.speech("hello")).decode(), "format": "wav"}
    chatted(client, {"type": "input_audio", "input_audio": sound})
    assert len(house.sandbox.calls("/stt")) == 1
    assert len(house.sent("/responses")) == 2


@pytest.mark.parametrize(
    ("part", "param"),
    [
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,###"}},
            "messages[0].content[1].image_url.url",
        ),
        (
            {"type": "image_url", "image_url": {"url": data_url(b"no picture", "image/png")}},
            "messages[0].content[1].image_url.url",
        ),
        (
            {"type": "image_url", "image_url": {"url": "http://169.254.169.254/latest"}},
            "messages[0].content[1].image_url.url",
        ),
        (
            {
                "type": "input_audio",
                "input_audio": {"data": base64.b64encode(TEXT).decode(), "format": "wav"},
            },
            "messages[0].content[1].input_audio.data",
        ),
        ({"type": "input_video", "video_url": "https://a/b.mp4"}, "messages[0].content[1]"),
    ],
)
def test_what_grok_cannot_take_never_reaches_it(
    house: MediaHouse, client: OpenAI, part: Json, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        chatted(client, part)
    assert caught.value.param == param
    assert house.sent("/responses") == []


def test_anthropics_clients_are_told_in_their_own_words(house: MediaHouse, claude: Anthropic) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(TEXT).decode()}
    with pytest.raises(BadRequestError, match="PNG or JPEG"):
        messaged(claude, {"type": "image", "source": source})


def test_results_of_tools_are_made_ready_too(house: MediaHouse, client: OpenAI, claude: Anthropic) -> None:
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
    output = [{"type": "input_image", "image_url": data_url(WEBP, "image/webp"), "detail": "auto"}]
    items: Any = [call, {"type": "function_call_output", "call_id": "c", "output": output}]
    client.responses.create(model="grok-4", input=items)
    (shown,) = house.sent("/responses")[-1]["input"][-1]["output"]
    assert shown["image_url"].startswith(("data:image/png;", "data:image/jpeg;"))
    picture = {
        "type": "image",
        "source": {
            "type": "base64",
            "media_type": "image/webp",
            "data": base64.b64encode(WEBP).decode(),
        },
    }
    messages: Any = [
        {"role": "user", "content": "look"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": [picture]}]},
    ]
    claude.messages.create(model="grok-4", max_tokens=50, messages=messages)
    (shown,) = house.sent("/responses")[-1]["input"][-1]["output"]
    assert shown["image_url"].startswith(("data:image/png;", "data:image/jpeg;"))


def test_a_count_costs_nothing_and_fetches_nothing(house: MediaHouse, client: OpenAI) -> None:
    sound = {"data": base64.b64encode(b"RIFF").decode(), "format": "wav"}
    content: Any = [
        {"type": "input_audio", "input_audio": sound},
        {"type": "input_image", "image_url": f"{house.web}/nowhere.png", "detail": "auto"},
    ]
    counted = client.responses.input_tokens.count(
        model="grok-4", input=[{"role": "user", "content": content}]
    )
    assert counted.input_tokens > 0
    assert house.sandbox.calls("/stt") == []
