"""The request path: plan, lease, send, first frame, open, stream, settle once."""
