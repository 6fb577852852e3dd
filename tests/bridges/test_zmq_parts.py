"""The bridge's parts without sockets: units, limits, names."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.contracts import BridgeClients
from hobnail.errors import MessageError
from hobnail.protocol import ErrorMessage, FrameMessage, Hello, encode
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings
from hobnail_bridges.limiting import ErrorDigest
from hobnail_bridges.zmq.clients import Clients
from hobnail_bridges.zmq.config import Limits, ZmqConfig
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.intake import Intake
from hobnail_bridges.zmq.security import Gatekeeper
from hobnail_bridges.zmq.sockets import Context
from hobnail_bridges.zmq.units import Units, matrix_of
from hobnail_native import TokenBucket

from .fake_port import AnsweringPort

SECOND = 1_000_000_000
vectors = st.tuples(*[st.floats(-1000, 1000)] * 3)
frames_of_reference = st.builds(
    Units,
    st.sampled_from((0.01, 1.0, 100.0)),
    up=st.sampled_from("yz"),
    handedness=st.sampled_from(("left", "right")),
)


@given(frames_of_reference, vectors, vectors)
def test_distances_and_angles_survive_the_translation(units, a, b):
    ours = np.dot(units.direction(a), units.direction(b))
    assert ours == pytest.approx(np.dot(a, b), abs=1e-6)


@given(frames_of_reference)
def test_up_is_up_and_the_hand_is_the_right_one(units):
    axes = np.eye(3)
    up = axes[1] if units.up == "y" else axes[2]
    assert units.direction(tuple(up)) == (0.0, 1.0, 0.0)
    turned = np.linalg.det([units.direction(tuple(axis)) for axis in axes])
    assert turned == pytest.approx(1.0 if units.handedness == "right" else -1.0)


@pytest.mark.parametrize(
    ("up", "handedness", "forward", "right"),
    [
        ("y", "right", (0, 0, -1), (1, 0, 0)),  # Godot
        ("y", "left", (0, 0, 1), (1, 0, 0)),  # Unity
        ("z", "left", (1, 0, 0), (0, 1, 0)),  # Unreal
        ("z", "right", (0, 1, 0), (1, 0, 0)),  # Blender
    ],
)
def test_forward_and_right_of_each_engine_arrive_as_ours(up, handedness, forward, right):
    units = Units(1.0, up, handedness)
    assert units.direction(forward) == (0.0, 0.0, -1.0)
    assert units.direction(right) == (1.0, 0.0, 0.0)


def test_every_length_is_scaled_and_nothing_else():
    units = Units(100.0)
    contact = Contact(speed_m_s=250.0, slip_m_s=100.0, impulse_n_s=300.0, mass_kg=2.0, size_m=50.0, intensity=0.5)
    assert units.contact(contact) == Contact(
        speed_m_s=2.5, slip_m_s=1.0, impulse_n_s=3.0, mass_kg=2.0, size_m=0.5, intensity=0.5
    )
    settings = EmitterSettings(position_m=(100.0, 0.0, -200.0), size_m=90.0, mass_kg=3.0)
    assert units.settings(settings) == EmitterSettings(position_m=(1.0, 0.0, -2.0), size_m=0.9, mass_kg=3.0)


def test_frame_columns_are_renamed_and_scaled_like_everything_else():
    units = Units(100.0, "z", "left")
    columns = ("position_x_m", "wetness", "contact_area_m2", "position_z_m")
    rows = np.array([[300, 0.5, 10_000, 100], [math.nan, 1, 0, 0]], "<f4")
    names, data = units.features(columns, rows.tobytes())
    assert names == ("position_z_m", "wetness", "contact_area_m2", "position_y_m")
    np.testing.assert_allclose(np.frombuffer(data, "<f4").reshape(2, 4), [[-3, 0.5, 1, 1], [math.nan, 1, 0, 0]])


def test_canonical_frames_pass_untouched():
    data = np.arange(12, dtype="<f4").tobytes()
    names, same = Units().features(SCENE_FEATURES, data)
    assert names == SCENE_FEATURES
    assert same is data


def test_named_numbers_become_rows_with_nan_for_the_rest():
    columns, data = matrix_of({"a": {"wetness": 0.5}, "b": {"speed_m_s": 2.0}})
    assert columns == ("speed_m_s", "wetness")
    np.testing.assert_array_equal(np.frombuffer(data, "<f4"), np.float32([math.nan, 0.5, 2.0, math.nan]))


def test_a_bucket_gives_its_burst_and_then_its_rate():
    bucket = TokenBucket(per_s=10, burst=3, now_ns=0)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(SECOND // 10) for _ in range(2)] == [True, False]
    assert [bucket.take(100 * SECOND) for _ in range(4)] == [True, True, True, False]


def test_errors_beyond_the_budget_are_counted_together_by_code():
    digest = ErrorDigest(per_s=2, now_ns=0)
    errors = [ErrorMessage(v=1, code=code, path="$", problem=code, re=n) for n, code in enumerate(["busy"] * 5)]
    passed = [digest.add(error, 0) for error in errors]
    assert passed == [errors[0], errors[1], None, None, None]
    other = ErrorMessage(v=1, code="rate_limited", path="$", problem="x", re=9)
    assert digest.add(other, 0) is None
    assert digest.take_due(SECOND // 20) == []
    kept = digest.take_due(SECOND // 10)
    assert [(error.code, error.count, error.re) for error in kept] == [("busy", 3, None), ("rate_limited", 1, 9)]
    assert digest.due_ns is None


def test_numbers_go_round_and_skip_those_in_use():
    clients = Clients(BridgeClients(first=10, count=3), Limits())
    first = clients.greet(Hello(v=1, client="a"), (b"1", ""), 0)
    second = clients.greet(Hello(v=1, client="b"), (b"2", ""), 0)
    clients.dismiss(second)
    third = clients.greet(Hello(v=1, client="c"), (b"3", ""), 0)
    fourth = clients.greet(Hello(v=1, client="d"), (b"4", ""), 0)
    assert [client.number for client in (first, second, third, fourth)] == [10, 11, 12, 11]


def test_a_name_of_full_length_is_made_unique_within_the_limit():
    clients = Clients(BridgeClients(first=1), Limits())
    long = "x" * 64
    names = [clients.greet(Hello(v=1, client=long), (bytes([n]), ""), 0).name for n in range(3)]
    assert len(set(names)) == 3
    assert max(map(len, names)) <= 64


def test_the_house_is_full_at_its_limit():
    clients = Clients(BridgeClients(first=1), Limits(clients=1))
    clients.greet(Hello(v=1, client="a"), (b"1", ""), 0)
    with pytest.raises(MessageError, match="1 clients are connected already"):
        clients.greet(Hello(v=1, client="b"), (b"2", ""), 0)


def test_the_gate_admits_only_curve_and_only_the_list():
    context = Context()
    gate = Gatekeeper(context, frozenset([b"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"]))
    try:
        known = bytes.fromhex("bb88471d65e2659b30c55a5321cebb5aab2b70a398645c26dca2b2fcb43fc518")
        request = [b"1.0", b"7", b"hobnail", b"127.0.0.1", b"", b"CURVE", known]
        assert gate.answer(request)[2] == b"200"
        assert gate.answer([*request[:6], bytes(32)])[2] == b"400"
        assert gate.answer([*request[:5], b"NULL"])[2] == b"400"
        assert gate.answer([*request[:5], b"PLAIN", b"user", b"pass"])[2] == b"400"
        assert gate.answer([])[2] == b"400"
    finally:
        gate.stop()
        context.term()


def test_a_timeout_too_short_for_the_heartbeat_is_refused():
    with pytest.raises(ValueError, match="twice"):
        ZmqConfig(heartbeat_s=1.0, timeout_s=1.5)


def test_a_crowd_is_read_several_frames_at_a_time_and_a_few_are_not():
    now = [SECOND]
    intake = Intake(AnsweringPort(), ZmqConfig(), (1, 2, 3), lambda route, message: None, lambda: now[0], Counters())
    intake.take([b"peer", encode(Hello(v=1, client="game"))], "", now[0])
    intake.tick()
    frame = encode(FrameMessage(v=1, emitters=("crate",), data=bytes(4 * len(SCENE_FEATURES))))
    for frames, crowded in ((19, False), (20, True), (0, False)):
        for _ in range(frames):
            intake.take([b"peer", frame], "", now[0])
        now[0] += 20_000_000
        intake.tick()
        assert intake.crowded is crowded
