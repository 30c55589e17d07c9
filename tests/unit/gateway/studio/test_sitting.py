"""What a conversation asks a model of pictures for: the last words of the user, and the pictures meant."""

from __future__ import annotations

from typing import Any

import pytest

from grok2api.gateway.enclosures import HEARD
from grok2api.gateway.studio.sitting import Sitting, sitting_of

Json = dict[str, Any]
LINK = "http://localhost:8000/v1/media/a1?expires=1&signature=s"


def user(*parts: object) -> Json:
    content = [{"type": "input_text", "text": part} if isinstance(part, str) else part for part in parts]
    return {"role": "user", "content": content}


def picture(url: str) -> Json:
    return {"type": "input_image", "image_url": url}


def sat(*items: Json) -> Sitting:
    return sitting_of(items, "input")


def urls(sitting: Sitting) -> list[str]:
    return [picture.url or picture.file_id for picture in sitting.pictures]


def test_the_prompt_is_what_the_user_said_last() -> None:
    sitting = sat(
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": "a cat"},
        {"role": "assistant", "content": "Here it is."},
        user("a red", "dog"),
    )
    assert (sitting.prompt, sitting.pictures) == ("a red\ndog", ())


def test_nothing_said_is_no_prompt() -> None:
    assert sat({"role": "system", "content": "x"}).prompt == ""
    assert sat().prompt == ""


def test_pictures_of_the_last_message_come_first() -> None:
    sitting = sat(
        {"role": "assistant", "content": f"![image]({LINK})"},
        user("as one", picture("https://a/1.png"), {"type": "input_image", "file_id": "file-1"}),
    )
    assert (urls(sitting), sitting.made_before) == (["https://a/1.png", "file-1"], False)


@pytest.mark.parametrize(
    "said",
    [
        f"![image]({LINK})",
        f"Here:\n\n![a fox]( <{LINK}> )\n\nLike it?",
        f"![image](http://old/v1/media/b2?expires=1&signature=s)\n\n![image]({LINK})",
        LINK,
        [{"type": "output_text", "text": f"![image]({LINK})"}],
    ],
)
def test_without_any_the_latest_that_was_made_is_meant(said: object) -> None:
    sitting = sat(
        user("a cat"),
        {"role": "assistant", "content": "![image](https://older/1.png)"},
        {"role": "assistant", "content": said},
        user("make it blue"),
    )
    assert (urls(sitting), sitting.made_before) == ([LINK], True)


def test_a_picture_given_as_data_is_found() -> None:
    sitting = sat({"role": "assistant", "content": "![image](data:image/png;base64,QUJD)"}, user("blue"))
    assert urls(sitting) == ["data:image/png;base64,QUJD"]


def test_a_picture_that_a_model_of_text_had_made_is_found() -> None:
    for result, mime in (("iVBORw0K", "image/png"), ("/9j/4AAQ", "image/jpeg")):
        sitting = sat({"type": "image_generation_call", "result": result}, user("blue"))
        assert urls(sitting) == [f"data:{mime};base64,{result}"]


@pytest.mark.parametrize(
    "said",
    [
        f'<video controls preload="metadata" src="{LINK}"></video>',
        f"[video]({LINK})",
        "See https://example.com/page for more.",
        "Nothing here.",
    ],
)
def test_clips_and_links_are_no_pictures(said: str) -> None:
    assert sat({"role": "assistant", "content": said}, user("blue")).pictures == ()


def test_what_the_user_shows_in_words_was_not_made() -> None:
    assert sat(user(f"![image]({LINK})"), user("blue")).pictures == ()


def test_what_was_heard_is_the_prompt() -> None:
    assert sat(user(f"{HEARD}\na red fox")).prompt == "a red fox"


def test_an_empty_last_message_is_passed_over() -> None:
    assert sat(user("a cat"), user("")).prompt == "a cat"
