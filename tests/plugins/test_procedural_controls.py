"""Pitch, intensity and texture move what they name, in order, on every event."""

import numpy as np
import pytest

from hobnail.contracts import VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_native import SynthRenderer
from hobnail_plugins.procedural.engine import ProceduralEngine
from hobnail_plugins.procedural.spec import EVENTS

ENGINE = ProceduralEngine()
IMPACT = next(event for event in EVENTS if event.name == "impact")
POSITIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
FEATURES = {"speed_m_s": 1.0, "slip_m_s": 1.0}


def takes(event, material, controls, count=5):
    for seed in range(count):
        told = VoiceStart(
            voice=1,
            event=event,
            emitter=Emitter(id="it"),
            contact=Contact(material=material),
            controls=controls,
            features=FEATURES,
            seed=seed,
        )
        step = ENGINE.start(told)
        renderer = SynthRenderer(seed)
        if step.block.last:
            renderer.play(step.block.patch, step.block.frames, last=True)
            yield renderer.render(step.block.frames).astype(np.float64)
            continue
        parts = []
        for _ in range(48):
            renderer.play(step.block.patch, 512, last=False)
            parts.append(renderer.render(512))
            held = VoiceInput(
                voice=1, state=step.state, controls=controls, features=FEATURES, contact=told.contact, stopping=False
            )
            step = ENGINE.step([held])[0]
        yield np.concatenate(parts).astype(np.float64)


def power(samples):
    """Mean power spectrum in blocks of 2048."""
    padded = np.pad(samples, (0, -len(samples) % 2048 + 2048))
    blocks = padded.reshape(-1, 2048) * np.hanning(2048)
    return np.square(np.abs(np.fft.rfft(blocks))).sum(axis=0)


FREQUENCIES = np.fft.rfftfreq(2048, 1 / 48_000)
AUDIBLE = (FREQUENCIES > 80) & (FREQUENCIES < 14_000)


def centroid_hz(samples):
    spectrum = power(samples)
    return (FREQUENCIES * spectrum).sum() / spectrum.sum()


def level_db(samples):
    return 10 * np.log10(np.square(samples).sum() + 1e-12)


def flatness(samples):
    spectrum = power(samples)[AUDIBLE] + 1e-12
    return np.exp(np.log(spectrum).mean()) / spectrum.mean()


def rank_correlation(values):
    """Spearman's, against the positions."""
    ranks = np.argsort(np.argsort(values))
    return np.corrcoef(ranks, np.arange(len(values)))[0, 1]


def curve(event, material, control, measure):
    return [np.median([measure(x) for x in takes(event, material, {control: at})]) for at in POSITIONS]


@pytest.mark.parametrize("material", ["wood", "gravel"])
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
class TestAxes:
    def test_pitch_raises_the_spectrum(self, event, material):
        centroids = curve(event, material, "pitch", centroid_hz)
        assert rank_correlation(centroids) == pytest.approx(1)
        assert centroids[-1] > 2 * centroids[0]  # two octaves asked; noise and limits blur them

    def test_intensity_raises_level_and_brightness_together(self, event, material):
        levels = curve(event, material, "intensity", level_db)
        assert rank_correlation(levels) == pytest.approx(1)
        assert 20 < levels[-1] - levels[0] < 42  # 36 dB asked; contacts sharpen, the limiter bends
        centroids = curve(event, material, "intensity", centroid_hz)
        assert rank_correlation(centroids) > 0.89
        assert centroids[-1] > 1.05 * centroids[0]

    def test_texture_goes_from_tone_to_noise(self, event, material):
        flatnesses = curve(event, material, "texture", flatness)
        assert rank_correlation(flatnesses) > 0.89
        assert flatnesses[-1] > 1.4 * flatnesses[0]


def test_half_the_pitch_axis_is_an_octave_for_the_loudest_mode():
    def loudest_hz(at):
        return [np.argmax(np.abs(np.fft.rfft(x, 1 << 17))) for x in takes(IMPACT, "metal", {"pitch": at}, 7)]

    ratios = np.array(loudest_hz(0.75)) / np.array(loudest_hz(0.25))
    assert np.median(ratios) == pytest.approx(2.0, rel=0.02)


def test_a_control_that_is_not_there_is_neutral():
    event = EVENTS[0]
    (bare,), (neutral,) = takes(event, "wood", {}, 1), takes(event, "wood", dict.fromkeys(("pitch", "texture"), 0.5), 1)
    assert np.array_equal(bare, neutral)
