"""Answers with pictures: xAI's read whole or not at all, OpenAI's as its own types want them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from openai import BaseModel
from openai.types import (
    ImageEditCompletedEvent,
    ImageEditPartialImageEvent,
    ImageGenCompletedEvent,
    ImageGenPartialImageEvent,
    ImagesResponse,
)

from grok2api.dialects.images.answer import ImageUsage, Shown, answer_body, read_answer
from grok2api.dialects.images.events import EventWriter, error_event
from grok2api.errors import ContentRefused

CONTENT = b"\xff\xd8\xff picture"
TEXT = base64.b64encode(CONTENT).decode()


def answer(*items: dict[str, Any], usage: Any = None) -> bytes:
    return json.dumps({"data": items, "usage": usage}).encode()


def test_pictures_and_links_are_read() -> None:
    read = read_answer(
        answer(
            {"b64_json": TEXT, "mime_type": "image/jpeg", "revised_prompt": "a", "respect_moderation": True},
            {"url": "https://imgen.x.ai/1", "b64_json": None},
            {"b64_json": f"data:image/jpeg;base64,{TEXT}"},
            usage={"cost_in_usd_ticks": 7},
        ),
        3,
    )
    assert [(each.content, each.url, each.revised_prompt) for each in read.pictures] == [
        (CONTENT, "", "a"),
        (b"", "https://imgen.x.ai/1", None),
        (CONTENT, "", None),
    ]
    assert (read.withheld, read.usage) == (0, ImageUsage(cost_ticks=7, told=True))


@pytest.mark.parametrize(
    "item",
    [
        {"respect_moderation": False},
        {"respect_moderation": False, "b64_json": TEXT},
        {"respect_moderation": True},
        {"url": "", "b64_json": ""},
    ],
)
def test_what_is_withheld_is_counted(item: dict[str, Any]) -> None:
    read = read_answer(answer({"b64_json": TEXT}, item), 2)
    assert (len(read.pictures), read.withheld) == (1, 1)


def test_what_is_just_not_there_counts_too() -> None:
    assert read_answer(answer({"b64_json": TEXT}), 3).withheld == 2
    assert read_answer(answer(), 1).withheld == 1


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"data":{}}', answer({"b64_json": "no base64!"}), b"\xff"]
)
def test_what_cannot_be_read_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_answer(content, 1)


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        (None, ImageUsage()),
        ({}, ImageUsage()),
        (
            {"input_tokens": 9, "output_tokens": 20, "input_tokens_details": {"image_tokens": 4}},
            ImageUsage(5, 4, 0, 20, None, told=True),
        ),
        ({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}, ImageUsage(3, 0, 0, 2, told=True)),
        ({"cost_in_usd_ticks": -1, "input_tokens": "9"}, ImageUsage(told=True)),
        ({"input_tokens": 3, "input_tokens_details": {"image_tokens": 9}}, ImageUsage(0, 3, told=True)),
    ],
)
def test_a_usage_is_whole_whatever_was_told(told: Any, usage: ImageUsage) -> None:
    read = read_answer(answer({"b64_json": TEXT}, usage=told), 1).usage
    assert read == usage
    shown = read.told_to_clients()
    assert shown["total_tokens"] == shown["input_tokens"] + shown["output_tokens"]  # type: ignore[operator]
    assert read.for_ledger().estimated is not read.told


def test_usages_add_up() -> None:
    one = ImageUsage(1, 2, 3, 4, 5, told=True)
    assert one + one == ImageUsage(2, 4, 6, 8, 10, told=True)
    assert ImageUsage() + one == one
    assert (ImageUsage() + ImageUsage()).cost_ticks is None


PNG = Shown(mime="image/png", size="8x4", content=CONTENT, revised_prompt="a")
LINK = Shown(mime="image/jpeg", size="4x4", url="https://here/1")


def test_an_answer_is_openai_s() -> None:
    told = ImageUsage(cost_ticks=7, told=True)
    body = json.loads(answer_body([PNG], created=5, quality="low", usage=told))
    ImagesResponse.model_validate(body, strict=True)
    assert body["data"] == [{"b64_json": TEXT, "mime_type": "image/png", "revised_prompt": "a"}]
    assert (body["size"], body["output_format"], body["quality"]) == ("8x4", "png", "low")
    assert body["usage"]["cost_in_usd_ticks"] == 7


def test_what_differs_among_pictures_is_not_said_of_all() -> None:
    body = json.loads(answer_body([PNG, LINK], created=5, quality="auto", usage=ImageUsage()))
    ImagesResponse.model_validate(body, strict=True)
    assert set(body) == {"created", "data"}
    assert body["data"][1] == {"url": "https://here/1", "mime_type": "image/jpeg"}


def event_of(frame: bytes) -> tuple[str, Any]:
    name, data = frame.decode().removesuffix("\n\n").split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_events_are_openai_s() -> None:
    usage = ImageUsage(cost_ticks=7, told=True)
    kinds_of: dict[bool, tuple[type[BaseModel], type[BaseModel]]] = {
        False: (ImageGenPartialImageEvent, ImageGenCompletedEvent),
        True: (ImageEditPartialImageEvent, ImageEditCompletedEvent),
    }
    for edits, kinds in kinds_of.items():
        writer = EventWriter(edits=edits, created=5, quality="low")
        frames = (writer.preview(PNG, b"small", "image/jpeg"), writer.completed(PNG, CONTENT, usage))
        for frame, kind in zip(frames, kinds, strict=True):
            name, data = event_of(frame)
            kind.model_validate(data, strict=True)
            assert name == data["type"]
            assert "url" not in data
    assert event_of(writer.completed(LINK, CONTENT, usage))[1]["url"] == "https://here/1"


def test_an_error_has_its_own_event() -> None:
    name, data = event_of(error_event(ContentRefused("no")))
    assert (name, data["type"], data["error"]["code"]) == ("error", "error", "content_policy_violation")
