"""One endpoint family a file."""
