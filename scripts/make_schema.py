"""Writes ``docs/protocol-1.schema.json`` and ``docs/protocol-reference.md`` from the typed structs of protocol 1.

Run it after a change of the protocol and read the difference, as with ``make_vectors.py``. ``--check`` writes nothing
and fails when the files are out of date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from generated import write_or_check

from hobnail.protocol.reference import reference
from hobnail.protocol.schema import json_schema

DOCS = Path(__file__).parent.parent / "docs"


def pages() -> dict[str, str]:
    """File name -> text."""
    return {
        "protocol-1.schema.json": json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n",
        "protocol-reference.md": reference(),
    }


if __name__ == "__main__":
    sys.exit(write_or_check(DOCS, pages(), __doc__))
