"""The VST3 in a real host: offline it is what ``hobnail render`` makes of the same notes, to the bit."""

import time

import numpy as np
import pytest
from scipy.signal import resample_poly

from hobnail.dawplugin.trial import load

from .playing import rendered, timeline

NOTES = [(4_800, 72, 100, 4_800), (9_000, 36, 90, 100), (24_000, 44, 80, 9_600), (30_001, 79, 127, 10)]
FRAMES = 60_000


def midi(notes):
    messages = []
    for frame, key, velocity, held in notes:
        messages.append((bytes([0x90, key, velocity]), frame / 48_000))
        messages.append((bytes([0x80, key, 0]), (frame + held) / 48_000))
    return messages


def play(plugin, notes, frames=FRAMES, rate=48_000, block=512):
    """float32 [frames, 2]; times of notes are in frames of 48 kHz."""
    sound = plugin(midi(notes), duration=frames / rate, sample_rate=rate, num_channels=2, buffer_size=block)
    return np.ascontiguousarray(sound.T)


@pytest.fixture
def loaded(plugin, server, monkeypatch):
    monkeypatch.setenv("HOBNAIL_ADDRESS", server.control)
    return load(str(plugin.vst3))


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return rendered(timeline(NOTES, FRAMES), tmp_path_factory.mktemp("rendered"))


@pytest.mark.parametrize("block", [64, 256, 1_000, 8_192, 48_000])
def test_a_bounce_is_what_hobnail_render_makes_of_the_same_notes(loaded, expected, block):
    latency = block + 1_536  # what it reports: one block, and 32 ms
    sound = play(loaded, NOTES, FRAMES + latency, block=block)
    assert loaded.reported_latency_samples == latency
    assert not sound[:latency].any()
    np.testing.assert_array_equal(sound[latency : latency + FRAMES], expected)


def test_parameters_have_units_and_words_and_reach_the_sound(loaded, tmp_path):
    assert loaded.parameters["pitch_semitones"].units == "semitones"
    loaded.surface = "gravel"
    loaded.event_of_the_keys = "impact"
    loaded.seed = 7  # this host knows a thousand steps of any parameter
    notes = NOTES[:1]
    sound = play(loaded, notes, 24_000)
    wanted = rendered(timeline(notes, 24_000, event="impact", surface="gravel", seed=int(loaded.seed)), tmp_path)
    latency = loaded.reported_latency_samples
    np.testing.assert_array_equal(sound[latency:], wanted[: len(sound) - latency])


def test_gain_is_in_decibels(loaded, expected):
    loaded.gain_db = -20.0
    given = 10 ** (loaded.gain_db / 20)  # the nearest that the host can say
    latency = 512 + 1_536
    sound = play(loaded, NOTES, 24_000)
    np.testing.assert_allclose(sound[latency:], expected[: 24_000 - latency] * given, atol=1e-5)


def test_the_projects_state_comes_back(loaded, plugin):
    loaded.texture = 0.25
    loaded.surface = "snow"
    play(loaded, [], 4_800)  # a host hands over what was moved with the next block
    state = loaded.raw_state
    other = load(str(plugin.vst3))
    assert other.surface == "by the prompt"
    other.raw_state = state
    assert other.surface == "snow"
    assert other.texture == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(("rate", "up", "down"), [(44_100, 147, 160), (96_000, 2, 1), (192_000, 4, 1)])
def test_other_rates_are_resampled_and_events_keep_their_moment(loaded, tmp_path, rate, up, down):
    notes = [(4_800, 72, 100, 4_800), (24_000, 36, 90, 4_800)]
    sound = play(loaded, notes, round(0.9 * rate), rate=rate)[:, 0]
    latency = loaded.reported_latency_samples
    places = {frame: frame * rate // 48_000 for frame, *_ in notes}  # a take goes by the host's own frames
    whole = resample_poly(rendered(timeline(notes, 48_000, places=places), tmp_path)[:, 0].astype(np.float64), up, down)
    heard = sound[latency:]
    error = heard - whole[: len(heard)]
    assert 10 * np.log10(np.mean(error**2) / np.mean(heard**2)) < -50


def test_without_a_server_it_loads_at_once_and_is_silent(plugin, monkeypatch):
    monkeypatch.setenv("HOBNAIL_ADDRESS", "tcp://127.0.0.1:9")
    lonely = load(str(plugin.vst3))
    began = time.monotonic()
    sound = play(lonely, [], 4_800)
    assert time.monotonic() - began < 20.0  # two seconds on a quiet machine
    assert not sound.any()
