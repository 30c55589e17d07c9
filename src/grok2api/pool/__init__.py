"""The operator's credentials: which one serves a request, how each one fares, and what is kept of that."""
