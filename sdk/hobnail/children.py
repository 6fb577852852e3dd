"""How programs of ours are started beside this one."""

from __future__ import annotations

import sys


def python(module: str, *arguments: str) -> list[str]:
    """[any] The command that runs a module with this Python, whatever lies in the current folder.

    Without ``-P`` a file of the user's that is called ``click.py`` or ``numpy.py`` would be imported, and run.
    """
    return [sys.executable, "-P", "-m", module, *arguments]
