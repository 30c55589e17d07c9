"""Responses in the background: carried out without their client, kept for a while, told again anywhere."""
