"""One turn at a time: what commands do to voices, emitters and notices. Everything real but the clock."""

import msgspec
import numpy as np
import pytest

from hobnail import hookimpl
from hobnail.commands import (
    ClientLeft,
    Panic,
    PutEmitter,
    RemoveEmitter,
    SetBusGain,
    SetControl,
    SetFeatures,
    SetListener,
    TriggerEvent,
)
from hobnail.config import Config, SessionConfig
from hobnail.contracts import Block, EngineSpec, EventSpec, Step
from hobnail.host import Host
from hobnail.notices import Accepted, Refused, VoiceEnded
from hobnail.offline import OfflineSession
from hobnail.scene import Contact, EmitterSettings, Pose
from hobnail.testing import FakeEngine


class Broken:
    """Raises whenever it is asked for sound."""

    spec = EngineSpec(
        id="broken",
        help="",
        events=(EventSpec(name="click", kind="one_shot"), EventSpec(name="tone", kind="sustained")),
        materials=(),
        controls=(),
    )

    def prepare(self):
        """Nothing to do."""

    def start(self, voice):
        if voice.event.kind == "one_shot":
            raise ZeroDivisionError("on purpose")
        return Step(Block(512, samples=np.full(512, 0.1, np.float32)))

    def step(self, voices):
        raise ZeroDivisionError("on purpose")


class Poisonous(Broken):
    """Gives NaN."""

    spec = msgspec.structs.replace(Broken.spec, id="poisonous")

    def start(self, voice):
        return Step(Block(512, samples=np.full(512, np.nan, np.float32), last=True))


class Engines:
    """A plug-in with the engines of this file."""

    @hookimpl
    def hobnail_register_engines(self, register):
        register("fake", FakeEngine)
        register("broken", Broken)
        register("poisonous", Poisonous)


@pytest.fixture
def host():
    host = Host(only=[])
    host.discover()
    host.add(Engines(), "engines")
    return host


@pytest.fixture
def play(host):
    """Render commands; returns (sound float32 [frames, 2], notices)."""

    def play(*commands, frames=None, **session):
        offline = OfflineSession(Config(session=SessionConfig(engine="fake", **session)), host=host)
        blocks = list(offline.render(commands, frames))
        sound = np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)
        return sound, offline.notices

    return play


def click(at=0, emitter="box", **fields):
    return TriggerEvent(emitter=emitter, name="click", at_frame=at, **fields)


def tone(action, at=0, emitter="box", **fields):
    return TriggerEvent(emitter=emitter, name="tone", action=action, at_frame=at, **fields)


BOX = PutEmitter(emitter="box", at_frame=0)


def only(kind, notices):
    return [notice for notice in notices if isinstance(notice, kind)]


@pytest.mark.parametrize("at", [0, 1, 63, 64, 65, 511, 512, 513, 4801])
def test_an_event_sounds_at_exactly_its_frame(play, at):
    sound, _ = play(BOX, click(at))
    assert np.flatnonzero(np.abs(sound).max(axis=1) > 1e-6)[0] == at


def test_the_answer_to_an_event_carries_its_voice_and_its_end_tells_where_it_sounded(play):
    _, notices = play(BOX, click(4800, request=7, client=0))
    (accepted,) = only(Accepted, notices)
    (ended,) = only(VoiceEnded, notices)
    assert (accepted.request, accepted.at_frame) == (7, 4800)
    assert (ended.voice, ended.request, ended.reason) == (accepted.voice, 7, "finished")
    assert (ended.at_frame, ended.onset_frame) == (4800, 4800)


def test_a_sustained_voice_runs_until_it_is_stopped(play):
    sound, notices = play(BOX, tone("start"), tone("stop", 24_000), frames=72_000)
    assert np.abs(sound[20_000:24_000]).max() > 0.01
    assert np.abs(sound[60_000:]).max() == 0.0
    assert [ended.reason for ended in only(VoiceEnded, notices)] == ["stopped"]


def test_starting_twice_goes_on_with_the_same_voice(play):
    _, notices = play(BOX, tone("start", request=1), tone("start", 100, request=2), tone("stop", 9000), frames=48_000)
    first, second = only(Accepted, notices)
    assert first.voice == second.voice


@pytest.mark.parametrize(
    ("command", "code", "path"),
    [
        (click(emitter="nobody", request=1), "unknown_emitter", "$.emitter"),
        (TriggerEvent(emitter="box", name="clack", at_frame=0), "unknown_event", "$.name"),
        (tone("stop"), "not_running", "$.action"),
        (tone("trigger"), "out_of_range", "$.action"),
        (click(contact=Contact(material="cheese")), "unknown_material", "$.contact.material"),
        (click(controls={"sparkle": 1.0}), "unknown_control", "$.controls.sparkle"),
        (SetControl(control="sparkle", value=0.5), "unknown_control", "$.control"),
        (SetBusGain(bus="nowhere", gain_db=0.0), "unknown_bus", "$.bus"),
        (PutEmitter(emitter="x", settings=EmitterSettings(bus="nowhere")), "unknown_bus", "$.settings.bus"),
        (PutEmitter(emitter="x", settings=EmitterSettings(engine="nope")), "unknown_engine", "$.settings.engine"),
        (PutEmitter(emitter="x", settings=EmitterSettings(material="mist")), "unknown_material", "$.settings.material"),
        (RemoveEmitter(emitter="nobody"), "unknown_emitter", "$.emitter"),
        (click(client=5), "not_owner", "$.emitter"),
        (PutEmitter(emitter="box", client=5), "emitter_taken", "$.emitter"),
    ],
)
def test_what_cannot_be_done_is_refused_with_code_path_and_cure_and_the_rest_sounds(play, command, code, path):
    sound, notices = play(BOX, command, click(4800), frames=9600)
    (refused,) = only(Refused, notices)
    assert (refused.code, refused.path) == (code, path)
    assert refused.problem
    assert refused.cure
    assert np.abs(sound[4800:]).max() > 0.01


def test_an_unknown_word_that_is_nearly_right_gets_a_suggestion(play):
    _, notices = play(BOX, TriggerEvent(emitter="box", name="clik", at_frame=0))
    assert "Did you mean 'click'?" in only(Refused, notices)[0].problem


def test_a_shared_emitter_may_be_driven_by_others(play):
    shared = PutEmitter(emitter="box", client=1, settings=EmitterSettings(shared=True), at_frame=0)
    _, notices = play(shared, click(client=2, request=1))
    assert only(Refused, notices) == []
    assert len(only(Accepted, notices)) == 1


def test_an_engine_that_raises_costs_its_own_voice_only(play):
    broken = PutEmitter(emitter="bad", settings=EmitterSettings(engine="broken"), at_frame=0)
    sound, notices = play(BOX, broken, click(emitter="bad"), click(), frames=4800)
    assert [refused.code for refused in only(Refused, notices)] == ["engine_failed"]
    assert np.abs(sound).max() > 0.01


def test_an_engine_that_breaks_in_mid_voice_is_muted_and_the_neighbour_plays_on_bit_for_bit(play):
    broken = PutEmitter(emitter="bad", settings=EmitterSettings(engine="broken"), at_frame=0)
    _, notices = play(BOX, broken, tone("start", emitter="bad"), tone("start"), frames=24_000)
    assert [(ended.emitter, ended.reason) for ended in only(VoiceEnded, notices)] == [("bad", "failed")]


def test_nan_from_an_engine_is_silence_and_the_neighbour_is_bit_identical(play):
    poison = PutEmitter(emitter="bad", settings=EmitterSettings(engine="poisonous"), at_frame=0)
    alone, _ = play(BOX, click(100), frames=4800)
    beside, notices = play(BOX, poison, click(100, emitter="bad"), click(100), frames=4800)
    assert np.array_equal(alone, beside)
    assert ("bad", "failed") in [(ended.emitter, ended.reason) for ended in only(VoiceEnded, notices)]


def test_the_least_important_voice_is_stolen_first(play):
    quiet = PutEmitter(emitter="quiet", settings=EmitterSettings(priority=10), at_frame=0)
    taken = [click(100, emitter="quiet"), click(100)]
    _, notices = play(BOX, quiet, *taken, click(200), frames=9600, voices=2)
    stolen = [ended.emitter for ended in only(VoiceEnded, notices) if ended.reason == "stolen"]
    assert stolen == ["quiet"]


def test_a_less_important_event_is_refused_when_all_voices_are_taken(play):
    quiet = PutEmitter(emitter="quiet", settings=EmitterSettings(priority=10), at_frame=0)
    _, notices = play(BOX, quiet, tone("start"), click(4800, emitter="quiet"), frames=9600, voices=1)
    assert [refused.code for refused in only(Refused, notices)] == ["busy"]


def test_panic_silences_everything_within_ten_milliseconds(play):
    sound, notices = play(BOX, tone("start"), Panic(at_frame=24_000), frames=30_000)
    assert np.abs(sound[25_500:]).max() == 0.0
    assert [ended.reason for ended in only(VoiceEnded, notices)] == ["panic"]


def test_a_client_that_left_takes_its_voices_and_emitters_along(play):
    commands = [
        PutEmitter(emitter="theirs", client=3, at_frame=0),
        tone("start", emitter="theirs", client=3),
        ClientLeft(client=3, at_frame=9600),
        PutEmitter(emitter="theirs", client=4, at_frame=48_000),
        click(48_000, emitter="theirs", client=4, request=1),
    ]
    sound, notices = play(*commands, frames=52_800)
    assert np.abs(sound[30_000:47_000]).max() == 0.0
    assert only(VoiceEnded, notices)[0].reason == "removed"
    assert only(Refused, notices) == []


def test_every_client_of_a_lost_bridge_leaves_together(play):
    put = [PutEmitter(emitter=f"e{client}", client=client, at_frame=0) for client in (1, 2, 3)]
    again = [PutEmitter(emitter=f"e{client}", client=9, at_frame=200) for client in (1, 2, 3)]
    _, notices = play(*put, ClientLeft(client=1, count=2, at_frame=100), *again)
    assert [refused.code for refused in only(Refused, notices)] == ["emitter_taken"]


def test_features_move_an_emitter_to_the_right_and_away(play):
    columns = ("speed_m_s", "position_x_m", "position_y_m", "position_z_m")
    features = np.array([[np.nan, 4.0, 0.0, 0.0]], np.float32)
    moved = SetFeatures(emitters=("box",), columns=columns, values=features.tobytes(), at_frame=0)
    here, _ = play(BOX, click(100))
    there, _ = play(BOX, moved, click(100))
    assert np.abs(there[:, 0]).max() < 1e-3 * np.abs(there[:, 1]).max()
    assert np.abs(there).max() < 0.5 * np.abs(here).max()


def test_turning_the_listener_swaps_the_channels(play):
    right = PutEmitter(emitter="box", settings=EmitterSettings(position_m=(1.0, 0.0, 0.0)), at_frame=0)
    turned = SetListener(pose=Pose(forward=(0.0, 0.0, 1.0)), at_frame=0)
    facing, _ = play(right, click(100))
    turned_round, _ = play(right, turned, click(100))
    assert np.array_equal(facing, turned_round[:, ::-1])


def test_a_bus_gain_scales_what_goes_through_it(play):
    in_ui = PutEmitter(emitter="box", settings=EmitterSettings(bus="ui"), at_frame=0)
    loud, _ = play(in_ui, click(4800))
    soft, _ = play(in_ui, SetBusGain(bus="ui", gain_db=-20.0, at_frame=0), click(4800))
    assert np.abs(soft).max() == pytest.approx(0.1 * np.abs(loud).max(), rel=1e-3)


def test_takes_differ_and_a_seed_fixes_them(play):
    sound, _ = play(BOX, click(0, seed=5), click(9600, seed=5), frames=19_200)
    assert np.array_equal(sound[:4800], sound[9600:14_400])


def test_the_same_commands_give_the_same_bytes(play):
    commands = (BOX, click(0), tone("start", 700), click(2000), tone("stop", 9000))
    assert np.array_equal(play(*commands, frames=48_000)[0], play(*commands, frames=48_000)[0])


@pytest.mark.parametrize(
    "answer",
    [None, [], [Step(Block(512))], [Step(Block(512, samples=np.zeros((4, 4), np.float32)))]],
    ids=["nothing", "too few", "no sound", "wrong shape"],
)
def test_an_engine_that_answers_nonsense_in_mid_voice_is_muted(host, answer):
    class Nonsense(Broken):
        spec = msgspec.structs.replace(Broken.spec, id="nonsense")

        def step(self, voices):
            return answer

    class Plugin:
        @hookimpl
        def hobnail_register_engines(self, register):
            register("nonsense", Nonsense)

    host.add(Plugin(), "nonsense")
    offline = OfflineSession(Config(session=SessionConfig(engine="nonsense")), host=host)
    list(offline.render([BOX, tone("start")], 24_000))
    assert [ended.reason for ended in only(VoiceEnded, offline.notices)] == ["failed"]
