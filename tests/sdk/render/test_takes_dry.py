"""A voice that ended in a gap ends there when its take is rendered, whatever its engine sent too late."""

import numpy as np
import pytest

from hobnail import Contact
from hobnail.assembly import new_mixer
from hobnail.config import SessionConfig
from hobnail.scene import Emitter
from hobnail.take import model
from hobnail.take.player import play_take
from hobnail_native import ClockPage, Mixer

CONFIG = SessionConfig(engine="any")


def loud(frames):
    return np.full(frames, 0.25, "<f4").tobytes()


def take_with(gap_frames):
    """A voice of 1024 frames, dry from then on; at 2048 its sound goes on, and it is stolen."""
    plain = {"controls": {}, "features": {}, "contact": Contact(), "seed": 1}
    lines = (
        model.Started(voice=1, engine="any", event="roll", emitter=Emitter(id="a"), **plain),
        model.Placed(strip=0, gain=1.0, pan=0.0, distance_m=0.0, bus=0),
        model.Sounded(voice=1, samples=loud(1024), last=False),
        model.Opened(voice=1, strip=0, start_frame=0, gain=1.0),
        model.Sounded(at=2048, voice=1, samples=loud(4096), last=False),
        model.Faded(at=2048, voice=1, frames=240, reason="stolen"),
        model.Dry(at=2560, voice=1, frame=1024, frames=gap_frames),
        model.Ended(at=4096),
    )
    header = model.TakeHeader(hobnail="0", rate_hz=48_000, engine="any", session={}, engines={})
    return model.Take(header=header, lines=lines)


@pytest.mark.parametrize(("gap_frames", "heard"), [(1024, True), (1088, False)])
def test_what_came_after_a_fade_is_heard_only_if_the_gap_was_over(gap_frames, heard):
    mixed = play_take(take_with(gap_frames), {}, lambda: new_mixer(CONFIG, ClockPage(), Mixer))
    sound = np.concatenate(list(mixed))
    assert np.abs(sound[:1024]).max() > 0.1
    assert not sound[1024 + 512 : 2048].any()
    assert bool(sound[2048:].any()) is heard
