"""Who asks, what it cost, and that both are written down exactly once.

Must never make a request wait for the ledger, and must never hold what was said.
"""
