"""The command line: a thin layer of words over the server's parts."""
