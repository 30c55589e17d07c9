"""Forms that clients send: read alike however they are cut, and bounded in everything."""

from __future__ import annotations

import asyncio
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive

from grok2api.api.body import ClientGone
from grok2api.api.context import RequestContext
from grok2api.api.multipart import Form, FormRules, is_multipart, read_form
from grok2api.errors import (
    Grok2ApiError,
    InvalidRequest,
    RequestTimeout,
    StorageError,
    TooLarge,
    UnsupportedMediaType,
)
from grok2api.kit.multipart import Field, File, InMemory, MultipartBody

RULES = FormRules(body=1_000_000, seconds=10.0, deadline=60.0)
TYPE = "multipart/form-data; boundary=XX"


def context(content_type: str = TYPE, **headers: str) -> RequestContext:
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return RequestContext({b"content-type": content_type.encode("latin-1"), **named}, "")


def open_files() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208


def receiving(*pieces: bytes) -> Receive:
    """Return what gives the pieces of a body, and then nothing for ever."""
    left = [*pieces]

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    return receive


def part(content: bytes, *heads: str) -> bytes:
    return (
        b"--XX\r\n" + "".join(f"{head}\r\n" for head in heads).encode("latin-1") + b"\r\n" + content + b"\r\n"
    )


def named(name: str, filename: str | None = None) -> str:
    tail = "" if filename is None else f'; filename="{filename}"'
    return f'Content-Disposition: form-data; name="{name}"{tail}'


END = b"--XX--\r\n"
Shown = tuple[dict[str, list[str]], list[tuple[str, str, str, bytes, bytes]], list[str]]


async def shown(form: Form) -> Shown:
    files = [
        (file.name, file.filename, file.content_type, file.head, await file.content()) for file in form.files
    ]
    return form.fields, files, form.order


async def read(*pieces: bytes, rules: FormRules = RULES, content_type: str = TYPE) -> Shown:
    async with read_form(context(content_type), receiving(*pieces), rules) as form:
        return await shown(form)


async def refused(*pieces: bytes, rules: FormRules = RULES, content_type: str = TYPE) -> Grok2ApiError:
    with pytest.raises(Grok2ApiError) as caught:
        await read(*pieces, rules=rules, content_type=content_type)
    return caught.value


TRICKY = st.lists(
    st.sampled_from([b"\r\n", b"--", b"XX", b"\r\n--XX", b"\r", b"\n", b"-", b" ", b"\t", b"a", b"\xff\x00"]),
    max_size=8,
).map(b"".join)


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[start:end] for start, end in itertools.pairwise(edges)] or [body]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "file"]), st.booleans(), TRICKY), max_size=4),
    st.lists(st.integers(0, 10_000), max_size=12),
)
def test_a_form_comes_out_as_it_went_in_however_it_is_cut(
    parts: list[tuple[str, bool, bytes]], places: list[int]
) -> None:
    body = MultipartBody(
        [
            File(name, f"{name}.bin", InMemory(content), "text/x-thing")
            if is_file
            else Field(name, content.decode("latin-1"))
            for name, is_file, content in parts
        ],
        boundary="XXY",
    )

    async def scenario() -> None:
        raw = b"".join([chunk async for chunk in body.chunks()])
        rules = FormRules(body=1_000_000, seconds=10.0, deadline=60.0)
        fields, files, order = await read(*cut(raw, places), rules=rules, content_type=body.content_type)
        for name, values in fields.items():
            assert values == [each[2].decode("latin-1") for each in parts if each[:2] == (name, False)]
        assert order == [name for name, _, _ in parts]
        assert [(each[0], each[1], each[2], each[4]) for each in files] == [
            (name, f"{name}.bin", "text/x-thing", content) for name, is_file, content in parts if is_file
        ]

    asyncio.run(scenario())


@given(
    st.lists(
        st.sampled_from([b"--XX\r\n", b"--XX--", b"\r\n", named("a").encode(), b"\r\n\r\n", b":", b"x", b"-"])
    ),
    st.lists(st.integers(0, 10_000), max_size=8),
)
def test_whatever_is_sent_is_answered_alike_however_it_is_cut(tokens: list[bytes], places: list[int]) -> None:
    raw = b"".join(tokens)

    async def outcome(*pieces: bytes) -> object:
        try:
            return await read(*pieces)
        except InvalidRequest as error:
            return error.status

    assert asyncio.run(outcome(raw)) == asyncio.run(outcome(*cut(raw, places)))


async def test_fields_keep_their_order_and_files_their_bytes() -> None:
    fields, files, order = await read(
        part(b"1", named("n")),
        part(b"\x89PNG", named("image[]", "a.png"), "Content-Type: image/png"),
        part("größe".encode(), named("prompt")),
        part(b"2", named("n")),
        END + b"anything after the end",
    )
    assert fields == {"n": ["1", "2"], "prompt": ["größe"]}
    assert files == [("image[]", "a.png", "image/png", b"\x89PNG", b"\x89PNG")]
    assert order == ["n", "image[]", "prompt", "n"]


async def test_a_form_helps_to_read_it() -> None:
    body = [
        part(b"1", named("n")),
        part(b"2", named("n")),
        part(b"x", named("k[]")),
        part(b"", named("i[0]", "f")),
        END,
    ]
    async with read_form(context(), receiving(*body), RULES) as form:
        assert form.text("none") is None
        assert form.texts("k") == ["x"]
        assert [file.name for file in form.files_of("i")] == ["i[0]"]
        with pytest.raises(InvalidRequest, match="2 times"):
            form.text("n")
        with pytest.raises(InvalidRequest, match="not a file"):
            form.text("i[0]")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        (r"C:\\fakepath\\a.png", "a.png"),
        ("a%22b.txt", 'a"b.txt'),
        ("", ""),
        ("n\x01ul.txt", "nul.txt"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("größe 大.txt".encode().decode("latin-1"), "größe 大.txt"),
    ],
)
async def test_a_file_s_name_has_no_path_and_nothing_unprintable(sent: str, kept: str) -> None:
    _, files, _ = await read(part(b"", named("file", sent)), END)
    assert files[0][1] == kept


async def test_a_name_in_the_extended_notation_makes_a_file_too() -> None:
    disposition = "Content-Disposition: form-data; name=file; filename*=utf-8''gr%C3%B6%C3%9Fe.txt"
    _, files, _ = await read(part(b"x", disposition), END)
    assert files[0][:2] == ("file", "größe.txt")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "ends before"),
        (b"no form at all", "begin with the boundary"),
        (b"--YY\r\n", "begin with the boundary"),
        (part(b"x", named("a")), "ends before"),
        (part(b"x", named("a")) + b"--XX", "ends before"),
        (part(b"x") + END, "Content-Disposition"),
        (part(b"x", "Content-Disposition: attachment; name=a") + END, "Content-Disposition"),
        (part(b"x", "Content-Disposition: form-data") + END, "Content-Disposition"),
        (part(b"x", named("a"), named("b")) + END, "two 'content-disposition'"),
        (part(b"x", named("a"), "Content-Transfer-Encoding: base64") + END, "base64"),
        (part(b"x", named("a"), "No colon here") + END, "cannot be read"),
        (part(b"x", named("a"), "X: " + "y" * 5000) + END, "cannot be read"),
        (part(b"x", named("a"), *(f"X-{n}: 1" for n in range(20))) + END, "cannot be read"),
        (part(b"\xff", named("a")) + END, "UTF-8"),
    ],
)
async def test_a_malformed_form_is_refused_with_the_reason(body: bytes, word: str) -> None:
    error = await refused(body)
    assert (error.status, error.code) == (400, "invalid_value")
    assert word in error.public_message


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 201],
)
async def test_a_boundary_that_cannot_be_used_is_refused(content_type: str) -> None:
    error = await refused(END, content_type=content_type)
    assert error.status == 400
    assert "boundary" in error.public_message


@pytest.mark.parametrize("content_type", ["application/json", "", "multipart/mixed; boundary=XX"])
async def test_another_kind_of_body_is_refused_by_name(content_type: str) -> None:
    error = await refused(END, content_type=content_type)
    assert isinstance(error, UnsupportedMediaType)
    assert "multipart/form-data" in error.public_message
    assert not is_multipart(context(content_type))


async def test_a_compressed_form_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType, match="uncompressed"):
        async with read_form(context(content_encoding="gzip"), receiving(END), RULES):
            pass


async def test_an_announced_length_is_checked_before_anything_is_read() -> None:
    with pytest.raises(TooLarge):
        async with read_form(context(content_length="1000001"), receiving(), RULES):
            pass
    with pytest.raises(InvalidRequest, match="not a number"):
        async with read_form(context(content_length="1e3"), receiving(), RULES):
            pass


async def test_a_length_that_was_not_announced_is_counted() -> None:
    rules = FormRules(body=100, seconds=10.0, deadline=60.0)
    error = await refused(part(b"x" * 50, named("a")), b"y" * 60, b"", rules=rules)
    assert (error.status, error.code) == (413, "request_too_large")


@pytest.mark.parametrize(
    ("rules", "body"),
    [
        (FormRules(body=9_000_000, seconds=1, deadline=1, parts=3), part(b"", named("a")) * 4 + END),
        (FormRules(body=9_000_000, seconds=1, deadline=1), part(b"", named("a", "f")) * 1001 + END),
        (FormRules(body=9_000_000, seconds=1, deadline=1, text=100), part(b"x" * 101, named("a")) + END),
        (FormRules(body=9_000_000, seconds=1, deadline=1, text=100), part(b"x" * 40, named("a")) * 3 + END),
        (
            FormRules(body=9_000_000, seconds=1, deadline=1, file=1024),
            part(b"x" * 1025, named("a", "f")) + END,
        ),
    ],
)
async def test_each_size_has_its_bound(rules: FormRules, body: bytes) -> None:
    assert isinstance(await refused(body, rules=rules), TooLarge)


async def test_a_silent_client_and_a_slow_one_are_given_up() -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def slowly() -> Message:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b"\r\n", "more_body": True}

    for receive, rules in (
        (never, FormRules(body=1_000_000, seconds=0.05, deadline=60.0)),
        (slowly, FormRules(body=1_000_000, seconds=60.0, deadline=0.05)),
    ):
        with pytest.raises(RequestTimeout):
            async with read_form(context(), receive, rules):
                pass


async def test_a_client_that_leaves_ends_the_reading_and_leaves_nothing(tmp_path: Path) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": part(b"x" * 600_000, named("a", "f"))[:-2], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    before = open_files()
    rules = FormRules(body=1_000_000, seconds=10.0, deadline=60.0, directory=tmp_path)
    with pytest.raises(ClientGone):
        async with read_form(context(), receive, rules):
            pass
    assert open_files() == before


async def test_many_files_need_one_file_only(tmp_path: Path) -> None:
    before = open_files()
    rules = FormRules(body=40_000_000, seconds=10.0, deadline=60.0, directory=tmp_path)
    pieces = [part(bytes([number % 256]) * 1000, named("a", "f")) for number in range(900)]
    async with read_form(context(), receiving(*pieces, END), rules) as form:
        assert open_files() == before + 1
        assert [(await file.content())[:1] for file in form.files] == [bytes([n % 256]) for n in range(900)]
    assert open_files() == before


async def test_no_room_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    rules = FormRules(body=1_000_000, seconds=10.0, deadline=60.0, directory=tmp_path / "file")
    assert isinstance(await refused(part(b"x" * 600_000, named("a", "f")), END, rules=rules), StorageError)
