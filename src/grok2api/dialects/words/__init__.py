"""What was said in a request and its answer, as it is kept and shown where an operator wants that."""
