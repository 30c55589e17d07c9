"""What an operator does, apart from how it is asked for: the CLI and the admin API both call here.

Must never know which of the two it is.
"""
