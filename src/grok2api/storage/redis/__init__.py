"""Records in Redis alone: one hash for each row, ordered sets to find them by, Lua for what must be exact."""
