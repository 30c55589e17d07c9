"""The Chinese words of the parameter page. Must hold a translation of every note of all tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from grok2api.api.v1.parameters_videos import VIDEO_NOTES
from grok2api.dialects.document import Words
from grok2api.dialects.fields import Policy

WORDS = Words(
    columns=("字段", "如何处理", "无意义的值", "说明"),
    policies=MappingProxyType(
        {
            Policy.PASSED: "原样转发",
            Policy.TRANSLATED: "转换",
            Policy.LOCAL: "本地处理",
            Policy.IGNORED: "忽略",
            Policy.DROPPED: "**丢弃并告知**",
            Policy.REFUSED: "**拒绝**",
        }
    ),
    required="，必填",
    notes=MappingProxyType(
        {
            **VIDEO_NOTES,
            "Resolved to an upstream model.": "解析为上游模型。",
            "Empty messages are left out, unless all are empty; a message's `name` is ignored.": (
                "空消息会被略去，除非全部为空；消息的 `name` 会被忽略。"
            ),
            "Streams only when exactly true.": "仅当值恰为 true 时才流式返回。",
            "`include_usage` adds a last chunk.": "`include_usage` 会在末尾多发一个分块。",
            "Wins over `max_tokens`.": "优先于 `max_tokens`。",
            "The gateway cuts the answer itself.": "由网关自行截断回答。",
            "The turn goes on without its client, see docs/background.md; not with `store: false`.": (
                "断开连接后仍继续生成，见 docs/background.zh-CN.md；不能与 `store: false` 同用。"
            ),
            "Functions, and what xAI runs itself; at most 350.": (
                "函数，以及由 xAI 自身运行的工具；最多 350 个。"
            ),
            "Becomes the tools `web_search` and `x_search`; what these lack is dropped and named.": (
                "转换为工具 `web_search` 和 `x_search`；它们没有的选项会被丢弃并告知。"
            ),
            "Becomes the tool `web_search`; its settings are dropped and named.": (
                "转换为工具 `web_search`；其中的选项会被丢弃并告知。"
            ),
            "Sent only along with tools.": "仅在带有工具时发送。",
            "Legacy `tools`.": "`tools` 的旧写法。",
            "Legacy `tool_choice`.": "`tool_choice` 的旧写法。",
            "Clamped to what the model knows.": "会调整到该模型支持的档位。",
            "Whether reasoning is shown; `enabled` also has `grok-4.1-fast` reason.": (
                "是否展示思考过程；`enabled` 还会让 `grok-4.1-fast` 进行思考。"
            ),
            "16 at most. Each choice is a call of its own; the usage, and the bill, is the sum.": (
                "最多 16。每个结果都是一次独立调用；用量与费用为各次之和。"
            ),
            "Grok returns none.": "Grok 不提供。",
            "Chat answers are text.": "聊天的回答只有文本。",
            "Answers come at once.": "回答总是立即返回。",
            "Nothing is kept.": "不会保存任何内容。",
            (
                "A string, or items; needed unless `previous_response_id` is there. Ids of ours become "
                "upstream's, calls of custom tools those of functions; otherwise the bytes travel."
            ): (
                "字符串或条目列表；没有 `previous_response_id` 时必填。"
                "本网关的 ID 会换成上游的 ID，自定义工具的调用会换成函数调用，其余字节不变。"
            ),
            (
                "A string, or items; needed unless `previous_response_id` is there. Ids of ours become "
                "upstream's, otherwise the bytes travel."
            ): (
                "字符串或条目列表；没有 `previous_response_id` 时必填。"
                "本网关的 ID 会换成上游的 ID，其余字节不变。"
            ),
            "Pins the account that holds it.": "固定到保存该响应的账号。",
            "Absent means true. Send false with pictures: xAI may not give back what holds some.": (
                "缺省即为 true。带图片时请设为 false：xAI 可能无法取回含图片的响应。"
            ),
            "350 at most, those of namespaces counted.": "最多 350 个，命名空间中的工具也计算在内。",
            "Of hosted or allowed tools: the others are not sent.": (
                "选择托管工具或 `allowed_tools` 时，其他工具不会发送。"
            ),
            "Values that xAI lacks are dropped and named; log probabilities are refused.": (
                "xAI 没有的值会被丢弃并告知；对数概率会被拒绝。"
            ),
            "`format` passes; `verbosity` is dropped and named.": (
                "`format` 原样转发；`verbosity` 会被丢弃并告知。"
            ),
            "The effort is clamped to what the model knows.": "思考强度会调整到该模型支持的档位。",
            "Read as `reasoning.effort`.": "视同 `reasoning.effort`。",
            "Echoed in the answer; not kept, so a later GET shows none.": (
                "在响应中原样返回；不会保存，之后 GET 时没有。"
            ),
            "Its whole conversation is fetched and compacted, on the account that holds it.": (
                "取回其完整对话，并在保存它的账号上压缩。"
            ),
            "Sent as a leading system message.": "作为开头的系统消息发送。",
            "Where upstream refuses them beside `previous_response_id`: sent as a leading system message.": (
                "上游拒绝其与 `previous_response_id` 同用时，作为开头的系统消息发送。"
            ),
            "Sent as `x-grok-conv-id`.": "作为 `x-grok-conv-id` 发送。",
            "The answer comes whole.": "回答一次性返回。",
            "A compaction has no answer that it could steer.": "压缩没有可供其影响的回答。",
            "Nothing is stored.": "不会保存任何内容。",
            "Whose tokens are counted; absent, the first model of this key.": (
                "按该模型计数；缺省为此密钥可用的第一个模型。"
            ),
            "Needed unless `previous_response_id` is there.": "没有 `previous_response_id` 时必填。",
            "Counted.": "计入。",
            "Its whole conversation counts too.": "其完整对话也计入。",
            "A schema is counted.": "其中的 schema 计入。",
            "A field of Chat Completions.": "Chat Completions 的字段。",
            "Use 'previous_response_id'.": "请改用 `previous_response_id`。",
            "Grok keeps no prompt templates.": "Grok 不保存提示词模板。",
            "One answer per request is given.": "每次请求只返回一个回答。",
            "Answers are text.": "回答只有文本。",
            "Empty messages are left out; messages of role `system` are taken, too.": (
                "空消息会被略去；也接受 `system` 角色的消息。"
            ),
            "128000 at most, what is above is cut down to it. Grok does not count its thinking in it.": (
                "最多 128000，超出部分按 128000 计。Grok 的思考不计入其中。"
            ),
            "Dropped and named where Grok's chat completions serve.": (
                "由 Grok 的 chat completions 应答时会被丢弃并告知。"
            ),
            "350 at most.": "最多 350 个。",
            "Grok calls them.": "由 Grok 调用。",
            "Whether thinking is shown; `budget_tokens` becomes an effort.": (
                "是否展示思考过程；`budget_tokens` 会换成思考强度。"
            ),
            "`effort` wins over `thinking`, and is clamped to what the model knows.": (
                "`effort` 优先于 `thinking`，并会调整到该模型支持的档位。"
            ),
            "Read as `output_config.format`.": "视同 `output_config.format`。",
            "`user_id` helps to find the conversation's prompt cache again; Grok never sees it.": (
                "`user_id` 用于再次命中该会话的提示缓存；不会发给 Grok。"
            ),
            "Grok caches prompts by itself.": "Grok 会自行缓存提示。",
            "With a model of clips, see docs/multimodal.md; with others dropped and named.": (
                "用于视频模型，见 docs/multimodal.zh-CN.md；其他模型下丢弃并告知。"
            ),
            "With a model of pictures, see docs/multimodal.md; with others dropped and named.": (
                "用于图片模型，见 docs/multimodal.zh-CN.md；其他模型下丢弃并告知。"
            ),
            "Grok keeps no containers.": "Grok 不保存容器。",
            "Any name; it only has to be on the key's list of models, if the key has one.": (
                "任意名称；只有当密钥限定了模型时，才须在其模型列表中。"
            ),
            "At most 60,000 characters.": "最多 60,000 个字符。",
            "See the table of voices.": "见声音对照表。",
            "`mp3`, `wav` or `pcm` (24 kHz, 16 bit, mono); `opus`, `aac` and `flac` are refused.": (
                "`mp3`、`wav` 或 `pcm`（24 kHz、16 位、单声道）；`opus`、`aac` 和 `flac` 会被拒绝。"
            ),
            "0.7 to 1.5; what is outside is refused.": "0.7 至 1.5；超出范围会被拒绝。",
            "xAI's own; `auto` if not given.": "xAI 自有字段；缺省为 `auto`。",
            "xAI's own.": "xAI 自有字段。",
            "The answer would be no sound: send it to `POST /v1/tts`.": (
                "回答将不是音频：请发往 `POST /v1/tts`。"
            ),
            "xAI reads tags in the text instead.": "xAI 改用文本中的标签。",
            "`json`, `text`, `verbose_json`, `srt`, `vtt`, `diarized_json`: made here.": (
                "`json`、`text`、`verbose_json`、`srt`、`vtt`、`diarized_json`：由网关生成。"
            ),
            "The text goes out once xAI has heard it all.": "xAI 听完全部内容后才发出文本。",
            "With `verbose_json`; elsewhere dropped and named.": (
                "与 `verbose_json` 同用；其他情况下丢弃并告知。"
            ),
            "Become `keyterm`.": "换成 `keyterm`。",
            "xAI's own; needs `language`.": "xAI 自有字段；须同时给出 `language`。",
            "A single one becomes `language`; several are dropped and named.": (
                "只有一个时换成 `language`；多个则丢弃并告知。"
            ),
            "xAI takes terms, no prose: name them in `keywords`.": (
                "xAI 只接受词语，不接受成段文字：请写在 `keywords` 中。"
            ),
            "xAI tells no `logprobs`.": "xAI 不提供 `logprobs`。",
            "xAI tells speakers apart, but knows none of them.": "xAI 能区分说话人，但不认识任何人。",
            "The answer would be of another shape: send it to `POST /v1/stt`.": (
                "回答的形式会不同：请发往 `POST /v1/stt`。"
            ),
            "Ask for `diarized_json`.": "请改用 `diarized_json`。",
            "BCP 47, or `auto`.": "BCP 47 代码，或 `auto`。",
            "`eve` if not given.": "缺省为 `eve`。",
            "The answer is JSON then.": "此时回答为 JSON。",
            "In place of `file`; xAI fetches it.": "代替 `file`；由 xAI 获取。",
            "Needs `language`.": "须同时给出 `language`。",
            "Of sound without a header: `pcm`, `mulaw`, `alaw`.": (
                "用于没有文件头的音频：`pcm`、`mulaw`、`alaw`。"
            ),
            "Absent, `grok-imagine-1.0` draws.": "缺省时由 `grok-imagine-1.0` 绘制。",
            "1 to 10 pictures.": "1 到 10 张图片。",
            "Becomes the nearest ratio and a resolution; see docs/images.md for the sizes.": (
                "换算为最接近的宽高比和分辨率；可用尺寸见 docs/images.zh-CN.md。"
            ),
            "Wins over the ratio of `size`.": "优先于 `size` 的宽高比。",
            "Wins over the resolution of `size`.": "优先于 `size` 的分辨率。",
            (
                "Where the model has it (2.0): `standard` is medium; `hd`, `xhigh` and `max` are high; else "
                "dropped and named."
            ): (
                "模型支持时（2.0）：`standard` 视为 medium，`hd`、`xhigh`、`max` 视为 high；"
                "不支持时丢弃并告知。"
            ),
            "`url` if absent.": "缺省为 `url`。",
            "Written anew by the gateway if Grok draws in another format; absent, as Grok draws.": (
                "Grok 绘制的格式不同时由网关重新编码；缺省时保持 Grok 的格式。"
            ),
            "With `output_format` jpeg or webp; else dropped and named.": (
                "与 `output_format` 为 jpeg 或 webp 时同用；否则丢弃并告知。"
            ),
            (
                "Grok draws in one go: any number gives one small preview of each finished picture. Without "
                "`stream`, dropped and named."
            ): ("Grok 一次绘成：任何数值都只会在每张成品之前给出一张小预览。没有 `stream` 时丢弃并告知。"),
            "Sent as `user`.": "作为 `user` 发送。",
            "Grok draws no transparent pictures.": "Grok 不绘制透明图片。",
            "Grok edits whole pictures; say in the prompt what to change.": (
                "Grok 只编辑整张图片；请在提示词中说明要改动的部分。"
            ),
            "Grok draws in pixels.": "Grok 只绘制位图。",
            "Grok's pictures stand still; see /v1/videos.": "Grok 的图片是静止的；动态内容见 /v1/videos。",
            "Pictures are given in the answer, or kept by the gateway.": ("图片随回答返回，或由网关保存。"),
            "xAI's own rules hold.": "适用 xAI 自身的规则。",
            "The picture to edit: a file of the form, or `{url}` or `{file_id}`; several are a list.": (
                "要编辑的图片：表单文件，或 `{url}`、`{file_id}`；多张时用列表。"
            ),
            "Up to 5: `{image_url}`, `{url}` or `{file_id}`.": (
                "最多 5 张：`{image_url}`、`{url}` 或 `{file_id}`。"
            ),
            "One part with a file name; 1 byte to 50 MiB.": "一个带文件名的部分；1 字节至 50 MiB。",
            "Absent: `assistants`. Told again as it was sent.": "缺省为 `assistants`。查询时按发送的值返回。",
            "`expires_after[seconds]`, or the seconds alone; 1 hour to 30 days. Absent: it stays.": (
                "`expires_after[seconds]`，或只写秒数；1 小时至 30 天。缺省则一直保留。"
            ),
        }
    ),
)

INTRO = """\
# 参数

由 `src/grok2api/dialects` 中的字段表生成，请勿手工修改。
[English](parameters.md)

下面的表格就是网关自身遵循的表格：校验请求、决定把什么发给 Grok 都以它们为准，
`GET /v1/openapi.json` 中的 schema 也由它们生成。

| 用语 | 字段带有值时如何处理 |
| --- | --- |
| 原样转发 | 按您发送的内容转发给 Grok |
| 转换 | 换成 Grok 自己的写法后转发 |
| 本地处理 | 由网关完成，不会发给 Grok |
| 忽略 | 接受，但对回答没有影响 |
| **丢弃并告知** | Grok 没有此功能：略去该字段，并在响应头 `x-grok2api-dropped-params` 中列出 |
| **拒绝** | 略去会改变回答的形式或含义：返回 400 `unsupported_parameter` |

- 任何字段的 `null` 都等同于缺省。
- “无意义的值”一栏中的值总会被接受，即使该字段本应丢弃或拒绝。
- `x-grok2api-dropped-params` 是排好序、以逗号分隔的列表，字段内部用点号表示路径（如
  `text.verbosity`）；没有丢弃任何字段时不带此响应头。只有序号不同的路径超过四条时合并为一条，序号以 `*`
  表示：`input[*].encrypted_content`。
- 使用严格模式的客户端密钥时，本应丢弃的字段会返回 400 `unsupported_parameter`。
- 值的类型不对返回 400 `invalid_value`，`param` 指明字段及其内部的位置。
- 有些模型固定了思考强度，或不接受该设置；此时不起作用的要求会被丢弃并告知。
"""

REST: Mapping[str, str] = MappingProxyType(
    {
        "chat": """\
表中没有的字段会被忽略，绝不转发。字段内部：

- 消息可包含文本、图片（`image_url`、`input_image`：地址或 data URL）、文件（`file`、`input_file`：
  已上传的 ID、地址或内联数据）和声音（`input_audio`，会被转写）；工具结果亦然。视频会被拒绝。
  详见[多模态](multimodal.zh-CN.md)。
  历史回答中的 `reasoning_content` 会被忽略。
- 工具：函数（嵌套写法和扁平写法均可），以及由 xAI 自身运行的 `web_search`、`x_search`、
  `code_interpreter`（`code_execution`）和 `live_search`；其他类型会被拒绝。由 xAI 运行的工具只存在于
  Responses 接口，因此带有它们的请求总是走该接口。
- `search_parameters`：没有 `sources` 时搜索网页和 X。`web` 变为 `web_search`，`x` 变为 `x_search`；
  `news` 也是 `web_search`，并被告知（Grok 不区分新闻）；`rss` 在有其他来源时略去并告知，单独出现则拒绝。
  `mode: "on"` 按 `auto` 处理并告知：是否搜索由 Grok 决定。日期只限制 X 上的搜索；同时搜索网页时会被告知。
  `return_citations: false` 会隐藏来源。
- 旧式 `functions` 的回答在 `tool_calls` 之外，还会在 `function_call` 中给出第一个调用；
  `finish_reason` 仍为 `tool_calls`。
- `usage` 除 OpenAI 的字段外，还有 `cost_in_usd_ticks`（费用）和 `cache_savings_in_usd_ticks`
  （提示缓存省下的费用，按我们的价目表）；1 美元 = 10^10。Responses 的 `usage` 也有这两项。
- `response_format` 可为 `text`、`json_object` 或 `json_schema`。""",
        "responses": """\
表中没有的字段原样转发，因此 xAI 新增的功能立即可用。字段内部：

- `input`：图片、文件和声音见[多模态](multimodal.zh-CN.md)；视频会被拒绝。
  为其他客户端密钥生成的条目 ID 会被略去。
- `item_reference`（或只含 `id` 的条目）代表已保存响应中的任一条目：其输出中的，或 `input_items` 列出的。
  发送时换成条目本身，也可发往其他账号；该账号无法解读的加密推理会被略去，并按位置告知（`input[3]`）。
  最多 2000 个引用、涉及 500 个响应；未知、已删除或属于其他密钥的引用返回 400，并在 `param` 中指明。
- 若函数结果所对应的调用不在 `input` 中，返回 400，除非该请求接续了已有内容。
- `tools`：支持 `function`、`web_search`、`x_search`、`code_interpreter`、`file_search`、
  `image_generation`、`mcp`（`require_approval` 缺省或为 `never`）、`shell`、`tool_search`，以及 `custom`
  和 `namespace`；后两者在上游以函数的形式出现，返回时按您的写法还原。其他类型会被拒绝。
- `external_web_access` 为 `false` 的 `web_search` 不会发送：Grok 的搜索总是联网的。
- 加密的推理内容带有标记，只会发给生成它的账号；由其他账号服务时会被略去并告知
  （`input[3].encrypted_content`）。压缩后的对话只能由原来的账号继续。
- 模型不接受的参数会在第二次尝试中略去并告知。""",
        "compact": """\
表中没有的字段原样转发。回答中的 `encrypted_content` 只有生成它的账号能解读，
因此带有它的请求会发往该账号。""",
        "input_tokens": """\
响应头 `x-grok2api-token-count` 为 `upstream` 表示文本由 xAI 的分词器计数；为 `estimated` 表示无法询问、
失败、超过 5 秒，或文本超过 524,288 个字符，此时为估算。不计费。计数的组成：

- 文本：分词器的结果，或估算：每个中日韩字符、单词的每五个字母、数字的每三位、其他每个符号、每段空白各计 1；
  超过 262,144 个字符时按前面部分推算。
- 每个条目 4，每个工具 8；工具、schema 和托管工具的调用按其 JSON 文本计。
- 图片：1024，`detail: low` 时为 256。文件：字节数的四分之一，最多 20,000；以 ID 或地址给出时为 2048。
  没有可读文本的加密内容：字节数的四分之一。""",
        "messages": """\
表中没有的字段会被忽略，绝不转发。字段内部：

- 消息可包含 `text`、`image`（base64、url、file）、`document`（base64、url、file、text、content）、
  `search_result`、`tool_use`、`tool_result` 和思考块。`text` 与 `content` 类型的文档会放进文本。
  Anthropic 自有工具此前的调用与结果（`server_tool_use` 等）会被略去并告知。
- `system` 中以 `x-anthropic-billing-header:` 开头的文本会被略去：它每次请求都不同。
- `tools`：函数、`web_search_*`（`allowed_domains` 或 `blocked_domains`，最多 5 个；`max_uses` 和
  `user_location` 会被丢弃并告知）、`code_execution_*`，以及配合 `mcp_servers` 的 `mcp_toolset`；
  其他类型会被拒绝。
- `thinking`：见 [Claude Code](claude-code.zh-CN.md#思考)。不是由本网关签发的签名，或须由其他账号的 Grok
  才能读取的签名，会被略去并告知：`messages[1].content[0].signature`。""",
        "speech": """\
表中没有的字段会被忽略，绝不转发。详见[声音](audio.zh-CN.md#语音合成)。""",
        "transcription": """\
请求体是表单（`multipart/form-data`），音频放在 `file` 中。表中没有的字段会被忽略，绝不转发；空字段等同于
缺省。详见[声音](audio.zh-CN.md#语音转写)。""",
        "tts": """\
xAI 自有接口。表中没有的字段会原样转发。""",
        "stt": """\
xAI 自有接口。请求体是表单，音频放在 `file` 中，位置不限；转发给 Grok 时总在最后。
表中没有的字段会原样转发。""",
        "image_generations": """\
表中没有的字段会被忽略，绝不转发。详见[图片](images.zh-CN.md)。""",
        "image_edits": """\
请求体可以是 JSON，也可以是表单（`multipart/form-data`），图片作为文件字段 `image` 或 `image[]`；
表单中的数字与布尔值写成文本，空文本等同于缺省。表中没有的字段会被忽略，绝不转发。详见[图片](images.zh-CN.md#编辑)。""",
        "files": """\
请求体为表单（`multipart/form-data`），其中空文本等同于缺省。表中没有的字段会被忽略，绝不转发。
见[文件](files.zh-CN.md)。""",
    }
)
