"""Files that are made from the code: written where they differ, or only checked."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path


def write_or_check(folder: Path, files: Mapping[str, str], help: str) -> int:
    """Write ``files``, name -> text, into ``folder``; with ``--check`` fail when they are out of date: an exit code."""
    parser = argparse.ArgumentParser(description=help, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the files are out of date")
    check = parser.parse_args().check
    folder.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{'out of date' if check else 'written'}: {', '.join(stale) or 'nothing'}")
    return 1 if check and stale else 0
