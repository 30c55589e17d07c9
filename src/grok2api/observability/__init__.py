"""What the process tells about itself: logs, metrics and traces.

Must never tell a secret, and must never fail or slow what it tells of.
"""
