"""OpenAI's and xAI's ways to ask for pictures: fields, reading, writing for upstream, telling the answer."""
