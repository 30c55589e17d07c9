"""xAI's API as it really behaves."""
