"""`python main.py` serves; with a command it is the command line. From a checkout, nothing installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from grok2api.cli.main import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["serve"])
