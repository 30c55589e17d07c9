"""The nouns that the stages hand on to each other. Small frozen values; no I/O, no decisions."""
