"""The bridge between an instrument and a session: what is played arrives, and nothing ends it."""

import logging

import pytest

from hobnail.commands import ClientLeft, PutEmitter, SetControl, TriggerEvent
from hobnail.errors import BridgeError, ConfigError
from hobnail.host import Host
from hobnail.notices import Refused
from hobnail.testing import check_bridge
from hobnail_bridges.midi import plugin
from hobnail_bridges.midi.codec import ControlChange, NoteOff, NoteOn
from hobnail_bridges.midi.map_file import map_at, write_map
from hobnail_bridges.midi.ports import PortName, choose
from hobnail_bridges.midi.server import MidiBridge
from hobnail_bridges.midi.spec_text import binding_of

from .conftest import LivePort, Wireless


def of(port, kind):
    return [command for command in port.commands if isinstance(command, kind)]


def test_a_key_becomes_an_event_with_the_moment_it_was_heard(make_bridge, eventually):
    air = Wireless("Keys")
    bridge, port = make_bridge(air)
    assert bridge.addresses == {"input": "Keys (AIR)"}
    eventually(lambda: len(of(port, PutEmitter)) == 3)
    air.play(NoteOn(1, 36, 127))
    (event,) = eventually(lambda: of(port, TriggerEvent))
    assert (event.emitter, event.name, event.contact.intensity) == ("midi.footstep", "footstep", 1.0)
    assert event.received_ns > 0


def test_of_moves_in_a_row_the_last_counts_and_order_is_kept(make_bridge, eventually):
    air = Wireless("Keys")
    _, port = make_bridge(air)
    eventually(lambda: of(port, PutEmitter))
    sweep = [ControlChange(1, 1, value) for value in range(128)]
    air.play(*sweep, NoteOn(1, 36, 90), ControlChange(1, 1, 5))
    eventually(lambda: of(port, TriggerEvent) and of(port, SetControl) and of(port, SetControl)[-1].value < 0.1)
    after = [command for command in port.commands if not isinstance(command, PutEmitter)]
    assert isinstance(after[-1], SetControl)
    before_note = after[: next(i for i, command in enumerate(after) if isinstance(command, TriggerEvent))]
    assert before_note[-1].value == 1.0  # the newest move went before the note


def test_broken_bytes_and_refusals_are_told_once_and_the_next_key_plays(make_bridge, eventually, caplog):
    air = Wireless("Keys")
    _, port = make_bridge(air)
    refusal = Refused(client=1, request=None, code="not_owner", path="$", problem="Not yours.", cure="Ask.")
    with caplog.at_level(logging.WARNING):
        air.play(*[b"\x90\xff\xff"] * 50, NoteOn(1, 36, 1))
        port.deliver(refusal, refusal)
        eventually(lambda: of(port, TriggerEvent))
        eventually(lambda: "Not yours. Ask." in caplog.text)
    assert caplog.text.count("no MIDI message") == 1
    assert caplog.text.count("Not yours.") == 1


def test_an_instrument_that_is_not_plugged_in_is_waited_for(make_bridge, eventually):
    air = Wireless()
    bridge, port = make_bridge(air, input="launchpad")
    assert bridge.addresses == {"input": "waiting for launchpad"}
    air.names.append("Novation LaunchPad 1")
    eventually(lambda: air.heard)
    air.play(NoteOn(1, 36, 90))
    eventually(lambda: of(port, TriggerEvent))


def test_a_map_that_changes_is_followed_and_a_broken_one_is_not(make_bridge, eventually, tmp_path, caplog):
    air, path = Wireless("Keys"), tmp_path / "map.toml"
    _, port = make_bridge(air)

    def moved(number):
        air.play(ControlChange(1, number, 64))
        return [command for command in of(port, SetControl) if command.control == "pitch"]

    write_map(map_at(path).with_binding(binding_of("cc 21 -> pitch")), path)
    eventually(lambda: moved(21))
    path.write_text("[[control")
    eventually(lambda: "The old map stays in force" in caplog.text)
    count = len(moved(21))
    eventually(lambda: len(moved(21)) > count)


def test_what_must_arrive_is_owed_until_the_queue_has_room(make_bridge, eventually):
    class Narrow(LivePort):
        full = False

        def submit(self, command):
            return not self.full and super().submit(command)

    air, port = Wireless("Keys"), Narrow()
    make_bridge(air, port)
    air.play(NoteOn(1, 37, 90))  # a scrape begins
    eventually(lambda: of(port, TriggerEvent))
    port.full = True
    air.play(NoteOff(1, 37))
    eventually(lambda: not air.play(NoteOn(1, 36, 1)))  # lost, and said so
    port.full = False
    assert eventually(lambda: [c for c in of(port, TriggerEvent) if c.action == "stop"])


def test_leaving_closes_the_input_and_ends_its_sounds(make_bridge, eventually):
    air = Wireless("Keys")
    bridge, port = make_bridge(air)
    bridge.stop()
    eventually(lambda: air.closed == 1)
    assert of(port, ClientLeft)


def test_a_machine_without_a_driver_is_a_clear_message():
    bridge = MidiBridge(inputs=Wireless(problem="AIR does not work here: no sequencer."))
    with pytest.raises(BridgeError, match="no MIDI driver that works") as raised:
        bridge.open(LivePort())
    assert "JACK" in raised.value.cure


def test_a_backend_that_there_is_not_is_named():
    with pytest.raises(BridgeError, match="'WATER'"):
        choose(Wireless("x").drivers(), "", "WATER")
    assert choose(Wireless("One", "Two").drivers(), "two", "AIR") == PortName("AIR", "Two")


def test_a_wrong_map_stops_the_opening(tmp_path):
    from hobnail_bridges.midi.config import MidiConfig

    (tmp_path / "map.toml").write_text("x = 1")
    with pytest.raises(ConfigError, match=r"map\.toml"):
        MidiBridge(MidiConfig(map_file=str(tmp_path / "map.toml")), Wireless("Keys")).open(LivePort())


def test_the_plugin_offers_the_bridge_with_its_settings(tmp_path):
    host = Host()
    host.add(plugin, "midi")
    bridge = host.build("bridges", "midi", {"virtual": "in", "mpe": "lower"})
    assert isinstance(bridge, MidiBridge)
    with pytest.raises(ConfigError, match="mpe"):
        host.build("bridges", "midi", {"mpe": "sideways"})


def test_it_keeps_the_contract_of_bridges(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_bridge(lambda: MidiBridge(inputs=Wireless("Keys")))
