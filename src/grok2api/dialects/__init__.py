"""The languages that clients speak. Pure: bytes in, bytes out; no I/O, no clock, no settings."""
