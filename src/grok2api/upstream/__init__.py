"""The way to xAI: one HTTP client, one reading of its answers, one classifier of its errors."""
