"""Start the benchmark: `python bench/run.py --help`.

It is a script outside the package, so it puts the repository's root on the path and hands over; it imports
nothing of the product, which it only ever meets over a socket.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.cli import main  # noqa: E402 - the path above must be set first

if __name__ == "__main__":
    sys.exit(main())
