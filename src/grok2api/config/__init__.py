"""Settings: one typed tree, read from files, the store, the environment and flags, in that order.

It must never read the process's environment or working directory by itself; the caller hands both in.
"""
