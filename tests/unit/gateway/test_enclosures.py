"""What a request encloses is made into what Grok can take, or refused with its path."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import pytest

from grok2api.canonical.call import Call, Caller
from grok2api.config.settings import Settings
from grok2api.dialects.base import Envelope
from grok2api.dialects.chat.dialect import ChatDialect
from grok2api.dialects.responses.dialect import ResponsesDialect
from grok2api.errors import InvalidRequest, TooLarge, Unsupported
from grok2api.gateway.enclosures import HEARD, MOST_BYTES, Enclosures, EnclosureTools
from grok2api.gateway.own_media import OwnMedia
from grok2api.kit.sealedid import SealedIds
from grok2api.media.darkroom import Darkroom
from grok2api.storage.records import Asset
from grok2api.upstream.transport import Fetcher, FetchFailed
from support.pictures import drawn

Json = dict[str, Any]
IDS = SealedIds(b"e" * 64)
CHAT, RESPONSES = ChatDialect(IDS), ResponsesDialect(IDS)
PNG, JPEG, WEBP = drawn("PNG"), drawn("JPEG"), drawn("WEBP")
WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)
OURS = "http://localhost:8000/v1/media/a1?expires=1&signature=s"


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def data_url(content: bytes, mime: str) -> str:
    return f"data:{mime};base64,{text(content)}"


class World:
    """What can be fetched, what is ours, and what is heard; it counts who asks."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.owned: dict[str, tuple[str, bytes]] = {}
        self.says = "hello there"
        self.fetched: list[str] = []
        self.heard: list[tuple[bytes, str, str]] = []

    async def read(self, url: str, *, limit: int) -> bytes:
        self.fetched.append(url)
        if url not in self.pages or len(self.pages[url]) > limit:
            raise FetchFailed("no such page")
        return self.pages[url]

    async def asset(self, url: str, param: str) -> Asset | None:
        if url not in self.owned:
            return None
        kind, content = self.owned[url]
        return Asset(
            id=url,
            owner="key_1",
            kind=cast(Any, kind),
            mime="image/png",
            size=len(content),
            etag="e",
            created_at=0.0,
            last_used_at=0.0,
            host="h",
        )

    async def content(self, asset: Asset, *, kind: str, limit: int, param: str) -> bytes:
        if asset.kind != kind:
            raise InvalidRequest(f"'{param}' leads to a {asset.kind}.", param=param)
        return self.owned[asset.id][1]

    async def text_of(self, sound: bytes, declared: str, **more: Any) -> str:
        self.heard.append((sound, declared, more["param"]))
        return self.says


async def made(
    world: World,
    call: Call,
    dialect: ChatDialect | ResponsesDialect = CHAT,
    *,
    most_bytes: int = MOST_BYTES,
) -> list[Json]:
    """Return the parts of the message once they are ready."""
    async with Darkroom() as darkroom:
        tools = EnclosureTools(
            fetcher=cast(Fetcher, world), own=cast(OwnMedia, world), darkroom=darkroom, ear=world
        )
        ready = await Enclosures(tools, most_bytes=most_bytes).ready(call, dialect, Settings())
    assert ready.enclosures == ()
    field = "messages" if dialect is CHAT else "input"
    body: Json = json.loads(ready.body.content())
    parts: list[Json] = body[field][0]["content"]
    return parts


def chat(*parts: Json) -> Call:
    return _parsed(CHAT, {"messages": [{"role": "user", "content": list(parts)}]})


def responses(*parts: Json) -> Call:
    return _parsed(RESPONSES, {"input": [{"role": "user", "content": list(parts)}]})


def _parsed(dialect: ChatDialect | ResponsesDialect, body: Json) -> Call:
    envelope = Envelope(request_id="req_1", caller=Caller("key_1", "test"), received_at=0.0)
    return dialect.parse(json.dumps({"model": "grok-4", **body}).encode(), envelope)


def picture(url: str) -> Json:
    return {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


def address(part: Json) -> str:
    url: str = part["image_url"]["url"]
    return url


@pytest.mark.parametrize(
    "url",
    ["https://example.com/a.png", data_url(PNG, "image/png"), data_url(JPEG, "image/jpeg")],
)
async def test_what_grok_takes_as_it_is_travels_untouched(url: str) -> None:
    world, call = World(), chat(picture(url))
    assert await made(world, call) == [picture(url)]
    assert world.fetched == []


async def test_an_untouched_body_keeps_its_own_bytes() -> None:
    call = responses({"type": "input_image", "image_url": data_url(PNG, "image/png")})
    async with Darkroom() as darkroom:
        world = World()
        tools = EnclosureTools(
            fetcher=cast(Fetcher, world), own=cast(OwnMedia, world), darkroom=darkroom, ear=world
        )
        ready = await Enclosures(tools).ready(call, RESPONSES, Settings())
    assert ready.body is call.body


@pytest.mark.parametrize("declared", ["image/webp", "image/png"])
async def test_other_pictures_are_converted_whatever_they_are_called(declared: str) -> None:
    (part,) = await made(World(), chat(picture(data_url(WEBP, declared))))
    assert address(part).startswith(("data:image/png;base64,", "data:image/jpeg;base64,"))
    assert part["image_url"]["detail"] == "low"


async def test_a_wrong_type_is_put_right() -> None:
    (part,) = await made(World(), chat(picture(data_url(PNG, "image/jpeg"))))
    assert address(part) == data_url(PNG, "image/png")


async def test_base64_with_blanks_is_put_right() -> None:
    broken = data_url(PNG, "image/png")
    (part,) = await made(World(), chat(picture(broken[:40] + "\n " + broken[40:])))
    assert address(part) == broken


async def test_plain_http_is_fetched_by_us() -> None:
    world = World()
    world.pages["http://example.com/a.webp"] = WEBP
    (part,) = await made(world, chat(picture("http://example.com/a.webp")))
    assert address(part).startswith("data:image/")
    assert world.fetched == ["http://example.com/a.webp"]


async def test_a_link_of_ours_is_read_and_not_fetched() -> None:
    world = World()
    world.owned[OURS] = ("image", PNG)
    (part,) = await made(world, chat(picture(OURS)))
    assert address(part) == data_url(PNG, "image/png")
    assert world.fetched == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("data:image/png;base64,@@@@", "base64"),
        ("data:image/png,plain", "base64"),
        (data_url(b"hello there", "image/png"), "must be PNG or JPEG"),
        (data_url(b"<svg xmlns='x'></svg>", "image/svg+xml"), "SVG"),
        (data_url(PNG[:20], "image/png"), "picture"),
        ("ftp://example.com/a.png", "https address"),
        ("picture.png", "https address"),
        ("http://example.com/nothing.png", "could not be fetched"),
    ],
)
async def test_what_cannot_be_a_picture_is_refused_with_its_path(url: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await made(World(), chat({"type": "text", "text": "x"}, picture(url)))
    assert said in caught.value.public_message
    assert caught.value.param == "messages[0].content[1].image_url.url"
    assert caught.value.code == "invalid_value"


async def test_a_clip_of_ours_is_no_picture() -> None:
    world = World()
    world.owned[OURS] = ("video", b"clip")
    with pytest.raises(InvalidRequest, match="leads to a video"):
        await made(world, chat(picture(OURS)))


async def test_what_addresses_lead_to_is_bounded() -> None:
    world = World()
    for name in "ab":
        world.pages[f"http://example.com/{name}"] = WEBP
    with pytest.raises(TooLarge):
        await made(
            world,
            chat(*(picture(f"http://example.com/{name}") for name in "ab")),
            most_bytes=len(WEBP) + 1,
        )


@pytest.mark.parametrize(
    ("file", "name", "kind"),
    [
        ({"file_data": data_url(b"hello", "text/plain"), "filename": "a.txt"}, "a.txt", "text/plain"),
        ({"file_data": text(b"hello"), "filename": "a.md"}, "a.md", "text/markdown"),
        ({"file_data": data_url(b"a,b", "text/plain"), "filename": "a.csv"}, "a.csv", "text/csv"),
        ({"file_data": text(b"%PDF-1.7 x")}, "document.pdf", "application/pdf"),
        (
            {"file_data": data_url(b"%PDF-1.7 x", "text/plain"), "filename": "a.txt"},
            "a.txt",
            "application/pdf",
        ),
        ({"file_data": data_url(b"{}", "application/json")}, "document.json", "application/json"),
        ({"file_data": text(b"hello")}, "document.txt", "application/octet-stream"),
    ],
)
async def test_documents_go_as_plain_base64_with_a_name_and_a_type(file: Json, name: str, kind: str) -> None:
    (part,) = await made(World(), chat({"type": "file", "file": file}))
    carried = file["file_data"].rpartition(",")[2]
    assert part["file"] == {"file_data": carried, "filename": name, "mime_type": kind}


async def test_a_document_in_upstreams_own_form_travels_untouched() -> None:
    part = {
        "type": "input_file",
        "file_data": text(b"hello"),
        "filename": "a.txt",
        "mime_type": "text/plain",
    }
    assert await made(World(), responses(part), RESPONSES) == [part]


async def test_a_document_at_an_https_address_is_left_to_grok() -> None:
    part = {"type": "input_file", "file_url": "https://example.com/a.pdf"}
    world = World()
    assert await made(world, responses(part), RESPONSES) == [part]
    assert world.fetched == []


async def test_a_document_at_plain_http_travels_inside() -> None:
    world = World()
    world.pages["http://example.com/x/report.csv?v=1"] = b"a,b"
    part = {"type": "input_file", "file_url": "http://example.com/x/report.csv?v=1"}
    (ready,) = await made(world, responses(part), RESPONSES)
    assert ready == {
        "type": "input_file",
        "file_data": text(b"a,b"),
        "filename": "report.csv",
        "mime_type": "text/csv",
    }


async def test_broken_base64_is_no_document() -> None:
    with pytest.raises(InvalidRequest) as caught:
        await made(World(), chat({"type": "file", "file": {"file_data": "a*b="}}))
    assert caught.value.param == "messages[0].content[0].file.file_data"


async def test_a_video_among_the_files_is_refused_by_name() -> None:
    clip = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64)
    with pytest.raises(Unsupported, match="cannot see video"):
        await made(World(), chat({"type": "file", "file": {"file_data": text(clip)}}))


SOUND = {"type": "input_audio", "input_audio": {"data": text(WAV), "format": "wav"}}


async def test_a_sound_becomes_the_words_in_it() -> None:
    world = World()
    (part,) = await made(world, chat(SOUND))
    assert part == {"type": "text", "text": f"{HEARD}\nhello there"}
    assert world.heard == [(WAV, "wav", "messages[0].content[0].input_audio.data")]


async def test_silence_is_told() -> None:
    world = World()
    world.says = " "
    (part,) = await made(world, chat(SOUND))
    assert "nobody speaks" in part["text"]


@pytest.mark.parametrize(
    "file",
    [
        {"file_data": data_url(WAV, "audio/wav")},
        {"file_data": text(WAV), "filename": "memo.wav"},
        {"file_data": text(WAV), "filename": "memo.bin"},
    ],
)
async def test_a_recording_among_the_files_is_heard(file: Json) -> None:
    world = World()
    (part,) = await made(world, chat({"type": "file", "file": file}))
    assert part["text"].endswith("hello there")
    assert [sound for sound, _, _ in world.heard] == [WAV]


async def test_a_recording_at_an_address_is_fetched_and_heard() -> None:
    world = World()
    world.pages["https://example.com/memo.mp3"] = WAV
    part = {"type": "input_file", "file_url": "https://example.com/memo.mp3", "filename": "memo.mp3"}
    (ready,) = await made(world, responses(part), RESPONSES)
    assert ready["type"] == "input_text"
    assert world.fetched == ["https://example.com/memo.mp3"]


async def test_nothing_is_heard_for_a_request_that_is_refused_anyway() -> None:
    world = World()
    with pytest.raises(InvalidRequest):
        await made(world, chat(SOUND, picture("data:image/png;base64,@@@@")))
    assert world.heard == []
