"""Anthropic's Messages, spoken over xAI's Responses surface."""
