"""Makes ``tests/data/tiny_bundle.tar.xz``: graphs of a tiny network that was never trained, for tests of the engine.

Run it where the graphs have changed: ``python scripts/make_tiny_bundle.py`` (two minutes; needs hobnail[train]).
"""

import sys
import tarfile
import tempfile
from pathlib import Path

import torch

from hobnail.host import Host
from hobnail_plugins.aht.bundle import graph_file
from hobnail_plugins.aht.graph_io import GRAPHS
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.export.bundle import write_sinks
from hobnail_trainer.export.write import graphs_of

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO / "tests/plugins/aht"))
from bundles import PACKED, SPEC  # noqa: E402 - found by the line above


def network(seed: int = 5) -> torch.nn.Module:
    """Every weight counts: nothing is 0, and nothing overwhelms."""
    torch.manual_seed(seed)
    made = assemble(SPEC, Host.discovered()).eval()
    with torch.no_grad():
        for name, value in made.named_parameters():
            if value.ndim > 1 and "sink" not in name:
                value.copy_(torch.randn(value.shape) * 0.7 / value.shape[-1] ** 0.5)
            elif "gain" not in name:
                value.add_(0.1 * torch.randn(value.shape))
    return made


def main() -> None:
    """Write the graphs and pack them."""
    made = network()
    with tempfile.TemporaryDirectory() as folder:
        for name, model in graphs_of(made, GRAPHS).items():
            (Path(folder) / graph_file(name)).write_bytes(model.SerializeToString())
        write_sinks(made, Path(folder))
        (Path(folder) / "LICENSE").write_text("CC0-1.0\n", encoding="utf-8")
        with tarfile.open(PACKED, "w:xz") as packed:
            for path in sorted(Path(folder).iterdir()):
                packed.add(path, path.name)


if __name__ == "__main__":
    main()
