"""Servers that are not the plain one: with palettes that the plug-in loads by name, and locked with keys."""

import numpy as np
import pytest

from hobnail.client.keymaking import make_keys
from hobnail.launch import ServerProcess

from ..live.test_palettes import Peer, palette_in
from ..plugins.aht.bundles import unpacked

LIVE, NO_SERVER, REFUSED = 2, 1, 4


# --- palettes -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def colourful(tmp_path_factory):
    """A server whose engine takes the palette ``boots``."""
    folder = tmp_path_factory.mktemp("models")
    palette_in(folder / "named/boots")
    config = folder / "config.toml"
    config.write_text(
        f'[session]\nengine = "aht"\nlead_frames = 1024\n'
        f'[engine.aht]\nbundle = "{unpacked(folder / "tiny")}"\npalettes = "{folder / "named"}"\ntakes = 0\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        with ServerProcess(["--config", str(config), "--sink", "null"]) as server:
            yield server


def is_loaded(server, name):
    """Whether a palette is there; if it is, it is taken away."""
    peer = Peer(server)
    try:
        return peer.ask(type="palette", op="unload", palette=name)["type"] == "ack"
    finally:
        peer.close()


def test_the_parameter_loads_a_palette_by_its_name_and_takes_it_away(run_probe, colourful):
    common = {"way": "live", "address": colourful.control, "seconds": 3, "text": ["palettes:nobody, boots"]}
    assert not is_loaded(colourful, "boots")
    said = run_probe("asan", set=["palette:2@48000"], **common)
    assert said["status"] == LIVE
    assert is_loaded(colourful, "boots")
    run_probe("asan", set=["palette:2@48000", "palette:0@96000"], **common)
    assert not is_loaded(colourful, "boots")


def test_a_name_that_the_server_does_not_know_is_shown_as_refused(run_probe, colourful):
    wish = {"text": ["palettes:nobody, boots"], "set": ["palette:1@48000"]}
    assert run_probe("asan", way="live", address=colourful.control, seconds=3, **wish)["status"] == REFUSED


def test_a_bounce_has_the_palette_too(run_probe, colourful, tmp_path):
    def bounced(name, *moves):
        wish = {"text": ["palettes:boots"], "set": ["pitch:9", *moves], "out": tmp_path / name}
        run_probe("asan", ["9600:72:100"], way="offline", address=colourful.control, seconds=1, **wish)
        return np.fromfile(tmp_path / name, "<f4")

    plain, coloured, again = bounced("plain"), bounced("coloured", "palette:1"), bounced("again", "palette:1")
    assert np.abs(plain).max() > 1e-3
    np.testing.assert_array_equal(coloured, again)
    assert not np.array_equal(coloured, plain)
    assert is_loaded(colourful, "boots")  # for what sounds live, too


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A server that listens beyond this machine, for one key; (its address here, the folder of keys)."""
    folder = tmp_path_factory.mktemp("locked")
    keys = make_keys(folder / "keys", clients=("studio", "stranger"))
    keys["stranger.key"].unlink()  # it is not on the list
    config = folder / "locked.toml"
    config.write_text(
        '[bridge.zmq]\nhost = "0.0.0.0"\n[bridge.zmq.curve]\n'
        f"server_key_file = {str(keys['server.key_secret'])!r}\nclients_dir = {str(folder / 'keys/clients')!r}\n"
    )
    with ServerProcess(["--sink", "null", "--config", str(config)]) as server:
        yield server.control.replace("0.0.0.0", "127.0.0.1"), keys


def played(run_probe, locked, *own):
    address, keys = locked
    texts = [f"server_key:{keys['server.key']}", *(f"own_key:{keys[name]}" for name in own)] if own else []
    notes = [f"{frame}:72:100" for frame in range(72_000, 168_000, 24_000)]
    return run_probe("asan", notes, way="live", address=address, seconds=4, text=texts)


def test_with_its_keys_it_comes_in_and_sounds(run_probe, locked):
    said = played(run_probe, locked, "studio.key_secret")
    assert said["status"] == LIVE
    assert not said["shared"]  # it listens beyond this machine
    assert said["quietest"] > 1e-3


def test_a_key_that_is_not_on_the_list_stays_outside(run_probe, locked):
    said = played(run_probe, locked, "stranger.key_secret")
    assert said["status"] == NO_SERVER
    assert said["quietest"] == 0.0


def test_without_keys_it_stays_outside(run_probe, locked):
    said = played(run_probe, locked)
    assert (said["status"], said["quietest"]) == (NO_SERVER, 0.0)


def test_a_key_file_that_is_not_there_is_shown_as_refused(run_probe, locked, tmp_path):
    address, keys = locked
    texts = [f"server_key:{keys['server.key']}", f"own_key:{tmp_path / 'no.key_secret'}"]
    said = run_probe("asan", way="live", address=address, seconds=1, text=texts)
    assert said["status"] == REFUSED
