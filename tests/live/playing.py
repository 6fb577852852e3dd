"""Who plays in tests of faults: rules, and the network of the bundle that comes with Hobnail."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from hobnail.launch import ServerProcess

NEURAL = pytest.param(
    "aht", marks=pytest.mark.skipif(find_spec("onnxruntime") is None, reason="hobnail[cpu] is not installed")
)
ENGINES = ["procedural", NEURAL]


@contextmanager
def serving(engine: str, cache: Path, *options: str) -> Iterator[ServerProcess]:
    """A server that plays by ``engine``; ``cache`` is its own, so no other program's marker keeps a bundle out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        with ServerProcess(["--sink", "null", "--engine", engine, *options]) as server:
            yield server
