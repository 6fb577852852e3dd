"""The LV2 in Ardour without a window: a session with notes and automation, exported, is what hobnail render makes."""

import os
import re
import shutil
import subprocess
import time

import mido
import numpy as np
import pytest
import soundfile

from .playing import rendered

pytestmark = [
    pytest.mark.skipif(shutil.which("ardour7-lua") is None, reason="Ardour is not installed (Debian: ardour)"),
    pytest.mark.timeout(300),
]
SCRIPT = """
AudioEngine:set_backend("None (Dummy)", "", "")
local s = create_session("{folder}", "scene", 48000)
local midi = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
local audio = ARDOUR.ChanCount(ARDOUR.DataType("audio"), 2)
local tracks = s:new_midi_track(midi, audio, true, ARDOUR.PluginInfo(), nil, nil, 1, "Foley",
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
for track in tracks:iter() do
    local plugin = ARDOUR.LuaAPI.new_plugin(s, "urn:hobnail:instrument", ARDOUR.PluginType.LV2, "")
    assert(not plugin:isnil())
    track:add_processor_by_index(plugin, 0, nil, true)
    for side = 0, 1 do -- Ardour connects on a thread of its own: saved before that, the track is heard nowhere
        for _ = 1, 3000 do
            if track:output():audio(side):connected() then break end
            ARDOUR.LuaAPI.usleep(10000)
        end
    end
end
s:save_state("")
quit()
"""
NOTES = [(960, 72, 100, 480), (1_920, 36, 90, 100), (2_880, 44, 80, 960), (4_321, 79, 127, 10)]
FRAMES_A_TICK = 50  # 480 ticks a beat, 120 beats a minute
SECOND = 282_240_000  # Ardour's own unit of time
SOURCE = '<Source name="Foley-1.mid" take-id="" type="midi" flags="Writable,CanRename" id="900" origin="Foley-1.mid"/>'
REGION = (
    '<Region name="Foley-1" muted="0" opaque="1" locked="0" automatic="0" whole-file="0" start="b0"'
    ' length="b19200@b0" layering-index="0" id="901" type="midi" first-edit="nothing" source-0="900"'
    ' master-source-0="900"/>'
)
RANGE = f'<Location id="902" name="session" start="a0" end="a{4 * SECOND}" flags="IsSessionRange" locked="0"/>'
AUTOMATION = "<events>b0 -0.5\nb11520 0.9\n</events>"


@pytest.fixture
def ardour(plugin, server, tmp_path):
    """Runs one of Ardour's programs in a home of its own."""
    shutil.copytree(plugin.lv2, tmp_path / "home/.lv2/Hobnail.lv2")
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "HOBNAIL_ADDRESS": server.control}

    def run(*command):
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def write_notes(path):
    track = mido.MidiTrack()
    now = 0
    events = [(at, "note_on", key, velocity) for at, key, velocity, _ in NOTES]
    events += [(at + held, "note_off", key, 0) for at, key, _, held in NOTES]
    for at, kind, key, velocity in sorted(events):
        track.append(mido.Message(kind, note=key, velocity=velocity, time=at - now))
        now = at
    file = mido.MidiFile(type=0, ticks_per_beat=480)
    file.tracks.append(track)
    file.save(path)


def newest(folder, count, patience_s=60.0):
    """The newest score, once there are more than ``count``."""
    deadline = time.monotonic() + patience_s
    while len(found := sorted(folder.glob("bounce-*.json"), key=lambda path: path.stat().st_mtime)) <= count:
        assert time.monotonic() < deadline, "the room kept no score"
        time.sleep(0.1)
    return found[-1]


def test_an_exported_session_is_what_hobnail_render_makes_of_the_same_events(ardour, scores, tmp_path):
    folder = tmp_path / "scene"
    script = tmp_path / "make.lua"
    script.write_text(SCRIPT.format(folder=folder), encoding="utf-8")
    made = ardour("ardour7-lua", str(script))
    session = folder / "scene.ardour"
    assert session.exists(), made.stdout + made.stderr
    write_notes(folder / "interchange/scene/midifiles/Foley-1.mid")
    text = session.read_text(encoding="utf-8")
    assert text.count('other="Master/audio_in') == 2, "Ardour did not connect the track"
    text = text.replace("<Sources/>", f"<Sources>{SOURCE}</Sources>")
    text = text.replace("<Locations/>", f"<Locations>{RANGE}</Locations>")
    text = re.sub(r'(<Playlist id="\d+" name="Foley"[^>]*)/>', rf"\1>{REGION}</Playlist>", text)
    moved = r'(<AutomationList automation-id="parameter-7"[^>]*)state="Off"/>'  # texture
    text, count = re.subn(moved, rf'\1state="Play">{AUTOMATION}</AutomationList>', text)
    assert count == 1
    session.write_text(text, encoding="utf-8")
    before = len(list(scores.glob("bounce-*.json")))
    target = tmp_path / "out.wav"
    done = ardour("ardour7-export", "-b", "float", "-o", str(target), str(folder), "scene")
    assert target.exists(), done.stdout + done.stderr
    sound, _ = soundfile.read(target, dtype="float32", always_2d=True)
    score = newest(scores, before)
    wanted = rendered(score, tmp_path)
    onset = int(np.flatnonzero(np.abs(sound).max(axis=1) > 1e-6)[0])
    first = int(np.flatnonzero(np.abs(wanted).max(axis=1) > 1e-6)[0])
    off = onset - NOTES[0][0] * FRAMES_A_TICK  # Ardour takes out the latency that the plug-in reports
    assert abs(off) <= 1, f"{off} frames off; {done.stdout[-300:]}"
    end = min(len(sound) - onset, len(wanted) - first)
    assert end > 2 * 48_000
    # Exact but for Ardour's own arithmetic, which once left 1.3e-14 in blocks of one channel, 270 dB below full scale.
    np.testing.assert_allclose(sound[onset : onset + end], wanted[first : first + end], rtol=0.0, atol=1e-12)
    assert '"texture"' in score.read_text(encoding="utf-8")  # the automation was heard
