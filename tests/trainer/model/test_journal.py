"""What a run leaves for people to look at: lines of JSON, curves for TensorBoard, and how long it will still take."""

import json
import re

import pytest

from hobnail_trainer.model import journal as journals
from hobnail_trainer.model.journal import Journal


class Clock:
    """Time that passes when it is told to."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def process_time(self):
        return self.now / 2.0


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(journals, "time", found)
    return found


def lines_of(run):
    return [json.loads(line) for line in (run / "steps.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_twentieth_step_writes_the_means_of_twenty_and_what_a_step_took(tmp_path, clock):
    with Journal(tmp_path, steps=40, tell=lambda _: None) as journal:
        for step in range(1, 41):
            clock.now += 3.0
            journal.step(step, {"flow": float(step)})
    first, second = lines_of(tmp_path)
    assert (first["step"], first["flow"], first["step_s"], first["cpu_s"]) == (20, 10.5, 3.0, 1.5)
    assert (second["step"], second["flow"]) == (40, 30.5)


def test_what_is_left_follows_from_how_long_the_last_steps_took(tmp_path, clock):
    said = []
    with Journal(tmp_path, steps=80, tell=said.append) as journal:
        for step in range(1, 81):
            clock.now += 6.0 if step <= 20 else 3.0
            journal.step(step, {"flow": 1.0})
    left = [int(re.search(r"(\d+) min left", line)[1]) for line in said]
    assert left == [6, 2, 1, 0]  # 60 steps of 6 s; then 40, 20 and none of 3 s
    assert said[0].startswith("step 20 of 80, flow 1")


def test_curves_of_tensorboard_hold_what_the_lines_hold(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with Journal(tmp_path, steps=40, tell=lambda _: None) as journal:
        for step in range(1, 41):
            journal.step(step, {"flow": 1.0 / step, "gate": 0.25})
        journal.write(40, {"held_out": 0.5})
    curves = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert set(curves.Tags()["scalars"]) == {"flow", "gate", "held_out", "step_s", "cpu_s"}
    found = {(name, each.step): each.value for name in ("flow", "held_out") for each in curves.Scalars(name)}
    wanted = {
        (name, line["step"]): line[name] for line in lines_of(tmp_path) for name in ("flow", "held_out") if name in line
    }
    assert found == pytest.approx(wanted, abs=1e-5)
    assert len(found) == 3
