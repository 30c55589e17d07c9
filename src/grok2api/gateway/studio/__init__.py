"""Conversations with models that make pictures and clips: what is meant, who makes it, how it is told."""
