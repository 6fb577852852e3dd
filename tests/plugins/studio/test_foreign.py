"""VST3 effects of other makers in a chain, in a process of their own; and one that crashes and hangs in its code."""

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from hobnail import EmitterSettings, PluginError
from hobnail.render import Timeline, TimelineEvent, write_timeline
from hobnail.render.chain import apply
from hobnail_plugins.studio.isolated import CrashedError, HungError
from hobnail_plugins.studio.spec import Vst3Config
from hobnail_plugins.studio.vst3 import Vst3Maker, plugins_in

from .foreign_plugins import trouble, zam

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the plug-ins are built for Linux"),
    pytest.mark.timeout(300),
]
RATE = 48_000


def vst3(path, **settings):
    return Vst3Maker()(Vst3Config(path=str(path), load_timeout_s=120.0, **{"timeout_s": 60.0, **settings}))


def through(effect, sound):
    return apply(sound, [("effect", effect)]).sound


@pytest.fixture
def click():
    sound = np.zeros((RATE // 2, 2), np.float32)
    sound[1_000, 0], sound[1_000, 1] = 0.5, 0.25
    return sound


# --- other people's --------------------------------------------------------------------------------------------------


def test_a_foreign_file_is_scanned_in_a_child():
    assert plugins_in(zam("ZaMaximX2"), timeout_s=120.0) == ["ZaMaximX2"]


def test_what_a_foreign_limiter_holds_back_is_taken_out(click):
    effect = vst3(zam("ZaMaximX2"))
    assert effect.latency_frames == 480
    out = through(effect, click)
    assert np.abs(out).max(axis=1).argmax() == 1_000
    assert np.allclose(out[1_000], click[1_000], atol=1e-4)


def test_a_parameter_of_a_foreign_effect_moves_by_its_curve():
    steady = np.full((RATE, 2), 0.1, np.float32)
    points = ((0.0, -24.0), (1.0, 0.0))
    out = through(vst3(zam("ZaMaximX2"), curves={"output_ceiling_db": points}), steady)
    level_db = 20 * np.log10(np.abs(out[:, 0]) / 0.1)
    inside = slice(RATE // 10, RATE - RATE // 10)  # its own look-ahead fades the ends
    expected = np.interp(np.arange(len(out)) / RATE, *zip(*points, strict=True))
    assert np.abs(level_db[inside] - expected[: len(out)][inside]).max() < 0.6  # a step of 0.26 dB a block


def test_a_mono_effect_serves_each_channel_by_itself_and_rings_out(click):
    settings = {"time_ms": 250.0, "feedback": 0.5, "dry_wet": 0.5, "output_gain_db": 0.0, "lpf_hz": 20_000.0}
    out = through(vst3(zam("ZamDelay"), settings=settings), click)
    assert len(out) > len(click) + RATE // 4
    left, right = np.abs(out).T
    assert left.argmax() == right.argmax() == 1_000
    assert left[1_000] == pytest.approx(2.0 * right[1_000], rel=1e-3)
    for echo in (1, 2):
        place = slice(1_000 + echo * RATE // 4 - 200, 1_000 + echo * RATE // 4 + 200)
        assert left[place].max() > 0.01
        assert left[place].max() == pytest.approx(2.0 * right[place].max(), rel=1e-2)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"settings": {"output_ceiling": 0.0}}, "Did you mean 'output_ceiling_db'"),
        ({"settings": {"output_ceiling_db": 99.0}}, "settings of output_ceiling_db"),
        ({"curves": {"treshold_db": ((0.0, 0.0),)}}, "Did you mean 'threshold_db'"),
        ({"curves": {"threshold_db": ((0.0, 0.0), (1.0, 12.0))}}, "Keep it within -30 to 0"),
        ({"curves": {"current_program": ((0.0, 0.0),)}}, "a choice of words"),
    ],
)
def test_a_wrong_parameter_is_named_before_anything_is_played(settings, said):
    with pytest.raises(PluginError, match=said):
        vst3(zam("ZaMaximX2"), **settings)


def test_a_folder_is_looked_through_and_what_breaks_is_told_beside_the_rest(tmp_path):
    for path in (zam("ZaMaximX2"), trouble(), trouble(at_load=True)):
        (tmp_path / path.name).symlink_to(path)
    command = [sys.executable, "-m", "hobnail", "vst3", str(tmp_path), "--json", "--timeout", "100"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    halving, broken, limiter = map(json.loads, done.stdout.splitlines())  # by the names of their files
    assert (limiter["name"], limiter["latency_frames"]) == ("ZaMaximX2", 480)
    assert {"name": "threshold_db", "now": 0.0, "low": -30.0, "high": 0.0} in limiter["parameters"]
    assert [parameter["words"] for parameter in limiter["parameters"] if "words" in parameter] == [["Zero"]]
    assert [parameter["name"] for parameter in halving["parameters"]] == ["trouble"]
    assert "by signal 11" in broken["problem"]


# --- one that breaks -------------------------------------------------------------------------------------------------


def test_it_works_until_it_is_told_to_break(click):
    assert np.array_equal(through(vst3(trouble()), click), click * np.float32(0.5))


@pytest.mark.parametrize(
    ("value", "kind", "said"), [(1.0, CrashedError, "by signal 11"), (2.0, HungError, "within 5 s")]
)
def test_a_crash_or_hang_in_its_code_is_an_error_here(click, value, kind, said):
    curves = {"trouble": ((0.0, 0.0), (0.2, 0.0), (0.21, value))}
    with pytest.raises(kind, match=said):
        through(vst3(trouble(), curves=curves, timeout_s=5.0), click)


def test_a_crash_while_it_is_loaded_or_scanned_is_an_error_here():
    for attempt in (vst3, plugins_in):
        with pytest.raises(CrashedError, match=r"TroubleAtLoad\.vst3.*by signal 11"):
            attempt(trouble(at_load=True))


def test_a_plugin_that_crashes_costs_its_stem_alone_and_is_left_out_the_next_time(tmp_path):
    steps = tuple(TimelineEvent(at_s=0.2 + 0.3 * n, emitter="ab"[n % 2], name="footstep") for n in range(4))
    gravel = EmitterSettings(material="gravel")
    scene = Timeline(duration_s=1.5, emitters={"a": gravel, "b": gravel}, events=steps)
    write_timeline(scene, tmp_path / "scene.json")
    (tmp_path / "chain.toml").write_text(
        f'[[stems.a]]\neffect = "vst3"\npath = "{trouble()}"\ncurves = {{ trouble = [[0.0, 0.0], [1.0, 1.0]] }}\n'
        f'blocklist = "blocklist.json"\n[[stems.b]]\neffect = "gain"\ngain_db = -20.0\n'
    )
    plain = rendered(tmp_path, "plain")
    first = rendered(tmp_path, "first", "--chain", "chain.toml")
    assert "a: stays without effects" in first
    assert "by signal 11" in first
    second = rendered(tmp_path, "second", "--chain", "chain.toml")
    assert "is on the list of those to be left out" in second
    assert "without effects" not in plain
    stems = {name: soundfile.read(tmp_path / f"{name}.wav")[0] for name in ("plain.a", "plain.b", "first.a", "first.b")}
    assert np.array_equal(stems["plain.a"], stems["first.a"])
    assert np.array_equal(soundfile.read(tmp_path / "second.wav")[0], soundfile.read(tmp_path / "first.wav")[0])
    assert np.allclose(0.1 * stems["plain.b"], stems["first.b"], atol=1e-6)
    assert [why for why in json.loads((tmp_path / "blocklist.json").read_text()).values() if "signal 11" in why]


def test_a_plugin_that_crashes_when_it_is_loaded_costs_no_render(tmp_path):
    step = TimelineEvent(at_s=0.1, emitter="a", name="footstep")
    scene = Timeline(duration_s=0.5, emitters={"a": EmitterSettings(material="gravel")}, events=(step,))
    write_timeline(scene, tmp_path / "scene.json")
    (tmp_path / "chain.toml").write_text(f'[[mix]]\neffect = "vst3"\npath = "{trouble(at_load=True)}"\n')
    rendered(tmp_path, "plain")
    said = rendered(tmp_path, "broken", "--chain", "chain.toml")
    assert "mix: stays without effects" in said
    assert "by signal" in said
    assert "on the list" not in said  # it is only from the next time on
    assert (tmp_path / "broken.wav").read_bytes() == (tmp_path / "plain.wav").read_bytes()


def rendered(folder, name, *options):
    command = [sys.executable, "-m", "hobnail", "render", "scene.json", "-o", f"{name}.wav", "--stems", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return " ".join((done.stdout + done.stderr).split())
