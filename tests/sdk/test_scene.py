"""An emitter keeps what an update does not name, and merges controls key by key."""

from hypothesis import given
from hypothesis import strategies as st

from hobnail import Emitter, EmitterSettings
from hobnail.audio import RATE_HZ, Latency, db_to_gain, frames_to_ms, seconds_to_frames
from hobnail.contracts import ControlSpec


def test_an_update_changes_only_what_it_names():
    before = Emitter(id="feet", material="gravel", gain_db=-3.0, priority=70)
    after = before.updated(EmitterSettings(material="snow"))
    assert after.material == "snow"
    assert (after.id, after.gain_db, after.priority) == ("feet", -3.0, 70)
    assert before.material == "gravel"


def test_controls_merge_key_by_key():
    before = Emitter(id="feet", controls={"pitch": 0.2, "texture": 0.9})
    after = before.updated(EmitterSettings(controls={"pitch": 0.7}))
    assert after.controls == {"pitch": 0.7, "texture": 0.9}
    assert before.controls == {"pitch": 0.2, "texture": 0.9}


def test_none_is_a_value_and_not_an_omission():
    panned = Emitter(id="feet", pan=0.5)
    assert panned.updated(EmitterSettings(pan=None)).pan is None
    assert panned.updated(EmitterSettings()).pan == 0.5


@given(st.floats(min_value=0.0, max_value=1.0))
def test_a_controls_plain_value_comes_back_normalised(value):
    spec = ControlSpec(id="pitch", unit="semitones", minimum=-12.0, maximum=12.0, default=0.0)
    assert abs(spec.normalised(spec.plain(value)) - value) < 1e-9


def test_a_control_is_clipped_at_its_ends():
    spec = ControlSpec(id="pitch", unit="semitones", minimum=-12.0, maximum=12.0, default=0.0)
    assert (spec.normalised(-99.0), spec.normalised(99.0)) == (0.0, 1.0)


def test_frames_seconds_and_decibels_agree():
    assert seconds_to_frames(1.0) == RATE_HZ
    assert frames_to_ms(RATE_HZ) == 1000.0
    assert db_to_gain(-20.0) == 0.1
    assert Latency(buffer_frames=64, model_frames=512, transport_frames=10).total_frames == 586
