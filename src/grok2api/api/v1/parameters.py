"""The parameter pages, `docs/parameters.md` and its Chinese twin, made from the field tables.

It stands at the edge because only the edge knows every dialect. The committed pages must equal what is
rendered here (tests/house); `write_documents` brings them up to date. Must never be needed by a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from grok2api.api.v1.parameters_chinese import INTRO as CHINESE_INTRO
from grok2api.api.v1.parameters_chinese import REST as CHINESE_REST
from grok2api.api.v1.parameters_chinese import WORDS as CHINESE
from grok2api.api.v1.parameters_videos import VIDEO_REST, VIDEO_REST_CHINESE, VIDEO_SURFACES
from grok2api.dialects.audio.fields import SPEECH_FIELDS, TRANSCRIPTION_FIELDS
from grok2api.dialects.audio.native import STT_FIELDS, TTS_FIELDS
from grok2api.dialects.chat.fields import CHAT_FIELDS
from grok2api.dialects.document import Words, table_lines
from grok2api.dialects.fields import Policy
from grok2api.dialects.files.fields import FILES_FIELDS
from grok2api.dialects.images.fields import EDIT_FIELDS, GENERATION_FIELDS
from grok2api.dialects.messages.fields import MESSAGES_FIELDS
from grok2api.dialects.responses.compact_fields import COMPACT_FIELDS
from grok2api.dialects.responses.count_fields import INPUT_TOKENS_FIELDS
from grok2api.dialects.responses.fields import RESPONSES_FIELDS

DOCUMENTS = ("docs/parameters.md", "docs/parameters.zh-CN.md")

SURFACES = (
    ("POST /v1/chat/completions", CHAT_FIELDS),
    ("POST /v1/responses", RESPONSES_FIELDS),
    ("POST /v1/responses/compact", COMPACT_FIELDS),
    ("POST /v1/responses/input_tokens", INPUT_TOKENS_FIELDS),
    ("POST /v1/messages", MESSAGES_FIELDS),
    ("POST /v1/audio/speech", SPEECH_FIELDS),
    ("POST /v1/audio/transcriptions", TRANSCRIPTION_FIELDS),
    ("POST /v1/tts", TTS_FIELDS),
    ("POST /v1/stt", STT_FIELDS),
    ("POST /v1/images/generations", GENERATION_FIELDS),
    ("POST /v1/images/edits", EDIT_FIELDS),
    ("POST /v1/files", FILES_FIELDS),
    *VIDEO_SURFACES,
)

_ENGLISH = Words(
    columns=("Field", "What becomes of it", "Means nothing", "Note"),
    policies=MappingProxyType(
        {
            Policy.PASSED: "passed on",
            Policy.TRANSLATED: "translated",
            Policy.LOCAL: "done here",
            Policy.IGNORED: "ignored",
            Policy.DROPPED: "**dropped and named**",
            Policy.REFUSED: "**refused**",
        }
    ),
    required=", required",
    notes=MappingProxyType({}),
)

_INTRO = """\
# Parameters

Generated from the field tables in `src/grok2api/dialects`; do not edit by hand. [中文](parameters.zh-CN.md)

The tables are the ones that the gateway itself obeys: they validate a request, decide what goes to Grok, and
are the schemas of `GET /v1/openapi.json`.

| word | what happens to a field that carries a value |
| --- | --- |
| passed on | goes to Grok as you sent it |
| translated | goes to Grok in Grok's own words |
| done here | the gateway does it; Grok never sees it |
| ignored | accepted; it means nothing for the answer |
| **dropped and named** | Grok lacks it: left out, and named in the header `x-grok2api-dropped-params` |
| **refused** | leaving it out would change the answer's shape or meaning: 400 `unsupported_parameter` |

- `null` is the same as absent, for every field.
- A value of the column *Means nothing* is always accepted, also where the field would be dropped or refused.
- `x-grok2api-dropped-params` is a sorted list, separated by commas, with dotted paths inside fields
  (`text.verbosity`); there is no such header when nothing was dropped. More than four paths that differ in
  their numbers only are named as one, with `*` for the numbers: `input[*].encrypted_content`.
- A client key in strict mode gets 400 `unsupported_parameter` where others have a field dropped.
- A value of the wrong type is 400 `invalid_value`. `param` names the field, and the place inside it.
- Some models force their own reasoning effort, or take none. A wish that has no say then is dropped and
  named.
"""

_REST: Mapping[str, str] = MappingProxyType(
    {
        CHAT_FIELDS.surface: """\
A field that is not in the table is ignored and never sent. Inside fields:

- Messages hold text, pictures (`image_url`, `input_image`: an address or a data URL), files (`file`,
  `input_file`: an uploaded id, an address, or inline) and sound (`input_audio`, which is transcribed); so do
  results of tools. Video is refused. See [Multimodal](multimodal.md). `reasoning_content` of earlier answers
  is ignored.
- Tools are functions, nested or flat, and what xAI runs itself: `web_search`, `x_search`, `code_interpreter`
  (`code_execution`) and `live_search`; other kinds are refused. What xAI runs itself exists on its Responses
  surface only, so a request with it always goes there.
- `search_parameters`: without `sources`, the web and X are searched. `web` becomes `web_search`, `x` becomes
  `x_search`; `news` is a `web_search` too, and named, since Grok cannot tell news apart; `rss` is left out
  and named beside other sources, refused alone. `mode: "on"` is served as `auto`, and named: Grok decides
  whether it searches. Dates limit searches on X only, and are named where the web is searched as well.
  `return_citations: false` hides the sources.
- The answer to legacy `functions` carries its first call in `function_call` as well as in `tool_calls`;
  `finish_reason` stays `tool_calls`.
- `usage` has, beside OpenAI's keys, `cost_in_usd_ticks` and `cache_savings_in_usd_ticks`: what the answer
  cost, and what the prompt cache saved by our price list; 1 USD = 10^10. So has the usage on Responses.
- `response_format` is `text`, `json_object` or `json_schema`.""",
        RESPONSES_FIELDS.surface: """\
A field that is not in the table is passed on untouched, so what xAI adds works at once. Inside fields:

- `input`: pictures, files and sound as in [Multimodal](multimodal.md); video is refused. An item's id that
  was made for another client key is left out.
- `item_reference` (or an item that is nothing but an `id`) stands for any item of a stored response: one of
  its output, or one that `input_items` lists. The item itself is sent in its place. Only the account that
  holds it can read its encrypted reasoning: where another one serves, it is left out, and named by its place
  (`input[3]`). At most 2000 references to 500 responses; one that is unknown, gone or another key's is 400,
  with its `param`.
- The result of a function whose call is nowhere in `input` is 400, unless the request goes on from something.
- `tools`: `function`, `web_search`, `x_search`, `code_interpreter`, `file_search`, `image_generation`, `mcp`
  (with `require_approval` absent or `never`), `shell`, `tool_search`, and `custom` and `namespace`, which are
  functions upstream and come back as you know them; other kinds are refused.
- A `web_search` with `external_web_access` false is not sent: Grok's always goes online.
- Encrypted reasoning is marked, and sent to the account that wrote it; where another one serves, it is left
  out and named (`input[3].encrypted_content`). A compacted conversation goes on with its own account only.
- An argument that the model turns out not to take is left out of a second attempt, and named.""",
        COMPACT_FIELDS.surface: """\
A field that is not in the table is passed on untouched. The answer's `encrypted_content` can be read only by
the account that made it, so a request that carries it goes there.""",
        INPUT_TOKENS_FIELDS.surface: """\
The answer's header `x-grok2api-token-count` is `upstream` where xAI's tokeniser counted the text, and
`estimated` where it could not be asked, failed, took more than 5 seconds, or the text has more than 524,288
characters.
Nothing is billed. What the count is made of:

- Text: as counted, or by estimate: one token for each Chinese, Japanese or Korean character, for every five
  letters of a word, every three digits of a number, every other mark and every stretch of blanks; projected
  from the first 262,144 characters where there are more.
- 4 tokens for each item, 8 for each tool; tools, schemas and calls of hosted tools count as their JSON text.
- Pictures: 1024 tokens, 256 with `detail: low`. Files: a quarter of their bytes, at most 20,000; 2048 by id
  or address. Encrypted content without readable text: a quarter of its bytes.""",
        MESSAGES_FIELDS.surface: """\
A field that is not in the table is ignored and never sent. Inside fields:

- Messages hold `text`, `image` (base64, url, file), `document` (base64, url, file, text, content),
  `search_result`, `tool_use`, `tool_result` and thinking blocks. Documents of type `text` and `content` are
  put into the text. What Anthropic's own tools did earlier (`server_tool_use` and their results) is left out
  and named.
- A text of `system` that begins with `x-anthropic-billing-header:` is left out: it differs with each request.
- `tools`: functions, `web_search_*` (`allowed_domains` or `blocked_domains`, 5 at most; `max_uses` and
  `user_location` are dropped and named), `code_execution_*`, and `mcp_toolset` with `mcp_servers`; other
  kinds are refused.
- `thinking`: see [Claude Code](claude-code.md#thinking). A signature that was not made here, or that another
  account's Grok would have to read, is left out and named: `messages[1].content[0].signature`.""",
        SPEECH_FIELDS.surface: """\
A field that is not in the table is ignored and never sent. More in [Sound](audio.md#speech).""",
        TRANSCRIPTION_FIELDS.surface: """\
The body is a form, `multipart/form-data`, with the sound as its `file`. A field that is not in the table is
ignored and never sent; one that is empty is the same as absent. More in [Sound](audio.md#transcripts).""",
        TTS_FIELDS.surface: """\
xAI's own endpoint. A field that is not in the table is passed on untouched.""",
        STT_FIELDS.surface: """\
xAI's own endpoint. The body is a form with the sound as its `file`, in whatever place; it goes to Grok as the
last part. A field that is not in the table is passed on untouched.""",
        GENERATION_FIELDS.surface: """\
A field that is not in the table is ignored and never sent. More in [Pictures](images.md).""",
        EDIT_FIELDS.surface: """\
The body is JSON, or a form (`multipart/form-data`) with the pictures as files `image` or `image[]`; in a
form, numbers and truths are text, and an empty text is the same as absent. A field that is not in the table
is ignored and never sent. More in [Pictures](images.md#edits).""",
        FILES_FIELDS.surface: """\
The body is a form (`multipart/form-data`), in which an empty text is the same as none. A field that is not in
the table is ignored and never sent. See [Files](files.md).""",
    }
)


def render(document: str) -> str:
    """Return the content of one of `DOCUMENTS`."""
    english = document == DOCUMENTS[0]
    words, intro, rest = (_ENGLISH, _INTRO, _REST) if english else (CHINESE, CHINESE_INTRO, CHINESE_REST)
    videos = VIDEO_REST if english else VIDEO_REST_CHINESE
    lines = [intro.rstrip()]
    for title, table in SURFACES:
        lines += ["", f"## {title}", "", *table_lines(table, words), "", {**videos, **rest}[table.surface]]
    return "\n".join(lines) + "\n"


def write_documents(root: Path) -> None:
    """Write both pages below the root of a checkout."""
    for document in DOCUMENTS:
        (root / document).write_text(render(document), encoding="utf-8")
