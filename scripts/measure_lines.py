"""Writes how still a bundle's partials stand into its manifest: ``python scripts/measure_lines.py BUNDLE FEED``.

For a bundle that was exported before version 5; ``hobnail-train export`` does it itself.
"""

import sys
from pathlib import Path

from hobnail_trainer.export.bundle import with_lines
from hobnail_trainer.feed.store import open_feed


def main() -> None:
    """Measure, write, print."""
    with_lines(Path(sys.argv[1]), open_feed(sys.argv[2]), tell=print)


if __name__ == "__main__":
    main()
