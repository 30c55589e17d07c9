"""grok2api: a self-hosted gateway that gives any OpenAI client the models of xAI's Grok."""

__version__ = "0.1.0"
