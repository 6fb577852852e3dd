"""Writes ``docs/protocol-1.schema.json`` and ``docs/protocol-reference.md`` from the typed structs of protocol 1.

Run it after a change of the protocol and read the difference, as with ``make_vectors.py``. ``--check`` writes nothing
and fails when the files are out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from hobnail.protocol.reference import reference
from hobnail.protocol.schema import json_schema

DOCS = Path(__file__).parent.parent / "docs"


def pages() -> dict[str, str]:
    """File name -> text."""
    return {
        "protocol-1.schema.json": json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n",
        "protocol-reference.md": reference(),
    }


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the files are out of date")
    check = parser.parse_args().check
    stale = []
    for name, text in pages().items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{'out of date' if check else 'written'}: {', '.join(stale) or 'nothing'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
