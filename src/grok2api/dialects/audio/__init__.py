"""Sound in and out: OpenAI's audio API and xAI's own, read, checked and written."""
