"""The operator's edge: the admin API, closed unless an operator has signed in.

Must never do in a way of its own what the CLI does too: both call `operations`.
"""
