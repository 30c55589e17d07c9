"""Data URLs as browsers read them."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.dataurl import BadDataUrl, is_data_url, read_base64, read_data_url


@given(st.binary(min_size=1, max_size=200), st.sampled_from([" ", "\n", "\r\n", "\t"]), st.integers(1, 76))
def test_content_comes_back_however_it_is_wrapped_and_padded(content: bytes, space: str, width: int) -> None:
    text = b64encode(content).decode()
    lines = space.join(text[at : at + width] for at in range(0, len(text), width))
    for payload in (text, text.rstrip("="), lines, f"{lines}{space}", quote(text)):
        read = read_data_url(f"data:image/png;base64,{payload}")
        assert (read.mime, read.size, read.content()) == ("image/png", len(content), content)
        assert read_base64(payload, "image/png") == read


@pytest.mark.parametrize(
    ("head", "mime", "name"),
    [
        ("data:image/PNG;base64", "image/png", ""),
        ("DATA:image/svg+xml;charset=utf-8;BASE64", "image/svg+xml", ""),
        ("data:;base64", "text/plain", ""),
        ("data: application/pdf ; name=a%20b.pdf ; base64", "application/pdf", "a b.pdf"),
        ('data:application/vnd.ms-excel;filename="x.xls";base64', "application/vnd.ms-excel", "x.xls"),
    ],
)
def test_the_type_and_the_name_are_read(head: str, mime: str, name: str) -> None:
    assert is_data_url(head)
    read = read_data_url(f"{head},aGk=")
    assert (read.mime, read.name, read.content()) == (mime, name, b"hi")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://example.com/", "begin with data:"),
        ("data:image/png;base64", "comma"),
        ("data:image/png;base64;" + "x" * 2000 + ",aGk=", "comma"),
        ("data:image/png,aGk=", "in base64"),
        ("data:image/png;base64;x,aGk=", "in base64"),
        ("data:image;base64,aGk=", "type"),
        ("data:image/png\r\nx: y;base64,aGk=", "type"),
        ("data:image/png;base64,", "empty"),
        ("data:image/png;base64, \n", "empty"),
        ("data:image/png;base64,aGk==", "padded"),
        ("data:image/png;base64,a===", "padded"),
        ("data:image/png;base64,aGkxx", "whole bytes"),
        ("data:image/png;base64,aGk\u00e9", "throughout"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_decoded(url: str, why: str) -> None:
    with pytest.raises(BadDataUrl, match=f"^must .*{why}"):
        read_data_url(url)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (urlsafe_b64encode(b"\xff\xfe\xfd").decode(), "usual alphabet"),
        ("aG#k", "throughout"),
        ("aG=kaGk=", "throughout"),
        ("%0", "whole bytes|throughout"),
    ],
)
def test_what_is_not_base64_is_told_when_it_is_decoded(payload: str, why: str) -> None:
    with pytest.raises(BadDataUrl, match=why):
        read_data_url(f"data:image/png;base64,{payload}").content()


@given(st.text(max_size=80))
def test_no_text_surprises(text: str) -> None:
    for url in (text, f"data:{text}", f"data:;base64,{text}"):
        try:
            read = read_data_url(url)
            assert len(read.content()) == read.size
        except BadDataUrl:
            pass


def test_what_it_holds_is_not_printed() -> None:
    assert "aGk" not in repr(read_data_url("data:image/png;base64,aGk="))
