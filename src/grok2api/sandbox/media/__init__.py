"""Pictures, films, files and voices as xAI serves them: real bytes that decode, made here and now.

Nothing is fetched from the network: a source is a data URL, a file, or an address of the sandbox itself;
what lies behind any other https address is made up. What must be remembered is in `grok2api.sandbox.kept`.

- `orders` reads what a prompt or a scenario wants broken; `sources` reads pictures and films that come in.
- `images_request`, `images`, `pictures`: the image endpoints. `videos_request`, `videos`, `clips`, `h264`,
  `mp4`: the video endpoints and the films. `links` serves the results.
- `files` is the Files API. `speech`, `transcripts`, `sound`, `mp3`, `voices`: what speaks and what listens.
"""
