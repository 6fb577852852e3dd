"""pedalboard in chains: latency, tails, moving settings; foreign effects that break cost one stem and say so."""

import os
import sys
from pathlib import Path

import numpy as np
import pedalboard
import pytest

from hobnail import ConfigError, Host, PluginError, hookimpl
from hobnail.render import Chain, read_chain
from hobnail.render.chain import apply, chain_treatment
from hobnail_plugins.studio.board import PedalboardEffect
from hobnail_plugins.studio.isolated import CrashedError, HungError, IsolatedEffect
from hobnail_plugins.studio.spec import PedalboardConfig, Vst3Config
from hobnail_plugins.studio.vst3 import Blocklist, Vst3Maker, plugins_in

HERE = str(Path(__file__).parent)


@pytest.fixture
def burst():
    sound = np.zeros((24_000, 2), np.float32)
    sound[1_000:1_200] = np.random.default_rng(1).normal(0.0, 0.2, (200, 2))
    return sound


def effect(plugin, settings=None, curves=None):
    return PedalboardEffect(PedalboardConfig(plugin=plugin, settings=settings or {}, curves=curves or {}))


@pytest.fixture(autouse=True)
def child_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")]))


def isolated(timeout_s=10.0, **settings):
    return IsolatedEffect("failing:build", settings, name="bad.vst3", load_timeout_s=60.0, timeout_s=timeout_s)


@pytest.mark.parametrize("name", ["Gain", "Reverb", "Compressor", "PitchShift", "Delay", "MP3Compressor"])
def test_a_chain_gives_what_pedalboard_gives_with_nothing_delayed(burst, name):
    settings = {"Gain": {"gain_db": -6.0}, "PitchShift": {"semitones": 3.0}}.get(name, {})
    ours = apply(burst, [(name, effect(name, settings))]).sound
    theirs = getattr(pedalboard, name)(**settings).process(np.ascontiguousarray(burst.T), 48_000, reset=True).T
    assert np.abs(ours[:20_000] - theirs[:20_000]).max() < (0.02 if name == "PitchShift" else 1e-6)


def test_a_tail_is_drained_until_it_is_silent(burst):
    wet = apply(burst, [("Reverb", effect("Reverb", {"room_size": 0.9}))]).sound
    assert len(wet) > len(burst) + 24_000
    assert np.abs(wet[-1]).max() > 10 ** (-95 / 20)


def test_a_setting_moves_by_its_curve():
    steady = np.full((48_000, 2), 0.1, np.float32)
    moved = apply(steady, [("Gain", effect("Gain", curves={"gain_db": ((0.0, -20.0), (1.0, 0.0))}))]).sound
    level_db = 20 * np.log10(moved[::4_800, 0] / 0.1)
    assert np.allclose(level_db, np.arange(-20.0, 0.0, 2.0), atol=0.25)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"plugin": "Reverv"}, "Did you mean 'Reverb'"),
        ({"plugin": "Reverb", "settings": {"rom_size": 1.0}}, "room_size"),
        ({"plugin": "Reverb", "curves": {"rom_size": ((0.0, 1.0),)}}, "Did you mean 'room_size'"),
        ({"plugin": "PitchShift", "curves": {"semitones": ((0.0, 1.0),)}}, "cannot move"),
    ],
)
def test_a_wrong_setting_is_named(config, said):
    with pytest.raises(ConfigError, match=said):
        PedalboardEffect(PedalboardConfig(**config))


def test_an_effect_that_changes_nothing_is_told_of(burst):
    assert "changed nothing" in apply(burst, [("Gain", effect("Gain", {"gain_db": 0.0}))]).warnings[0]


def test_an_isolated_effect_works_and_may_print(burst):
    assert np.array_equal(apply(burst, [("half", isolated(how="half"))]).sound, burst * np.float32(0.5))


def test_nan_is_caught_and_the_rest_sounds(burst):
    loud = burst + np.float32(0.1)
    treated = apply(loud, [("nan", isolated(how="nan"))])
    assert "samples that are no numbers" in treated.warnings[0]  # every fourth block, as it begins anew each time
    assert np.isfinite(treated.sound).all()
    assert np.allclose(treated.sound[:512], loud[:512] * 0.5)


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [("crash", CrashedError, "ended"), ("hang", HungError, "within 1 s"), ("raise", PluginError, "out of oil")],
)
def test_a_foreign_effect_that_breaks_is_an_error_here(burst, how, kind, said):
    with pytest.raises(kind, match=said):
        apply(burst, [("bad", isolated(1.0, how=how))])


def test_a_crash_while_loading_is_an_error_here():
    with pytest.raises(CrashedError, match=r"bad\.vst3"):
        isolated(how="crash", when="load")


def test_a_broken_plugin_costs_one_stem_and_says_so(burst):
    class Foreign:
        @hookimpl
        def hobnail_register_effects(self, register):
            register("crashing", lambda: isolated(how="crash"))

    host = Host()
    host.discover()
    host.add(Foreign(), "foreign")
    chain = Chain(stems={"a": ({"effect": "crashing"},), "*": ({"effect": "gain", "gain_db": -20.0},)})
    stems = {"a": burst, "b": burst}
    done, mix, warnings = chain_treatment(chain, host)(stems, 2 * burst)
    assert np.array_equal(done["a"], burst)
    assert np.allclose(done["b"], burst * 0.1, atol=1e-7)
    assert np.allclose(mix, done["a"] + done["b"])
    assert "a: stays without effects" in warnings[0]


def test_what_hung_once_is_on_the_list_until_it_changes(tmp_path):
    plugin = tmp_path / "a.vst3"
    plugin.write_bytes(b"not a plug-in")
    listed = Blocklist(tmp_path / "list.json")
    listed.add(plugin, "hung")
    assert Blocklist(tmp_path / "list.json").why(plugin) == "hung"
    maker = Vst3Maker()
    with pytest.raises(PluginError, match="to be left out: hung"):
        maker(Vst3Config(path=str(plugin), blocklist=str(tmp_path / "list.json")))
    os.utime(plugin, ns=(1, 1))
    assert Blocklist(tmp_path / "list.json").why(plugin) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there pedalboard asks the system for its own message box")
def test_a_file_that_is_no_plugin_is_refused_by_the_child(tmp_path):
    (tmp_path / "a.vst3").write_bytes(b"not a plug-in")
    with pytest.raises(PluginError, match=r"a\.vst3"):
        Vst3Maker()(Vst3Config(path=str(tmp_path / "a.vst3")))
    with pytest.raises(PluginError, match=r"a\.vst3"):
        plugins_in(tmp_path / "a.vst3")
    with pytest.raises(PluginError, match="no such file"):
        Vst3Maker()(Vst3Config(path=str(tmp_path / "none.vst3")))


def test_a_chain_comes_from_toml_or_python(tmp_path):
    (tmp_path / "a.toml").write_text('[[mix]]\neffect = "limiter"\nceiling_db = -2.0\n')
    (tmp_path / "a.py").write_text(
        'from hobnail.render import Chain\nchain = Chain(mix=({"effect": "limiter", "ceiling_db": -2.0},))\n'
    )
    assert read_chain(tmp_path / "a.toml") == read_chain(tmp_path / "a.py")
