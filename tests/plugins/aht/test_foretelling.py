"""Rendered offline, voices are made side by side beforehand: the same bytes, and nobody hears of another."""

import msgspec
import numpy as np
import pytest

from hobnail.bench.timeline import minute
from hobnail.commands import TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.contracts import Life, VoiceInput, VoiceStart
from hobnail.host import Host
from hobnail.offline import OfflineSession
from hobnail.render import timeline_commands
from hobnail.scene import Contact, Emitter
from hobnail_plugins.aht.sides import shared_out

pytestmark = pytest.mark.timeout(300)
SECONDS = 12.0


@pytest.fixture(scope="module")
def host():
    return Host.discovered()


@pytest.fixture(scope="module")
def commands(host, bundle):
    """The first seconds of the bench's minute: a voice that lasts, one-shots that overlap, a speed that moves."""
    spec = host.build("engines", "aht", {"bundle": str(bundle)}).spec
    return [command for command in timeline_commands(minute(spec)) if (command.at_frame or 0) < SECONDS * 48_000]


def session(host, bundle, workers=1, **limits):
    aht = {"bundle": str(bundle), "workers": workers}
    config = Config(session=SessionConfig(engine="aht", **limits), engine={"aht": aht})
    return OfflineSession(config, host=host)


def rendered(host, bundle, commands, *, foreseeing=True, monkeypatch=None, **limits):
    made = session(host, bundle, **limits)
    if not foreseeing:
        made._foresee = lambda commands, frames: None
    sound = np.concatenate(list(made.render(commands, round(SECONDS * 48_000))))
    return sound, made


def test_the_same_bytes_with_foresight_and_without_and_far_fewer_steps(host, bundle, commands):
    foreseen, quick = rendered(host, bundle, commands)
    plain, slow = rendered(host, bundle, commands, foreseeing=False)
    assert np.abs(plain).max() > 0.01
    np.testing.assert_array_equal(foreseen, plain)
    counted, before = (each._engines["aht"].figures() for each in (quick, slow))
    # Who begins with its attack, not with silence, is shorter than was foreseen: its tail is told another speed.
    assert before["one_shots"] <= counted["one_shots"] <= 1.25 * before["one_shots"], "few were made twice"
    assert counted["steps"] < 0.8 * before["steps"]


def test_two_threads_make_the_same_as_one(host, bundle, commands, monkeypatch):
    monkeypatch.setattr("hobnail_plugins.aht.engine.cores", lambda: 2)
    one, alone = rendered(host, bundle, commands)
    two, shared = rendered(host, bundle, commands, workers=0)
    np.testing.assert_array_equal(two, one)
    sides = [len(made._engines["aht"]._sides) for made in (alone, shared)]
    assert sides == [1, 2]
    counted = [made._engines["aht"].figures() for made in (alone, shared)]
    assert counted[0]["one_shots"] == counted[1]["one_shots"]
    assert counted[0]["stepped"] == counted[1]["stepped"]


def test_sustained_voices_stay_together_while_another_side_makes_one_shots(host, bundle):
    events = {event.name: event for event in host.build("engines", "aht", {"bundle": str(bundle)}).spec.events}

    def life(name, steps):
        start = VoiceStart(1, events[name], Emitter(id="a"), Contact(), {}, {}, seed=1)
        return Life(start, [VoiceInput(1, None, {}, {}, Contact(), stopping=False)] * steps)

    scene = [life("footstep", 20), life("rain", 30), life("splash", 20), life("wind", 30)]
    held, struck = shared_out(scene * 2, 2)
    assert [list(each) for each in held] == [[1, 3, 5, 7], []]
    assert list(struck) == [2, 6, 0, 4], "what is struck is over soonest: last"
    held, _ = shared_out([life("rain", 40) for _ in range(5)], 2)
    assert [list(each) for each in held] == [[0, 2, 4], [1, 3]]


def test_voices_that_are_stolen_and_rest_are_the_same_with_foresight(host, bundle, commands):
    """Room for two voices: what was foreseen does not come, and everything is as it would have been."""
    foreseen, _ = rendered(host, bundle, commands, voices=2)
    plain, _ = rendered(host, bundle, commands, foreseeing=False, voices=2)
    np.testing.assert_array_equal(foreseen, plain)


def test_an_event_that_is_moved_changes_no_other(host, bundle, commands):
    """Alone on the stage, an emitter's sound is what it is in the scene, and moving another's event leaves it so."""
    names = {command.emitter for command in commands if isinstance(command, TriggerEvent)}
    one = sorted(names)[0]
    alone = [c for c in commands if not isinstance(c, TriggerEvent) or c.emitter == one]
    others = [c for c in commands if isinstance(c, TriggerEvent) and c.emitter != one]
    moved = [msgspec.structs.replace(c, at_frame=c.at_frame + 777) if c is others[0] else c for c in commands]
    moved.sort(key=lambda c: c.at_frame or 0)
    without = [c for c in commands if isinstance(c, TriggerEvent) and c.emitter != one]

    def rest(of):
        return [c for c in of if not (isinstance(c, TriggerEvent) and c.emitter == one)]

    assert without
    for scene in (commands, moved):
        whole = rendered(host, bundle, scene)[0]
        less = rendered(host, bundle, rest(scene))[0]
        np.testing.assert_allclose(whole - less, rendered(host, bundle, alone)[0], atol=2e-6)
