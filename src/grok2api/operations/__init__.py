"""What an operator does to the pool, apart from how it is asked for: CLI and admin API both call here."""
