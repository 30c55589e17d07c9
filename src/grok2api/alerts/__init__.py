"""What an operator should be told at once, and how it is told once only."""
