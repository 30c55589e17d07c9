"""Who asks, what it cost, and that both are written down exactly once."""
