"""Writes how loud a bundle's events are into its manifest: ``python scripts/measure_levels.py BUNDLE``.

For a bundle that was exported before version 3, or whose rules have changed; ``hobnail-train export`` does it itself.
"""

import sys
from pathlib import Path

from hobnail_trainer.export.bundle import with_levels


def main() -> None:
    """Measure, write, print."""
    levels = with_levels(Path(sys.argv[1])).levels
    for title, table in (
        ("one-shots are turned towards", levels.one_shot_db),
        ("sustained events are turned up by", levels.sustained_db),
        ("and are, as they are made, at", levels.steady_db),
    ):
        print(title)
        for name, value in table.items():
            print(f"    {name}: {value:.1f} dB")


if __name__ == "__main__":
    main()
