"""The procedural engine: every event on every material sounds, ends, repeats by seed and stays in range."""

import numpy as np
import pytest

from hobnail.contracts import VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail.testing import check_engine
from hobnail_native import SynthRenderer
from hobnail_plugins.procedural.engine import HELD, ONE_SHOTS, ProceduralEngine
from hobnail_plugins.procedural.materials import MATERIALS
from hobnail_plugins.procedural.prompt import read_prompt
from hobnail_plugins.procedural.spec import EVENTS, ProceduralConfig
from hobnail_plugins.procedural.touch import HABITS, HELD_EVENTS

BY_NAME = {event.name: event for event in EVENTS}
ENGINE = ProceduralEngine()
EXTREMES = {
    "nothing": {"speed_m_s": 0.0, "mass_kg": 1e-9, "size_m": 1e-9, "impulse_n_s": 0.0},
    "everything": {"speed_m_s": 1e9, "slip_m_s": 1e9, "mass_kg": 1e9, "size_m": 1e9, "impulse_n_s": 1e9},
    "gentle": {"intensity": 0.0},
    "violent": {"intensity": 1.0},
}


def start(event, *, seed=1, contact=None, controls=None, features=None, engine=ENGINE, **emitter):
    return engine.start(
        VoiceStart(
            voice=1,
            event=BY_NAME[event],
            emitter=Emitter(id="it", **emitter),
            contact=contact or Contact(),
            controls=controls or {},
            features=features or {},
            seed=seed,
        )
    )


def sound(event, *, seconds=0.3, seed=1, contact=None, controls=None, features=None, engine=ENGINE, **emitter):
    """A whole one-shot, or ``seconds`` of a sustained voice and its end."""
    step = start(event, seed=seed, contact=contact, controls=controls, features=features, engine=engine, **emitter)
    renderer = SynthRenderer(seed)
    parts = []
    frames = 0
    for _ in range(2000):
        block = step.block
        renderer.play(block.patch, block.frames, last=block.last)
        parts.append(renderer.render(block.frames))
        frames += block.frames
        if block.last:
            assert renderer.finished
            return np.concatenate(parts)
        told = VoiceInput(
            voice=1,
            state=step.state,
            controls=controls or {},
            features=features or {},
            contact=contact or Contact(),
            stopping=frames >= seconds * 48_000,
        )
        step = engine.step([told])[0]
    raise AssertionError("the voice never ended")


def centroid_hz(samples):
    power = np.abs(np.fft.rfft(samples, 1 << 16)) ** 2
    return float((np.fft.rfftfreq(1 << 16, 1 / 48_000) * power).sum() / power.sum())


def energy_db(samples):
    return 10 * np.log10(np.sum(np.square(samples, dtype=np.float64)) + 1e-12)


def test_the_engine_keeps_its_contract():
    check_engine(ProceduralEngine())


def test_every_event_has_a_rule_and_a_habit():
    assert set(ONE_SHOTS) | set(HELD) == set(BY_NAME) == set(HABITS)
    assert set(HELD) == HELD_EVENTS == {event.name for event in EVENTS if event.kind == "sustained"}


@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("event", BY_NAME)
def test_every_material_and_extreme_sounds_ends_and_stays_in_range(event, extreme):
    contact = dict(EXTREMES[extreme])
    controls = {"nothing": 0.0, "everything": 1.0}.get(extreme, 0.5)
    for number, name in enumerate(MATERIALS):
        touch = Contact(material=name, other=list(MATERIALS)[number * 7 % len(MATERIALS)], **contact)
        axes = dict.fromkeys(("pitch", "intensity", "texture"), controls)
        samples = sound(event, seconds=0.03, seed=number, contact=touch, controls=axes)
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() <= 1.0
        still = extreme == "nothing" and event in {"scrape", "roll", "cloth_move", "creak", "wind"}
        assert still == (not np.abs(samples).max() > 1e-5), name


@pytest.mark.parametrize("event", BY_NAME)
def test_features_that_are_unknown_or_absurd_do_no_harm(event):
    for value in (float("nan"), float("inf"), -1.0, 1e30):
        features = dict.fromkeys(("speed_m_s", "slip_m_s", "impulse_n_s", "size_m", "wetness"), value)
        samples = sound(event, seconds=0.05, features=features)
        assert np.isfinite(samples).all()
        assert 1e-5 < np.abs(samples).max() <= 1.0


@pytest.mark.parametrize("event", BY_NAME)
def test_the_same_seed_repeats_a_take_and_another_does_not(event):
    assert np.array_equal(sound(event, seed=5), sound(event, seed=5))
    assert not np.array_equal(sound(event, seed=5), sound(event, seed=6))


@pytest.mark.parametrize("material", MATERIALS)
@pytest.mark.parametrize("event", ["footstep", "impact", "door_open", "door_close", "splash"])
def test_a_contact_is_heard_within_half_a_millisecond(event, material):
    samples = sound(event, contact=Contact(material=material))
    assert np.abs(samples[:24]).max() > 1e-4


@pytest.mark.parametrize("event", BY_NAME)
def test_a_plain_event_has_a_sensible_level(event):
    peaks = [np.abs(sound(event, seconds=1.0, seed=seed)).max() for seed in range(5)]
    assert -22 < 20 * np.log10(np.median(peaks)) < -1


def test_steps_last_as_long_as_steps():
    for material in MATERIALS:
        samples = sound("footstep", contact=Contact(material=material))
        loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
        assert 0.08 < loud[-1] / 48_000 < 1.2, material


def test_a_running_step_is_quieter_than_a_crate_on_stone():
    crate = Contact(material="stone", other="wood", mass_kg=20, size_m=0.6, speed_m_s=3)
    for seed in range(5):
        step = sound("footstep", seed=seed, contact=Contact(material="stone", speed_m_s=3.5))
        assert energy_db(step) + 3 < energy_db(sound("impact", seed=seed, contact=crate))


def test_faster_steps_and_heavier_blows_are_louder():
    for event, contacts in {
        "footstep": [Contact(speed_m_s=v) for v in (0.5, 1.3, 4.0)],
        "impact": [Contact(mass_kg=m, speed_m_s=2.0, size_m=0.3) for m in (0.1, 2.0, 30.0)],
        "splash": [Contact(speed_m_s=v) for v in (0.5, 2.0, 6.0)],
    }.items():
        levels = [np.mean([energy_db(sound(event, seed=s, contact=c)) for s in range(4)]) for c in contacts]
        assert levels[0] + 3 < levels[1] < levels[2] - 2, event


def test_a_larger_body_sounds_lower():
    def pitch(other, size_m):
        contact = Contact(other=other, size_m=size_m)
        return np.median([centroid_hz(sound("impact", seed=seed, contact=contact)) for seed in range(7)])

    for other in ("wood", "metal", "glass", "ceramic"):
        assert pitch(other, 0.1) > pitch(other, 0.3) > pitch(other, 1.0), other


def test_metal_rings_longer_than_wood_and_wood_than_rubber():
    def ring_s(other):
        """Until 40 dB below the peak."""
        contact = Contact(other=other, size_m=0.3, mass_kg=2.0)
        takes = [np.abs(sound("impact", seed=seed, contact=contact)) for seed in range(7)]
        return np.median([np.flatnonzero(take > 0.01 * take.max())[-1] / 48_000 for take in takes])

    assert ring_s("metal") > 1.5 * ring_s("wood")
    assert ring_s("wood") > ring_s("rubber")


def test_grounds_have_the_character_of_their_recordings():
    def bright(material):
        return np.median([centroid_hz(sound("footstep", seed=s, contact=Contact(material=material))) for s in range(7)])

    assert bright("carpet") < 200 < bright("wood") < bright("gravel") < bright("grass")
    assert bright("snow") < bright("sand") < bright("gravel")


def test_rolling_and_scraping_follow_speed():
    for event, feature in {
        "roll": "speed_m_s",
        "scrape": "slip_m_s",
        "creak": "speed_m_s",
        "wind": "speed_m_s",
    }.items():
        speeds = (0.05, 0.4) if event == "creak" else (0.4, 4.0)
        slow, fast = (sound(event, seconds=1.5, features={feature: speed}) for speed in speeds)
        assert energy_db(fast) > energy_db(slow) + 2, event


def test_a_body_at_rest_is_silent_until_it_moves():
    assert not sound("roll", features={"speed_m_s": 0.0}).any()
    assert sound("roll", features={"speed_m_s": 1.0}).any()


def test_rain_and_pouring_thicken_with_intensity():
    for event in ("rain", "pour"):
        thin, thick = (sound(event, seconds=1.5, contact=Contact(intensity=i)) for i in (0.1, 0.9))
        assert energy_db(thick) > energy_db(thin) + 5, event


def test_unchanged_input_reuses_the_patch():
    first = start("rain")
    told = VoiceInput(voice=1, state=first.state, controls={}, features={}, contact=Contact(), stopping=False)
    assert ENGINE.step([told])[0].block.patch is first.block.patch


def test_a_stopped_voice_ends_with_its_last_block():
    step = start("roll", features={"speed_m_s": 2.0})
    steps = 0
    while not step.block.last and steps < 60:
        steps += 1
        told = VoiceInput(
            voice=1, state=step.state, controls={}, features={"speed_m_s": 2.0}, contact=Contact(), stopping=True
        )
        step = ENGINE.step([told])[0]
    assert step.block.last
    assert steps < 40


def test_a_strange_state_is_refused():
    told = VoiceInput(voice=9, state="mine", controls={}, features={}, contact=Contact(), stopping=False)
    with pytest.raises(TypeError, match="voice 9 came with str"):
        ENGINE.step([told])


def test_a_prompt_fills_in_what_the_contact_leaves_out():
    said = sound("footstep", prompt="leather boots on gravel")
    meant = sound("footstep", contact=Contact(material="gravel", other="leather"))
    assert np.array_equal(said, meant)
    assert not np.array_equal(said, sound("footstep", prompt="leather boots on a wooden floor"))


def test_the_contact_beats_the_emitter_and_the_emitter_its_prompt():
    contact = Contact(material="stone", other="metal")
    assert np.array_equal(
        sound("impact", contact=contact, material="wood", prompt="a glass vase"), sound("impact", contact=contact)
    )
    assert np.array_equal(sound("impact", material="wood", prompt="a glass vase"), sound("impact", material="wood"))


@pytest.mark.parametrize(
    ("prompt", "thing", "surface"),
    [
        ("leather boots on gravel", "leather", "gravel"),
        ("an oak barrel", "wood", ""),
        ("Wet sneakers on cobblestones!", "rubber", "stone"),
        ("a rusty steel chain across ice", "metal", "ice"),
        ("footsteps in deep snow", "", "snow"),
        ("", "", ""),
        ("ünïcödé 123 ☃", "", ""),
    ],
)
def test_prompts_are_read(prompt, thing, surface):
    hints = read_prompt(prompt)
    assert (hints.thing, hints.surface) == (thing, surface)


def test_settings_change_level_and_variation():
    quiet = ProceduralEngine(ProceduralConfig(gain_db=-20.0))
    assert energy_db(sound("impact")) - energy_db(sound("impact", engine=quiet)) == pytest.approx(20, abs=0.5)
    steady = ProceduralEngine(ProceduralConfig(variation=0.0))

    def spread(engine):
        return np.std([centroid_hz(sound("impact", seed=s, engine=engine)) for s in range(12)])

    assert spread(steady) < spread(ENGINE)


def test_more_rain_is_more_drops_by_contact_feature_and_axis():
    def peakedness(**told):
        """Kurtosis: few drops stand out, many run together; a change of level alone leaves it as it is."""
        samples = sound("rain", seconds=4.0, **told)
        return np.mean(samples**4) / np.mean(samples**2) ** 2

    for few, many in (
        ({"contact": Contact(intensity=0.05)}, {"contact": Contact(intensity=0.8)}),
        ({"features": {"intensity": 0.05}}, {"features": {"intensity": 0.8}}),
        ({"controls": {"intensity": 0.05}}, {"controls": {"intensity": 0.95}}),
    ):
        assert peakedness(**few) > 1.5 * peakedness(**many)


def test_two_takes_of_a_step_differ_in_colour():
    for ground in ("gravel", "wood", "stone", "snow"):
        steps = [sound("footstep", seed=seed, contact=Contact(material=ground)) for seed in range(6)]
        octaves = np.array([octave_levels_db(step) for step in steps])
        assert np.median(octaves.std(axis=0)) > 1.0, ground


def octave_levels_db(samples):
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / 48_000)
    octave = np.digitize(frequencies, [125, 250, 500, 1000, 2000, 4000, 8000])
    return 10 * np.log10(np.bincount(octave, spectrum, minlength=8) / spectrum.sum())


def test_loose_ground_is_loudest_after_the_heel_and_heard_at_once():
    for ground in ("snow", "water"):
        later = []
        for seed in range(7):
            samples = sound("footstep", seed=seed, contact=Contact(material=ground))
            assert np.abs(samples[:24]).max() > 1e-3  # -60 dBFS within half a millisecond
            blocks = np.square(samples[: len(samples) // 480 * 480]).reshape(-1, 480).sum(axis=1)
            later.append(blocks.argmax() * 10)
        assert np.median(later) >= 40, ground  # ms
