"""The VST3 in a second host, DawDreamer: the same samples as pedalboard's, which are ``hobnail render``'s."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from .playing import rendered, timeline

pytestmark = [
    pytest.mark.skipif(
        find_spec("dawdreamer") is None, reason="no DawDreamer: the extra dev has it on Linux x86_64 only"
    ),
    pytest.mark.timeout(300),
]
NOTES = [(4_800, 72, 100, 4_800), (9_600, 36, 90, 96), (24_000, 44, 80, 9_600)]
FRAMES = 48_000
SCRIPT = """
import sys
import dawdreamer, numpy
engine = dawdreamer.RenderEngine(48_000, int(sys.argv[2]))
foley = engine.make_plugin_processor("foley", sys.argv[1])
for note in sys.argv[4:]:
    frame, key, velocity, held = map(int, note.split(":"))
    foley.add_midi_note(key, velocity, frame / 48_000, held / 48_000)
engine.load_graph([(foley, [])])
engine.render(1.2)
print("latency", foley.get_latency_samples())
numpy.save(sys.argv[3], engine.get_audio().T)
"""


@pytest.mark.parametrize("block", [128, 512])
def test_a_render_is_what_hobnail_render_makes_of_the_same_notes(plugin, server, tmp_path, block):
    target = tmp_path / "sound.npy"
    notes = [":".join(map(str, note)) for note in NOTES]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(plugin.vst3), str(block), str(target), *notes],
        env={**os.environ, "HOBNAIL_ADDRESS": server.control},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    latency = block + 1_536
    assert f"latency {latency}" in done.stdout
    sound = np.load(target)
    assert not sound[:latency].any()
    np.testing.assert_array_equal(sound[latency : latency + FRAMES], rendered(timeline(NOTES, FRAMES), tmp_path))
