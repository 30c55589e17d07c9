"""A stand-in for xAI's REST API, spoken over a real socket.

It exists so that tests, `serve --sandbox` and fault drills can run without a key, without money and
without a network: text models on chat completions and on Responses, tools, structured output,
search items, stored responses, pictures, films, files and voices, accounts, quotas, an OAuth issuer, every
documented error shape, and faults on demand.
It is written from xAI's documentation and recorded traffic, blind to the gateway, so that it judges
the gateway instead of agreeing with it. It must never import any part of the product but
`grok2api.kit`, never reach the network, and never be mistaken for the real thing: every answer
carries `x-grok2api-sandbox: 1`.

Where to look:

- `app` routes a request, `serve` binds the socket, `world` is the state of one sandbox.
- `accounts`, `directory`, `quotas`, `models`, `refusals`, `identity` say who may do what, and how xAI refuses
  the rest.
- `oauth` is the issuer: sign-in by device code or PKCE, tokens that rotate.
- `chat_request`, `chat`, `responses_request`, `responses`, `response_items`, `response_events` are
  the two text surfaces; `arguments`, `fields`, `tools`, `images` are what both check.
- `media` is pictures, films, files and voices, `kept` what is remembered of them; `uploads` and `blobs` carry
  bodies that are too large to be held, `attachments` reads the documents of a question.
- `conversation`, `phrases`, `thinking`, `tool_calls`, `schema_values` decide what is said.
- `scenario`, `faults`, `distortion`, `delivery` break answers on demand; `journal` remembers.

Keys are `xai-sandbox-<name>`; docs/sandbox.md lists names, magic prompts and faults.
"""
