"""Shared state in Redis: for several workers and hosts that have to agree by the millisecond."""
