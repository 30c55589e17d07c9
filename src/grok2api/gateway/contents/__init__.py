"""Prompts and answers of client keys for which an operator wants them kept."""
