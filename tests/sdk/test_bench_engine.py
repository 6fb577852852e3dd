"""The engine bench's loads, its settings, its watts, and one small measurement of the real thing."""

from collections import Counter
from itertools import pairwise

import msgspec
import pytest

from hobnail.bench import alone, busy, engine
from hobnail.bench.engine_run import Orders
from hobnail.bench.loads import game, moved, one_shots, sustained
from hobnail.bench.power import PowerMeter
from hobnail.commands import PutEmitter, SetFeatures, TriggerEvent
from hobnail.config import Config
from hobnail.errors import ConfigError, SessionError, TraceError
from hobnail.host import Host
from hobnail.testing import FakeEngine
from hobnail.trace import TraceFrame, faster, packaged_scene, read_trace, write_trace

SPEC = FakeEngine().spec


def test_sustained_voices_each_have_an_emitter_and_are_started():
    told = sustained(SPEC, 3)
    emitters = [command.emitter for command in told if isinstance(command, PutEmitter)]
    started = [command for command in told if isinstance(command, TriggerEvent)]
    assert len(set(emitters)) == 3
    assert [(command.emitter, command.name, command.action) for command in started] == [
        (emitter, "tone", "start") for emitter in emitters
    ]


def test_every_tick_moves_every_voice_and_none_twice_to_the_same_place():
    ticks = list(moved(2, 0.5))
    assert len(ticks) == 15
    assert all(isinstance(command, SetFeatures) and len(command.values) == 2 * 3 * 4 for _, command in ticks)
    assert all(before.values != after.values for (_, before), (_, after) in pairwise(ticks))


def test_one_shots_come_evenly_and_only_known_events_are_asked_for():
    timed = list(one_shots(SPEC, 20.0, 2.0))
    struck = [(at_s, command) for at_s, command in timed if isinstance(command, TriggerEvent)]
    assert len(struck) == 40
    assert {command.name for _, command in struck} == {"click"}
    gaps = {round(after - before, 6) for (before, _), (after, _) in pairwise(struck)}
    assert gaps == {0.05}


def test_a_game_goes_on_until_the_time_is_up_and_starts_again_where_it_ends():
    trace = faster(packaged_scene("openarena"), 16.0)
    timed = list(game(trace, 2.5 * trace.duration_s))
    times = [at_s for at_s, _ in timed]
    assert times == sorted(times)
    assert times[-1] <= 2.5 * trace.duration_s
    emitters = [command for _, command in timed if isinstance(command, PutEmitter)]
    assert len(emitters) == len(trace.emitters)  # created once, not with every round
    events = sum(isinstance(command, TriggerEvent) for _, command in timed)
    assert 2.0 < events / len(trace.events) < 3.0


def test_a_faster_trace_is_the_same_but_for_its_times():
    trace = packaged_scene("courtyard")
    quick = faster(trace, 4.0)
    assert quick.duration_s == pytest.approx(trace.duration_s / 4.0, abs=1e-4)
    assert len(quick.items) == len(trace.items)
    assert [item.at for item in quick.items] == [round(item.at / 4.0) for item in trace.items]
    assert quick.events[3].contact == trace.events[3].contact
    for speed in (0.0, -1.0, float("nan")):
        with pytest.raises(TraceError, match="speed"):
            faster(trace, speed)


def test_settings_are_varied_in_every_combination_with_values_as_toml_reads_them():
    vary = engine.varied(["passes=1,2", 'bundle=a/b,"c d"'])
    assert vary == {"passes": [1, 2], "bundle": ["a/b", "c d"]}
    assert len(list(engine.combinations(vary))) == 4
    assert list(engine.combinations({})) == [{}]
    for wrong in ("passes", "=1", "passes="):
        with pytest.raises(ConfigError, match="KEY=VALUE"):
            engine.varied([wrong])


def counter(root, number, joules_uj, wraps_at=1_000_000):
    folder = root / f"intel-rapl:{number}"
    folder.mkdir(exist_ok=True)
    (folder / "energy_uj").write_text(f"{joules_uj}\n")
    (folder / "max_energy_range_uj").write_text(f"{wraps_at}\n")


def test_watts_are_summed_over_packages_and_survive_a_counter_that_wraps(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("hobnail.bench.power.time.monotonic", lambda: clock[0])
    counter(tmp_path, 0, 0)
    counter(tmp_path, 1, 900_000)
    (tmp_path / "intel-rapl:0:0").mkdir()  # a part of package 0, counted with it
    meter = PowerMeter(tmp_path)
    meter.start()
    clock[0] += 2.0
    counter(tmp_path, 0, 600_000)
    counter(tmp_path, 1, 100_000)
    assert meter.watts() == pytest.approx((0.6 + 0.2) / 2.0)


def test_where_there_are_no_counters_there_are_no_watts(tmp_path):
    meter = PowerMeter(tmp_path / "nothing")
    meter.start()
    assert meter.watts() is None


def test_a_measurement_of_the_real_engine_counts_what_it_was_given():
    config = Config()
    result = engine.run(Orders(config=config, voices=2, one_shots_per_s=10.0, seconds=1.5))
    assert result.events == pytest.approx(15, abs=3)
    assert result.voices >= 2
    assert result.latency.count > 0
    assert 0.0 < result.hop.p50_ms <= result.hop.p99_ms
    assert result.budget_ms == pytest.approx(10.67, abs=0.01)
    assert result.refused == result.failed == 0
    assert result.rss_mb is not None
    assert result.rss_mb > 20.0


def test_an_engine_that_cannot_be_measured_says_why():
    config = Config(engine={"procedural": {"gain_db": "loud"}})
    with pytest.raises(SessionError, match="gain_db"):
        engine.run(Orders(config=config, seconds=1.0))


def test_a_few_kinds_of_one_shot_come_again_and_again():
    timed = list(one_shots(SPEC, 20.0, 2.0, kinds=2))
    struck = [command for _, command in timed if isinstance(command, TriggerEvent)]
    assert len(struck) == 40
    assert len({(command.emitter, command.name, command.contact) for command in struck}) == 2


def test_a_busy_stage_is_a_scene_with_voices_that_last_and_events_in_between(tmp_path):
    trace = busy.stage(SPEC, 4.0)
    write_trace(trace, tmp_path / "stage.trace")
    again = read_trace(tmp_path / "stage.trace")
    assert again == trace
    actions = Counter(event.action for event in again.events)
    assert actions == {"start": busy.VOICES, "stop": busy.VOICES, "trigger": 2 * busy.EVENTS_PER_S}
    ticks = [item for item in again.items if isinstance(item, TraceFrame)]
    assert len(ticks) == 4.0 * busy.TICK_HZ
    assert all(len(tick.rows) == busy.VOICES for tick in ticks)


def test_a_voice_alone_begins_and_is_stopped_and_an_engine_without_one_has_no_figure():
    scene = alone.lasting(SPEC)
    assert [event.action for event in scene.events] == ["start", "stop"]
    assert {event.name for event in scene.events} == {"tone"}
    assert alone.lasting(msgspec.structs.replace(SPEC, events=())) is None


def test_a_voice_alone_is_measured():
    (figure,) = alone.alone(Host.discovered(only=["procedural"]), Config())
    assert figure.value > 0.0
    assert figure.unit == "x real time"
