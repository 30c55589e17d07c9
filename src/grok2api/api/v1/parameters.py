"""The parameter pages, `docs/parameters.md` and its Chinese twin, made from the tables of both text surfaces.

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
from grok2api.dialects.chat.fields import CHAT_FIELDS
from grok2api.dialects.document import Words, table_lines
from grok2api.dialects.fields import Policy
from grok2api.dialects.responses.fields import RESPONSES_FIELDS

DOCUMENTS = ("docs/parameters.md", "docs/parameters.zh-CN.md")

SURFACES = (
    ("POST /v1/chat/completions", CHAT_FIELDS),
    ("POST /v1/responses", RESPONSES_FIELDS),
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

Generated from `dialects/chat/fields.py` and `dialects/responses/fields.py` in `src/grok2api`; do not edit by
hand. [中文](parameters.zh-CN.md)

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
  (`text.verbosity`); there is no such header when nothing was dropped.
- A client key in strict mode gets 400 `unsupported_parameter` where others have a field dropped.
- A value of the wrong type is 400 `invalid_value`. `param` names the field, and the place inside it.
- Some models force their own reasoning effort, or take none. A wish that has no say then is dropped and
  named.
"""

_REST: Mapping[str, str] = MappingProxyType(
    {
        CHAT_FIELDS.surface: """\
A field that is not in the table is ignored and never sent. Inside fields:

- Messages hold text, pictures (`image_url`, `input_image`: an https address or a data URL) and files
  (`file`, `input_file`: an uploaded id, an https address, or inline). Results of tools may hold pictures.
  Sound and video are refused. `reasoning_content` of earlier answers is ignored.
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

- `input`: sound is refused, and so are items of type `item_reference`. An item's id that was made for another
  client key is left out.
- `tools`: `function`, `web_search`, `x_search`, `code_interpreter`, `file_search`, `image_generation`, `mcp`
  (with `require_approval` absent or `never`), `shell` and `tool_search`; other kinds are refused.""",
    }
)


def render(document: str) -> str:
    """Return the content of one of `DOCUMENTS`."""
    english = document == DOCUMENTS[0]
    words, intro, rest = (_ENGLISH, _INTRO, _REST) if english else (CHINESE, CHINESE_INTRO, CHINESE_REST)
    lines = [intro.rstrip()]
    for title, table in SURFACES:
        lines += ["", f"## {title}", "", *table_lines(table, words), "", rest[table.surface]]
    return "\n".join(lines) + "\n"


def write_documents(root: Path) -> None:
    """Write both pages below the root of a checkout."""
    for document in DOCUMENTS:
        (root / document).write_text(render(document), encoding="utf-8")
