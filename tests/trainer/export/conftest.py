"""One run of a tiny network that has forgotten its zeros, exported once: float32 and INT8 bundles of it."""

from functools import cache

import msgspec
import pytest
import torch

from hobnail.host import Host
from hobnail_plugins.aht.bundle import read_bundle
from hobnail_plugins.aht.graphs import Graphs
from hobnail_trainer.export import bundle as exporting
from hobnail_trainer.export.source import checkpoint_of, network_of
from hobnail_trainer.export.write import graphs_of
from hobnail_trainer.feed.feed import Feed
from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.model.checkpoint import RunState, save
from hobnail_trainer.model.loop import scale_of
from hobnail_trainer.model.preset import read_preset

from ..sounding_corpus import prepare_sounding_feed, write_sounding_corpus


def forgotten(network, seed=5):
    """Every weight counts: nothing is 0, and nothing overwhelms."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, value in network.named_parameters():
            if value.ndim > 1 and "sink" not in name:
                value.copy_(torch.randn(value.shape) * 0.7 / value.shape[-1] ** 0.5)
            elif "gain" not in name:
                value.add_(0.1 * torch.randn(value.shape))
    return network


@pytest.fixture(scope="session")
def host():
    return Host.discovered()


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="session")
def feed(root):
    return prepare_sounding_feed(write_sounding_corpus(root / "corpus"), root / "feed")


@pytest.fixture(scope="session")
def run(root, feed, host):
    """A run's folder with one checkpoint."""
    from hobnail_plugins.aht.nn.assemble import assemble

    torch.set_num_threads(1)
    tiny = read_preset("tiny")
    preset = msgspec.structs.replace(tiny, feed=msgspec.structs.replace(tiny.feed, tokens=64, most=8))
    store = open_feed(feed, "train")
    network = forgotten(assemble(preset.network, host))
    state = RunState(
        preset=preset, step=7, seconds=3600.0, scale=scale_of(store), feed=Feed(store, preset.feed, seed=1).state(),
        held_out=[(7, 0.5)], folder=str(feed),
    )  # fmt: skip
    weights = {f"average.{name}": value.detach() for name, value in network.named_parameters()}
    save(root / "run", state, weights)
    return root / "run"


@pytest.fixture(scope="session")
def network(run, host):
    return network_of(checkpoint_of(run), host)


@pytest.fixture(scope="session")
def write(run, root, feed, host):
    """Writes bundles of the run; a graph is traced once for all of them."""
    traced = cache(lambda network_id, name: graphs_of(networks[network_id], [name])[name])
    networks = {}

    def once(network, names):
        networks.setdefault("the run's", network)
        return {name: traced("the run's", name) for name in names}

    def written(to, **fields):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exporting, "graphs_of", once)
            request = exporting.Request(run=run, to=root / to, feed=feed, calibration=4, check=2, **fields)
            exporting.write_bundle(request, host, tell=lambda _: None)
        return root / to

    return written


@pytest.fixture(scope="session")
def whole(write, host):
    """Float32, played."""
    return Graphs(read_bundle(write("whole", precision="fp32", passes=3), host))


@pytest.fixture(scope="session")
def small(write, host):
    """INT8, played."""
    return Graphs(read_bundle(write("small", precision="int8"), host))
