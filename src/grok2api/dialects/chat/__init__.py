"""OpenAI's Chat Completions, spoken over either of xAI's text surfaces."""
