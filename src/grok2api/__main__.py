"""`python -m grok2api`."""

from grok2api.cli.main import main

if __name__ == "__main__":
    main()
