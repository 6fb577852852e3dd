"""Whatever valid commands several clients send, and whenever: sound stays sound, all is answered, all ends."""

from collections import Counter

import msgspec
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hobnail.audio import RATE_HZ
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
from hobnail.host import Host
from hobnail.notices import Accepted, Refused, VoiceEnded
from hobnail.offline import OfflineSession
from hobnail.protocol.limits import RANGES
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings, Pose

CLIENTS = (1, 2, 3)
EMITTERS = ("feet", "crate", "sky", "door")
STRIPS = 3  # fewer than there are names, so that the stage is full at times
LAST_FRAME = RATE_HZ // 4
ENDLESS = SessionConfig(voices=6, emitters=STRIPS)

HOST = Host.discovered()
ENGINE = HOST.build("engines", "procedural", {}).spec
EVENTS = {event.name: event.kind for event in ENGINE.events}


def ranged(field):
    allowed = RANGES[field]
    return st.floats(allowed.low, allowed.high) | st.sampled_from([allowed.low, allowed.high])


def maybe(strategy):
    return st.none() | strategy


materials = st.sampled_from([None, *ENGINE.materials, "unobtainium"])
control_names = st.sampled_from([*ENGINE.controls, "charm"])
controls = st.dictionaries(control_names, ranged("controls"), max_size=3)
vectors = st.tuples(*[ranged("position_m")] * 3)
directions = st.sampled_from([(0.0, 0.0, -1.0), (0.0, 1.0, 0.0), (1e9, 0.0, 1e-9)])
emitters = st.sampled_from(EMITTERS)
numbers = ("speed_m_s", "slip_m_s", "impulse_n_s", "mass_kg", "size_m", "intensity")
contacts = st.builds(Contact, material=materials, other=materials, **{name: maybe(ranged(name)) for name in numbers})
setting = st.fixed_dictionaries(
    {},
    optional={
        "material": materials.filter(bool),
        "mass_kg": ranged("mass_kg"),
        "size_m": ranged("size_m"),
        "gain_db": ranged("gain_db"),
        "position_m": vectors,
        "pan": maybe(ranged("pan")),
        "bus": st.sampled_from(["main", "ui", "none"]),
        "priority": st.integers(0, 100),
        "shared": st.booleans(),
        "engine": st.sampled_from(["procedural", "steam"]),
        "seed": st.integers(0, 2**63 - 1),
        "controls": controls,
    },
).map(lambda given: EmitterSettings(**given))


@st.composite
def events(draw):
    """Mostly an action that fits the event."""
    name = draw(st.sampled_from([*EVENTS, "dance"]))
    fitting = ["start", "start", "stop"] if EVENTS.get(name) == "sustained" else ["trigger", "trigger", "start"]
    return TriggerEvent(
        emitter=draw(emitters),
        name=name,
        action=draw(st.sampled_from(fitting)),
        contact=draw(contacts),
        controls=draw(controls),
        gain_db=draw(ranged("gain_db")),
        seed=draw(maybe(st.integers(0, 2**63 - 1))),
    )


@st.composite
def features(draw):
    """Rows for some emitters; NaN stands for what is not known."""
    rows = tuple(draw(st.lists(emitters, min_size=1, max_size=3, unique=True)))
    columns = tuple(draw(st.lists(st.sampled_from(SCENE_FEATURES), min_size=1, unique=True)))
    number = st.just(float("nan")) | st.floats(RANGES["features"].low, RANGES["features"].high, width=32)
    matrix = [[draw(number) for _ in columns] for _ in rows]
    return SetFeatures(emitters=rows, columns=columns, values=np.array(matrix, np.float32).tobytes())


one_command = st.one_of(
    events(),
    events(),
    st.builds(PutEmitter, emitter=emitters, settings=setting, create=st.booleans()),
    st.builds(RemoveEmitter, emitter=emitters),
    features(),
    st.builds(SetControl, control=control_names, value=ranged("value"), emitter=maybe(emitters)),
    st.builds(SetListener, pose=st.builds(Pose, position_m=vectors, forward=directions, up=directions)),
    st.builds(SetBusGain, bus=st.sampled_from(["main", "none"]), gain_db=ranged("gain_db")),
    st.builds(Panic),
    st.builds(ClientLeft),
)


@st.composite
def shows(draw):
    """Commands of several clients in time order, each with a request of its own."""
    opening = [PutEmitter(emitter=name, client=1, settings=EmitterSettings(shared=True)) for name in EMITTERS[:2]]
    drawn = draw(st.lists(st.tuples(one_command, st.sampled_from(CLIENTS), st.integers(0, LAST_FRAME)), max_size=16))
    told = [msgspec.structs.replace(command, client=client, at_frame=frame) for command, client, frame in drawn]
    told.sort(key=lambda command: command.at_frame)
    told = [msgspec.structs.replace(command, at_frame=0) for command in opening] + told
    return [msgspec.structs.replace(command, request=number) for number, command in enumerate(told)]


def played(commands, frames=None):
    session = OfflineSession(Config(session=ENDLESS), host=HOST)
    blocks = list(session.render(commands, frames))
    return session, np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)


@settings(max_examples=400, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(shows())
def test_any_show_sounds_within_full_scale_is_answered_once_and_ends_when_everyone_has_left(commands):
    leaving = LAST_FRAME + 1
    goodbyes = [ClientLeft(client=client, at_frame=leaving) for client in CLIENTS]
    full_house = [PutEmitter(emitter=f"n{n}", client=9, request=1000 + n, at_frame=leaving + 20_000) for n in range(4)]
    session, sound = played([*commands, *goodbyes, *full_house], leaving + 24_000)

    assert np.isfinite(sound).all()
    assert np.abs(sound).max(initial=0.0) <= 1.0

    answered = Counter(
        notice.request for notice in session.notices if isinstance(notice, Accepted | Refused) and notice.client != 9
    )
    asked = {command.request for command in commands}
    dropped = forgotten(commands)
    assert set(answered) <= asked | {None}
    assert {request: answered[request] for request in asked - dropped} == dict.fromkeys(asked - dropped, 1)
    assert all(answered[request] <= 1 for request in dropped)

    opened = {notice.voice for notice in session.notices if isinstance(notice, Accepted) and notice.voice is not None}
    ended = Counter(notice.voice for notice in session.notices if isinstance(notice, VoiceEnded))
    assert ended == dict.fromkeys(opened, 1)
    assert not any(notice.reason == "failed" for notice in session.notices if isinstance(notice, VoiceEnded))
    assert not any(notice.code == "engine_failed" for notice in session.notices if isinstance(notice, Refused))

    last = [type(notice) for notice in session.notices if isinstance(notice, Accepted | Refused) and notice.client == 9]
    assert last == [Accepted] * STRIPS + [Refused]  # every strip came back, and no more than there were


def forgotten(commands):
    """Requests whose client left before they were due, or in the same moment: nobody is there to answer."""
    left = [(command.client, command.at_frame) for command in commands if isinstance(command, ClientLeft)]
    return {
        command.request
        for command in commands
        for client, frame in left
        if command.client == client and command.at_frame >= frame
    }


@settings(max_examples=100, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(shows())
def test_a_panic_ends_every_voice_of_any_show(commands):
    session, sound = played([*commands, Panic(client=2, at_frame=LAST_FRAME + 1)], LAST_FRAME + 24_000)
    opened = {notice.voice for notice in session.notices if isinstance(notice, Accepted) and notice.voice is not None}
    assert {notice.voice for notice in session.notices if isinstance(notice, VoiceEnded)} == opened
    assert np.abs(sound[-4800:]).max() < 1e-6


@settings(max_examples=50, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(shows())
def test_the_same_show_gives_the_same_bytes(commands):
    assert np.array_equal(played(commands, LAST_FRAME)[1], played(commands, LAST_FRAME)[1])
