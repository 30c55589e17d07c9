"""Video jobs: sent once, followed by one worker at a time, kept and settled at their end."""
