"""Models of pictures and clips answer conversations: every dialect, whole and streamed, in every form."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from anthropic import Anthropic
from openai import OpenAI

from support.media_house import MediaHouse, content_of, data_url, media_house
from support.observing import Caller, events_of, eventually, ledger, ledger_since
from support.pictures import drawn, opened
from support.processes import Sandbox, request
from support.sdk import anthropic_client, openai_client

Json = dict[str, Any]
PICTURES, CLIPS = "grok-imagine-1.0", "grok-imagine-1.0-video"
QUICK = "a cat !sandbox:seconds=0.2"
_MARKDOWN = re.compile(r"!\[image\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def shared(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaHouse]:
    with media_house(tmp_path_factory.mktemp("drawing"), shared_sandbox) as started:
        yield started


@pytest.fixture
def house(shared: MediaHouse, sandbox: Sandbox) -> MediaHouse:
    return shared


@pytest.fixture
def client(house: MediaHouse) -> Iterator[OpenAI]:
    with openai_client(house.gateway) as made:
        yield made


@pytest.fixture
def claude(house: MediaHouse) -> Iterator[Anthropic]:
    with anthropic_client(house.gateway) as made:
        yield made


def asked(
    client: OpenAI, claude: Anthropic, kind: str, prompt: str, *, model: str, stream: bool, **more: Any
) -> str:
    """Return the text of an answer, whichever SDK asks for it and however."""
    said: Any = [{"role": "user", "content": prompt}]
    if kind == "chat":
        if stream:
            chunks = client.chat.completions.create(model=model, messages=said, stream=True, extra_body=more)
            return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        answer = client.chat.completions.create(model=model, messages=said, extra_body=more)
        return answer.choices[0].message.content or ""
    if kind == "responses":
        if stream:
            with client.responses.stream(model=model, input=said, extra_body=more) as events:
                return events.get_final_response().output_text
        return client.responses.create(model=model, input=said, extra_body=more).output_text
    arguments: Any = {"model": model, "max_tokens": 100, "messages": said, "extra_body": more}
    if stream:
        with claude.messages.stream(**arguments) as blocks:
            final = blocks.get_final_message()
    else:
        final = claude.messages.create(**arguments)
    return "".join(block.text for block in final.content if block.type == "text")


def behind(link: str) -> bytes:
    """Return what a link leads to, which needs no key."""
    status, _, content = request("GET", link)
    assert status == 200
    return content


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind", ["chat", "responses", "messages"])
def test_a_picture_is_the_answer(
    house: MediaHouse, client: OpenAI, claude: Anthropic, kind: str, stream: bool
) -> None:
    text = asked(client, claude, kind, "a red fox", model=PICTURES, stream=stream)
    (link,) = _MARKDOWN.findall(text)
    assert opened(behind(link)).size[0] > 0
    (sent,) = house.sent("/images/generations")
    assert (sent["prompt"], sent["model"], sent["n"]) == ("a red fox", "grok-imagine-image", 1)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind", ["chat", "responses", "messages"])
def test_a_clip_is_the_answer(
    house: MediaHouse, client: OpenAI, claude: Anthropic, kind: str, stream: bool
) -> None:
    text = asked(client, claude, kind, QUICK, model=CLIPS, stream=stream)
    found = re.fullmatch(r'<video controls preload="metadata" src="([^"]+)"></video>', text)
    assert found is not None, text
    assert behind(found[1])[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("url", r"!\[image\]\(http://localhost[^)]+\)"),
        ("link", r"http://localhost\S+"),
        ("base64", r"!\[image\]\(data:image/[a-z]+;base64,[A-Za-z0-9+/=]+\)"),
        ("b64_json", r"!\[image\]\(data:image/[a-z]+;base64,[A-Za-z0-9+/=]+\)"),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_picture_in_every_form(
    client: OpenAI, claude: Anthropic, form: str, pattern: str, stream: bool
) -> None:
    config = {"image_config": {"response_format": form}}
    for kind in ("chat", "responses", "messages"):
        text = asked(client, claude, kind, "a fox", model=PICTURES, stream=stream, **config)
        assert re.fullmatch(pattern, text), text[:200]
        if "base64" in pattern:
            assert opened(content_of(text.partition("(")[2].rstrip(")"))).size[0] > 0


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("html", r"<video [^>]+></video>"),
        ("markdown", r"\[video\]\(http\S+\)"),
        ("url", r"http://localhost\S+"),
    ],
)
def test_a_clip_in_every_form(client: OpenAI, claude: Anthropic, form: str, pattern: str) -> None:
    config = {"video_config": {"response_format": form}}
    text = asked(client, claude, "chat", QUICK, model=CLIPS, stream=False, **config)
    assert re.fullmatch(pattern, text), text


def test_the_settings_decide_where_the_request_does_not(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {
        "GROK2API_APP__IMAGE_FORMAT": "base64",
        "GROK2API_APP__VIDEO_FORMAT": "url",
        "GROK2API_APP__APP_URL": "https://grok.example.com",
    }
    with (
        media_house(tmp_path_factory.mktemp("formats"), sandbox, **settings) as house,
        openai_client(house.gateway) as client,
    ):
        said: Any = [{"role": "user", "content": QUICK}]
        picture = client.chat.completions.create(model=PICTURES, messages=said)
        clip = client.chat.completions.create(model=CLIPS, messages=said)
    assert (picture.choices[0].message.content or "").startswith("![image](data:image/")
    assert (clip.choices[0].message.content or "").startswith("https://grok.example.com/v1/media/")


def test_what_is_asked_of_a_picture_reaches_grok(house: MediaHouse, client: OpenAI) -> None:
    config = {"n": 2, "size": "1024x1536", "resolution": "2k", "style": "vivid"}
    answer = client.chat.completions.with_raw_response.create(
        model=PICTURES,
        messages=[{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": "a fox"}],
        temperature=0.3,
        extra_body={"image_config": config},
    )
    assert answer.headers["x-grok2api-dropped-params"] == "image_config.style,temperature"
    assert answer.headers["x-grok2api-upstream-model"] == "grok-imagine-image"
    (sent,) = house.sent("/images/generations")
    assert {name: sent[name] for name in ("n", "aspect_ratio", "resolution", "prompt")} == {
        "n": 2,
        "aspect_ratio": "2:3",
        "resolution": "2k",
        "prompt": "a fox",
    }
    assert len(_MARKDOWN.findall(answer.parse().choices[0].message.content or "")) == 2


def test_what_is_asked_of_a_clip_reaches_grok(house: MediaHouse, client: OpenAI) -> None:
    config = {"aspect_ratio": "9:16", "video_length": 6, "resolution_name": "720p", "preset": "fun"}
    answer = client.chat.completions.with_raw_response.create(
        model=CLIPS,
        messages=[{"role": "user", "content": QUICK}],
        extra_body={"video_config": config},
    )
    assert answer.headers["x-grok2api-dropped-params"] == "video_config.preset"
    (sent,) = house.sent("/videos/generations")
    assert (sent["aspect_ratio"], sent["duration"], sent["resolution"]) == ("9:16", 6, "720p")


def test_pictures_of_the_last_message_are_edited(house: MediaHouse, client: OpenAI) -> None:
    parts: Any = [
        {"type": "text", "text": "as one"},
        {"type": "image_url", "image_url": {"url": data_url(drawn("PNG"), "image/png")}},
        {"type": "image_url", "image_url": {"url": "https://example.com/b.png"}},
    ]
    client.chat.completions.create(model=PICTURES, messages=[{"role": "user", "content": parts}])
    (sent,) = house.sent("/images/edits")
    assert [image["url"][:22] for image in sent["images"]] == [
        "data:image/png;base64,",
        "https://example.com/b.",
    ]


def test_an_uploaded_picture_is_edited_where_it_lies(house: MediaHouse, client: OpenAI) -> None:
    identifier = client.files.create(file=("a.png", drawn("PNG")), purpose="vision").id
    parts: Any = [
        {"type": "input_text", "text": "make it blue"},
        {"type": "input_image", "file_id": identifier, "detail": "auto"},
    ]
    answer = client.responses.create(model=PICTURES, input=[{"role": "user", "content": parts}])
    assert answer.output_text
    (sent,) = house.sent("/images/edits")
    assert sent["image"]["file_id"] not in {"", identifier}


@pytest.mark.parametrize("form", ["url", "base64", "link"])
@pytest.mark.parametrize("kind", ["chat", "responses"])
def test_the_picture_made_before_is_meant(
    house: MediaHouse, client: OpenAI, claude: Anthropic, kind: str, form: str
) -> None:
    config = {"image_config": {"response_format": form}}
    first = asked(client, claude, kind, "a fox", model=PICTURES, stream=False, **config)
    said: Any = [
        {"role": "user", "content": "a fox"},
        {"role": "assistant", "content": first},
        {"role": "user", "content": "make it blue"},
    ]
    if kind == "chat":
        client.chat.completions.create(model=PICTURES, messages=said)
    else:
        client.responses.create(model=PICTURES, input=said)
    (sent,) = house.sent("/images/edits")
    assert sent["prompt"] == "make it blue"
    assert opened(content_of(sent["image"]["url"])).size[0] > 0


def test_the_picture_made_before_is_filmed(house: MediaHouse, client: OpenAI, claude: Anthropic) -> None:
    first = asked(client, claude, "chat", "a fox", model=PICTURES, stream=False)
    said: Any = [{"role": "assistant", "content": first}, {"role": "user", "content": QUICK}]
    client.chat.completions.create(model=CLIPS, messages=said)
    (sent,) = house.sent("/videos/generations")
    assert sent["image"]["url"].startswith("data:image/")


def test_a_link_that_is_none_of_ours_is_told(house: MediaHouse, client: OpenAI) -> None:
    link = f"{house.gateway.base_url}/media/00000000000000000000000000000000?expires=1&signature=no"
    said: Any = [
        {"role": "assistant", "content": f"![image]({link})"},
        {"role": "user", "content": "make it blue"},
    ]
    client.chat.completions.create(model=PICTURES, messages=said)
    assert house.sent("/images/edits") == []


def test_progress_is_reasoning_and_can_be_turned_off(house: MediaHouse, client: OpenAI) -> None:
    said: Any = [{"role": "user", "content": QUICK}]
    for thinking, shown in (("enabled", True), ("disabled", False)):
        chunks = list(
            client.chat.completions.create(
                model=CLIPS, messages=said, stream=True, extra_body={"thinking": {"type": thinking}}
            )
        )
        deltas = [chunk.choices[0].delta.model_extra or {} for chunk in chunks if chunk.choices]
        thought = "".join(delta.get("reasoning_content") or "" for delta in deltas)
        assert ("video_" in thought) is shown


def test_a_client_that_leaves_does_not_lose_the_clip(house: MediaHouse) -> None:
    body = {
        "model": CLIPS,
        "stream": True,
        "messages": [{"role": "user", "content": "slow !sandbox:seconds=1"}],
    }
    with Caller(house.gateway, "/chat/completions", body) as caller:
        caller.read_until(b"video_")

    def listed() -> Json | None:
        videos: list[Json] = json.loads(house.gateway.get("/videos")[2])["data"]
        return next((video for video in videos if video["prompt"].startswith("slow")), None)

    eventually(lambda: (listed() or {}).get("status") == "completed", "the clip in the list", 1200)
    assert len(house.sent("/videos/generations")) == 1


def rows(house: MediaHouse) -> list[Json]:
    return [dict(row) for row in ledger(house.gateway.directory)]


def test_a_picture_is_paid_by_its_conversation_and_a_clip_by_itself(
    house: MediaHouse, client: OpenAI
) -> None:
    since = time.time()
    said: Any = [{"role": "user", "content": QUICK}]
    picture = client.chat.completions.create(model=PICTURES, messages=said)
    assert picture.usage is not None
    assert (picture.usage.model_extra or {})["cost_in_usd_ticks"] == 200_000_000
    clip = client.chat.completions.create(model=CLIPS, messages=said)
    assert clip.usage is not None
    cost = (clip.usage.model_extra or {})["cost_in_usd_ticks"]
    made = ledger_since(house.gateway.directory, since, rows=3)
    charged = sorted((row["operation"], row["model"], row["cost_ticks"]) for row in made)
    assert charged == sorted([("chat", PICTURES, 200_000_000), ("chat", CLIPS, 0), ("videos", CLIPS, cost)])


def test_a_clip_that_xai_refuses_is_one_row(house: MediaHouse, client: OpenAI) -> None:
    since = time.time()
    said: Any = [{"role": "user", "content": "a cat !sandbox:safety"}]
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=CLIPS, messages=said)
    client.chat.completions.create(model=PICTURES, messages=[{"role": "user", "content": QUICK}])
    refused, drawn = ledger_since(house.gateway.directory, since, rows=2)
    assert (drawn["model"], drawn["end"]) == (PICTURES, "completed")
    assert (refused["operation"], refused["end"], refused["error_code"], refused["attempts"]) == (
        "chat",
        "refused",
        "content_policy_violation",
        1,
    )
    assert refused["credential_id"]


def test_what_is_withheld_is_told(house: MediaHouse, client: OpenAI) -> None:
    said: Any = [{"role": "user", "content": "a fox !sandbox:moderated=1"}]
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=PICTURES, messages=said)
    assert caught.value.code == "content_policy_violation"
    some = client.chat.completions.create(
        model=PICTURES, messages=said, extra_body={"image_config": {"n": 3}}
    )
    text = some.choices[0].message.content or ""
    assert len(_MARKDOWN.findall(text)) == 2
    assert "1 of 3 pictures" in text


@pytest.mark.parametrize("path", ["/chat/completions", "/responses", "/messages"])
def test_a_clip_that_fails_ends_the_stream_as_a_failure(house: MediaHouse, path: str) -> None:
    said = [{"role": "user", "content": "a cat !sandbox:job_failed !sandbox:seconds=0.2"}]
    body: Json = {"model": CLIPS, "stream": True, "max_tokens": 9, "messages": said}
    if path == "/responses":
        body = {"model": CLIPS, "stream": True, "input": said}
    status, _, answer = house.gateway.post(path, body)
    assert status == 200
    events = events_of(answer)
    told = json.dumps([event.data for event in events[-2:]])
    assert '"error"' in told
    if path == "/chat/completions":
        assert events[-1].data != "[DONE]"
    elif path == "/responses":
        assert [event.name for event in events if event.name.startswith("response.fail")] == [
            "response.failed"
        ]


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"image_config": {"n": 11}}, "image_config.n", "invalid_value"),
        ({"image_config": {"response_format": "gif"}}, "image_config.response_format", "invalid_value"),
        ({"image_config": [1]}, "image_config", "invalid_value"),
        (
            {"messages": [{"role": "system", "content": "x"}]},
            "messages",
            "missing_required_parameter",
        ),
    ],
)
def test_what_such_a_model_cannot_do_is_refused_by_name(
    house: MediaHouse, body: Json, param: str, code: str
) -> None:
    said = [{"role": "user", "content": "a fox"}]
    status, _, answer = house.gateway.post("/chat/completions", {"model": PICTURES, "messages": said, **body})
    error = json.loads(answer)["error"]
    assert (status, error["param"], error["code"]) == (400, param, code)
    assert house.sandbox.calls("/images") == []


def test_a_stored_response_cannot_be_gone_on_from(house: MediaHouse, client: OpenAI) -> None:
    first = client.responses.create(model="grok-4", input="hello")
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model=PICTURES, input="a fox", previous_response_id=first.id)
    assert caught.value.param == "previous_response_id"
    drawn_first = client.responses.create(model=PICTURES, input="a fox")
    assert drawn_first.to_dict()["store"] is False
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(drawn_first.id)


def test_upstreams_own_ids_and_a_model_that_is_not_listed(house: MediaHouse, client: OpenAI) -> None:
    assert "![image](" in (
        client.chat.completions.create(
            model="grok-imagine-image-2.0", messages=[{"role": "user", "content": "a fox"}]
        )
        .choices[0]
        .message.content
        or ""
    )
    listed = {model.id for model in client.models.list()}
    assert {PICTURES, CLIPS, "grok-imagine-image-2.0"} <= listed


def test_a_picture_that_a_model_of_text_had_made_comes_unharmed(house: MediaHouse, client: OpenAI) -> None:
    answer = client.responses.create(
        model="grok-4", input="Draw a fox.", tools=[{"type": "image_generation"}], store=False
    )
    made = [item for item in answer.output if item.type == "image_generation_call"]
    assert made
    content = base64.b64decode(made[0].result or "", validate=True)
    assert opened(content).size[0] > 0


def test_a_background_response_may_be_a_clip(client: OpenAI) -> None:
    made = client.responses.create(model=CLIPS, input=QUICK, background=True)

    def look() -> Any:
        found = client.responses.retrieve(made.id)
        return found if found.status not in {"queued", "in_progress"} else None

    done = eventually(look, "the clip", 1200)
    assert (done.id, done.status) == (made.id, "completed")
    assert "<video " in done.output_text


def test_a_connection_remembers_what_was_drawn(house: MediaHouse, client: OpenAI) -> None:
    with client.responses.connect() as connection:
        connection.response.create(model=PICTURES, input="a fox")
        first = final_of(connection)
        connection.response.create(model=PICTURES, input="make it blue", previous_response_id=first.id)
        second = final_of(connection)
        connection.response.create(model="grok-4", input="say exactly: nice", previous_response_id=second.id)
        assert final_of(connection).output_text == "nice"
    (sent,) = house.sent("/images/edits")
    assert sent["prompt"] == "make it blue"
    assert opened(content_of(sent["image"]["url"])).size[0] > 0


def final_of(connection: Any) -> Any:
    """Return the response of one turn."""
    return next(event.response for event in connection if event.type == "response.completed")


def test_what_a_connection_was_sent_is_made_ready_once(house: MediaHouse, client: OpenAI) -> None:
    sound = {"data": base64.b64encode(house.speech("remember marigold")).decode(), "format": "wav"}
    content: Any = [{"type": "input_audio", "input_audio": sound}]
    with client.responses.connect() as connection:
        connection.response.create(model="grok-4", input=[{"role": "user", "content": content}], store=False)
        first = final_of(connection)
        connection.response.create(
            model="grok-4", input="and now?", store=False, previous_response_id=first.id
        )
        final_of(connection)
    assert len(house.sandbox.calls("/stt")) == 1
    items = house.sent("/responses")[-1]["input"]
    assert items[0]["content"][0]["text"].endswith("remember marigold")


def test_a_connection_goes_on_with_the_account_of_its_files(house: MediaHouse, client: OpenAI) -> None:
    identifier = client.files.create(file=("note.txt", b"marigold"), purpose="user_data").id
    content: Any = [{"type": "input_file", "file_id": identifier}]
    with client.responses.connect() as connection:
        connection.response.create(model="grok-4", input=[{"role": "user", "content": content}], store=False)
        first = final_of(connection)
        connection.response.create(
            model="grok-4", input="and now?", store=False, previous_response_id=first.id
        )
        final_of(connection)
    one, other = house.sandbox.calls("/responses")
    assert one["key"] == other["key"]
    named = [body["input"][0]["content"][0]["file_id"] for body in house.sent("/responses")]
    assert named[0] == named[1]
    assert identifier not in named


def test_progress_is_thinking_to_whoever_asks_for_it(claude: Anthropic) -> None:
    arguments: Any = {
        "model": CLIPS,
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": QUICK}],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    with claude.messages.stream(**arguments) as events:
        answer = events.get_final_message()
    assert [block.type for block in answer.content] == ["thinking", "text"]
    again: Any = [
        *arguments["messages"],
        {"role": "assistant", "content": [block.to_dict() for block in answer.content]},
        {"role": "user", "content": "say exactly: fine"},
    ]
    told = claude.messages.create(model="grok-4", max_tokens=50, messages=again)
    assert [block.text for block in told.content if block.type == "text"] == ["fine"]
