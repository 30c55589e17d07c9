"""The operations of pictures, videos, sounds, and the links that they are given out by."""

from __future__ import annotations

from typing import Final

from grok2api.api.v1.openapi.shapes import (
    BINARY,
    ERROR,
    PAGE,
    TEXT,
    Schema,
    Shapes,
    answers,
    path_parameter,
    stored_operation,
)
from grok2api.dialects.audio.fields import SPEECH_FIELDS, TRANSCRIPTION_FIELDS
from grok2api.dialects.audio.native import STT_FIELDS, TTS_FIELDS
from grok2api.dialects.fields import FieldTable
from grok2api.dialects.images.fields import EDIT_FIELDS as IMAGE_EDIT_FIELDS
from grok2api.dialects.images.fields import GENERATION_FIELDS as IMAGE_FIELDS
from grok2api.dialects.videos.fields import (
    EDIT_FIELDS,
    EXTENSION_FIELDS,
    GENERATION_FIELDS,
    REMIX_FIELDS,
    VIDEO_FIELDS,
)

_BYTES: Final[Schema] = {"content": {"*/*": BINARY}}

_MEDIA: Final[Schema] = {
    "operationId": "downloadMedia",
    "summary": "Return a picture, clip or sound by its link.",
    "description": "Links come with results and work without a key until they end. `Range` is served.",
    "security": [],
    "parameters": [
        *path_parameter("media_id"),
        {"name": "expires", "in": "query", "schema": {"type": "integer"}},
        {"name": "signature", "in": "query", "schema": {"type": "string"}},
    ],
    "responses": {
        "200": {"description": "The bytes", **_BYTES},
        "206": {"description": "The part that was asked for", **_BYTES},
        "304": {"description": "The client holds them already"},
        "403": {**ERROR, "description": "The link has ended"},
        "default": ERROR,
    },
}


def media_paths(shapes: Shapes) -> dict[str, Schema]:
    """Return the paths of everything that can be seen or heard."""
    return {
        "/v1/media/{media_id}": {"get": _MEDIA},
        **_image_paths(shapes),
        **_video_paths(shapes),
        **_sound_paths(shapes),
    }


def _video_paths(shapes: Shapes) -> dict[str, Schema]:
    """The paths of videos, whose bodies may be forms as well."""

    def making(name: str, summary: str, table: FieldTable) -> Schema:
        made = shapes.turn(name, summary, table, stream=False)
        content = made["requestBody"]["content"]
        content["multipart/form-data"] = content["application/json"]
        return made

    def stored(name: str, summary: str) -> Schema:
        return stored_operation(name, summary, path="video_id")

    content = stored_operation(
        "retrieveVideoContent", "Return the video itself, or a range of it.", path="video_id"
    )
    content["responses"]["200"]["content"] = {"video/mp4": BINARY}
    return {
        "/v1/videos": {
            "post": making("createVideo", "Make a video, as OpenAI names the fields.", VIDEO_FIELDS),
            "get": {
                "operationId": "listVideos",
                "summary": "List one's own videos.",
                "parameters": PAGE,
                "responses": answers({"type": "object"}),
            },
        },
        "/v1/videos/generations": {
            "post": making("generateVideo", "Make a video, as xAI names the fields.", GENERATION_FIELDS)
        },
        "/v1/videos/edits": {"post": making("editVideo", "Change a video.", EDIT_FIELDS)},
        "/v1/videos/extensions": {"post": making("extendVideo", "Go on with a video.", EXTENSION_FIELDS)},
        "/v1/videos/{video_id}": {
            "get": stored("retrieveVideo", "Return a video job, in the dialect of its id."),
            "delete": stored("deleteVideo", "Delete a video job and its content."),
        },
        "/v1/videos/{video_id}/content": {"get": content},
        "/v1/videos/{video_id}/remix": {
            "post": {
                **making("remixVideo", "Make a video from one of one's own.", REMIX_FIELDS),
                "parameters": path_parameter("video_id"),
            }
        },
    }


def _image_paths(shapes: Shapes) -> dict[str, Schema]:
    """The paths of pictures."""
    edit = shapes.turn("editImage", "Change pictures.", IMAGE_EDIT_FIELDS)
    form = shapes.body(IMAGE_EDIT_FIELDS)
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    form["properties"] = form["properties"] | {"image": files, "image[]": files}
    edit["requestBody"]["content"]["multipart/form-data"] = {"schema": form}
    return {
        "/v1/images/generations": {"post": shapes.turn("createImage", "Make pictures.", IMAGE_FIELDS)},
        "/v1/images/edits": {"post": edit},
    }


def _sound_paths(shapes: Shapes) -> dict[str, Schema]:
    """The paths of speech and transcripts."""
    speech = shapes.turn("createSpeech", "Speak a text, as OpenAI names the fields.", SPEECH_FIELDS)
    speech["responses"]["200"]["content"] = {"audio/*": BINARY, "text/event-stream": TEXT}
    tts = shapes.turn("speak", "Speak a text, as xAI names the fields.", TTS_FIELDS, stream=False)
    tts["responses"]["200"]["content"] |= {"audio/*": BINARY}
    transcription = shapes.upload(
        "createTranscription",
        "Write down speech, as OpenAI names the fields.",
        TRANSCRIPTION_FIELDS,
        needed=["file"],
    )
    transcription["responses"]["200"]["content"] |= {"text/*": TEXT, "text/event-stream": TEXT}
    voice = shapes.found("retrieveVoice", "Return one of xAI's voices.", object, path_parameter("voice_id"))
    return {
        "/v1/audio/speech": {"post": speech},
        "/v1/audio/transcriptions": {"post": transcription},
        "/v1/audio/translations": {
            "post": {
                "operationId": "createTranslation",
                "summary": "Always refused: xAI does not translate speech.",
                "responses": {"400": ERROR, "default": ERROR},
            }
        },
        "/v1/tts": {"post": tts},
        "/v1/tts/voices": {"get": shapes.found("listVoices", "List xAI's voices.", object)},
        "/v1/tts/voices/{voice_id}": {"get": voice},
        "/v1/stt": {
            "post": shapes.upload(
                "hear", "Write down speech, as xAI names the fields.", STT_FIELDS, needed=[]
            )
        },
    }
