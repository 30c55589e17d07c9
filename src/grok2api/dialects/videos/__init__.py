"""Video jobs, as OpenAI's clients and as xAI's own ask for them."""
