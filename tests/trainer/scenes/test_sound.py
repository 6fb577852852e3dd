"""Recordings stand at the very samples of their events, are the right ones, and follow force."""

from itertools import pairwise

import numpy as np
import pytest

from hobnail.scene import Contact
from hobnail.trace import TraceEvent
from hobnail_trainer.errors import SceneError
from hobnail_trainer.scenes import SceneEmitter, Shelf, Words
from hobnail_trainer.scenes.force import tilted
from hobnail_trainer.scenes.model import COLUMN
from hobnail_trainer.scenes.sound import sound, take

from .clipset import RATE_HZ, TONES_HZ, TinySource, clip, struck

THING = SceneEmitter(id="thing", words=Words(exact="a thing", category="an impact"), material="wood")


def hit(at, speed=2.0, *, name="impact", material="stone", other="wood", action="trigger"):
    contact = Contact(material=material, other=other, speed_m_s=speed, impulse_n_s=speed * 0.5)
    return TraceEvent(at=at, emitter="thing", name=name, action=action, contact=contact)


def sounded(events, *, source=None, seconds=2.0, slip=None):
    ticks = round(seconds * 60)
    features = np.zeros((1, ticks, len(COLUMN)), np.float32)
    if slip is not None:
        features[0, :, COLUMN["slip_m_s"]] = slip
    shelf = Shelf(source or TinySource(), "train")
    return sound(events, [THING], features, round(seconds * RATE_HZ), shelf, np.random.default_rng(1))


def tone_hz(samples):
    return np.abs(np.fft.rfft(samples * np.hanning(samples.size))).argmax() * RATE_HZ / samples.size


@pytest.mark.parametrize("at", [0, 1, 511, 512, 30_001, 95_999])
def test_a_take_begins_at_the_very_sample_of_its_event(at):
    stem = sounded([hit(at)]).stems[0]
    assert np.abs(stem[:at]).max(initial=0.0) == 0.0
    assert abs(stem[at]) > 0.1 * np.abs(stem).max()


def test_events_add_up_sample_by_sample():
    both = sounded([hit(1000, 0.5), hit(40_000, 0.5)])
    first = sounded([hit(1000, 0.5)])
    assert both.gain_db == 0.0
    assert np.array_equal(both.stems[0, :40_000], first.stems[0, :40_000])


def test_the_recording_is_of_the_things_material_for_a_blow_and_of_the_ground_for_a_step():
    blow = sounded([hit(0)]).stems[0][:16_000]
    step = sounded([hit(0, name="footstep", other="leather")]).stems[0][:16_000]
    assert tone_hz(blow) == pytest.approx(TONES_HZ["wood"], abs=6.0)
    assert tone_hz(step) == pytest.approx(TONES_HZ["stone"], abs=6.0)


def test_no_take_sounds_twice_in_a_row():
    used = sounded([hit(number * 4000) for number in range(20)]).used
    assert all(one.clip != other.clip for one, other in pairwise(used))
    assert len({one.clip for one in used}) >= 2


def test_a_harder_blow_is_louder_and_brighter():
    def level_and_centre(speed):
        stem = sounded([hit(0, speed)]).stems[0][:20_000]
        power = np.abs(np.fft.rfft(stem)) ** 2
        return 10 * np.log10(power.sum()), (power * np.arange(power.size)).sum() / power.sum()

    soft, middle, hard = (level_and_centre(speed) for speed in (0.2, 1.0, 5.0))
    assert soft[0] + 6 < middle[0] < hard[0] - 6
    assert tilted(struck("x", "wood", 9600, 0.0), -2.0).size == 9600


def test_a_tilt_is_as_steep_as_it_says_and_comes_after_nothing():
    impulse = np.zeros(8192, np.float32)
    impulse[100] = 1.0
    out = tilted(impulse, -2.0)
    assert np.abs(out[:100]).max() < 1e-6
    hz = np.fft.rfftfreq(8192, 1 / RATE_HZ)
    db = 20 * np.log10(np.abs(np.fft.rfft(out)))
    at = [int(np.abs(hz - wanted).argmin()) for wanted in (1000, 2000, 4000, 8000)]
    assert np.diff(db[at]) == pytest.approx([-2.0] * 3, abs=0.15)


def test_takes_follow_force_towards_the_loud_end_of_their_pool():
    shelf, chance = Shelf(TinySource(takes=9), "train"), np.random.default_rng(2)

    def loudness(force):
        takes = [shelf.take("impact", "stone", "wood", force, chance)[1] for _ in range(60)]
        return np.mean([clip.attributes.loudness_lufs for clip in takes])

    assert loudness(0.0) + 15 < loudness(0.5) < loudness(1.0) - 15


@pytest.mark.parametrize(
    ("materials", "rung"), [(("stone", "gravel"), 2), (("gravel", "snow"), 3), (("snow", "mud"), 4)]
)
def test_what_is_missing_is_stood_in_for_rung_by_rung(materials, rung):
    used = sounded([hit(0, name="footstep", other="leather")], source=TinySource(materials=materials)).used
    assert used[0].rung == rung


def test_a_clip_with_both_materials_comes_first():
    source = TinySource()
    both = [clip(f"both-{take}", "impact", "wood", "train", 0.0) for take in range(2)]
    source._clips += [type(one)(**{**_fields(one), "materials": ("wood", "stone")}) for one in both]
    used = sounded([hit(0)], source=source).used[0]
    assert used.rung == 1
    assert used.clip.startswith("both-")


def _fields(one):
    return {name: getattr(one, name) for name in one.__struct_fields__}


def test_a_shelf_without_anything_alike_says_what_is_missing():
    class Creatures(TinySource):
        def __init__(self):
            super().__init__()
            self._clips = [clip(f"c{take}", "creature", "flesh", "train", 0.0) for take in range(2)]

    with pytest.raises(SceneError, match="no two recordings for 'door_open' on stone: neither of door nor of impact"):
        sounded([hit(0, name="door_open")], source=Creatures())


def test_a_recording_of_several_blows_gives_its_first_only():
    class Several(TinySource):
        def samples(self, one):
            out = struck("a", "wood", one.frames, 0.0).copy()
            out[14_400:] += struck("b", "wood", one.frames, 0.0)[60 : 60 + one.frames - 14_400]
            return out

    one = clip("several", "impact", "wood", "train", 0.0)
    one = type(one)(**{**_fields(one), "onset_frames": (60, 14_400)})
    part, lead = take(one, Several())
    assert lead == 60
    assert part.size == 14_400 - 96
    assert part[-1] == 0.0


def test_a_sustained_sound_starts_and_stops_on_its_frames_and_follows_the_motion():
    slip = np.concatenate([np.full(60, 0.3), np.full(60, 1.2)])
    events = [
        hit(9_601, name="scrape", action="start"),
        TraceEvent(at=90_003, emitter="thing", name="scrape", action="stop"),
    ]
    done = sounded(events, slip=slip)
    stem = done.stems[0]
    sounding = np.flatnonzero(stem)
    assert 9_601 <= sounding[0] <= 9_610
    assert 89_980 <= sounding[-1] < 90_003
    slow, fast = np.sqrt(np.mean(stem[20_000:45_000] ** 2)), np.sqrt(np.mean(stem[55_000:80_000] ** 2))
    assert fast / slow == pytest.approx(4.0, rel=0.2)
    assert all(one.clip != other.clip for one, other in pairwise(done.used))


def test_a_recording_that_begins_before_its_blow_is_aligned_by_the_blow():
    class Sliding(TinySource):
        def samples(self, one):
            out = np.zeros(one.frames, np.float32)
            out[60:7_000] = 0.01 * np.random.default_rng(1).standard_normal(6_940)
            out[7_000:] = struck("a", "wood", one.frames, 0.0)[60 : 60 + one.frames - 7_000]
            return out

    one = clip("sliding", "impact", "wood", "train", 0.0)
    part, lead = take(one, Sliding())
    assert np.abs(part[lead : lead + 240]).max() > 0.2
    assert np.abs(part[: max(0, lead - 120)]).max(initial=0.0) < 0.05
    whole, lead = take(one, Sliding(), from_strike=False)
    assert lead == 60
    assert whole.size == one.frames


@pytest.mark.parametrize(("caption", "served"), [("rain on a roof", True), ("a brook", False), ("a train", False)])
def test_rain_is_made_of_recordings_of_rain_when_there_are_any(caption, served):
    source = TinySource()
    source._clips += [clip(f"r{n}", "ambience", "leaves", "train", 0.0, caption=caption) for n in range(2)]
    _, clips = Shelf(source, "train").pool("rain", "stone", "water")
    assert ({one.id for one in clips} == {"r0", "r1"}) == served
