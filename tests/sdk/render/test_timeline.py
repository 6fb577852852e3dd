"""Timelines: read, checked, written, and turned into commands."""

import msgspec
import numpy as np
import pytest

from hobnail import EmitterSettings, RenderError
from hobnail.commands import PutEmitter, SetControl, TriggerEvent
from hobnail.render import Curve, PromptRange, Timeline, TimelineEvent, read_timeline, timeline_commands, write_timeline
from hobnail.render.checks import timeline_warnings
from hobnail.render.plan import curve_value, event_seeds
from hobnail.render.reading import parse_timeline

HEAD = 'format = "hobnail-timeline"\n[emitters.boots]\n'


def parsed(text):
    return parse_timeline(text.encode(), toml=True, source="x.toml")


def test_a_written_timeline_reads_back_equal(steps, tmp_path):
    write_timeline(steps, tmp_path / "steps.json")
    assert read_timeline(tmp_path / "steps.json") == steps
    assert list(tmp_path.iterdir()) == [tmp_path / "steps.json"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 1", "format is None"),
        (HEAD + "[[events]]\nat_s = -1.0\nemitter = 'boots'\nname = 'footstep'", "events[0].at_s"),
        (HEAD + "[[events]]\nemitter = 'boots'\nname = 'footstep'", "events[0].at_s: expected either"),
        (HEAD + "[[events]]\nat_s = 1.0\nemitter = 'boot'\nname = 'footstep'", "Did you mean 'boots'"),
        (HEAD + "[[events]]\nat_s = 1.0\nemitter = 'boots'\nnmae = 'footstep'", "nmae: unknown key"),
        (HEAD + "[[curves]]\nemitter = 'boots'\ncontrol = 'pitch'\npoints = [[0.0, 2.0]]", "curves[0].points[0]"),
        (HEAD + "[[curves]]\ncontrol = 'pitch'\npoints = [[1.0, 0.5], [0.5, 0.5]]", "before the point ahead of it"),
        (HEAD + "[[curves]]\nfeature = 'sped_m_s'\npoints = [[1.0, 0.5]]", "Did you mean 'speed_m_s'"),
        (
            HEAD + "[[prompts]]\nprompt = 'a'\nto_s = 2.0\n[[prompts]]\nprompt = 'b'\nfrom_s = 1.0",
            "overlaps prompts[0]",
        ),
        (HEAD + "[[prompts]]\nprompt = 'a'\nfrom_s = 2.0\nto_s = 2.0", "prompts[0].to_s"),
        (HEAD + "x = [", "not valid TOML"),
    ],
)
def test_a_fault_is_named_with_its_file_and_place(text, said):
    with pytest.raises(RenderError) as found:
        parsed(text)
    assert said in str(found.value)
    assert "x.toml" in str(found.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RenderError, match=r"nowhere\.toml: cannot be read"):
        read_timeline(tmp_path / "nowhere.toml")


def test_an_event_after_the_end_is_left_out_and_told(steps):
    short = msgspec.structs.replace(steps, duration_s=0.9)
    frames = [command.at_frame for command in timeline_commands(short) if isinstance(command, TriggerEvent)]
    assert frames == [4_800, 23_457, 33_600]
    (said,) = timeline_warnings(short)
    assert "'impact' of 'crate' at 1 s" in said


def test_commands_come_in_order_and_settings_before_what_sounds_by_them(steps):
    moved = msgspec.structs.replace(
        steps,
        curves=(Curve(emitter="boots", control="texture", points=((0.1, 0.1), (0.7, 0.9))),),
        prompts=(PromptRange(emitter="boots", prompt="wet boots", from_s=0.7, to_s=1.0),),
    )
    commands = timeline_commands(moved)
    frames = [command.at_frame for command in commands]
    assert frames == sorted(frames)
    at_step = [type(command) for command in commands if command.at_frame == 33_600]
    assert at_step == [PutEmitter, SetControl, TriggerEvent]
    words = [command.settings.prompt for command in commands if isinstance(command, PutEmitter)]
    assert words[-2:] == ["wet boots", "leather boots"]


@pytest.mark.parametrize(
    ("shape", "values"), [("hold", [0.2, 0.2, 0.8]), ("linear", [0.2, 0.35, 0.8]), ("smooth", [0.2, 0.29375, 0.8])]
)
def test_a_curve_is_what_its_shape_says(shape, values):
    curve = Curve(control="pitch", points=((1.0, 0.2), (3.0, 0.8)), shape=shape)
    assert np.allclose([curve_value(curve, at) for at in (0.0, 1.5, 9.0)], values)


def test_a_curve_of_one_point_stands_still():
    for shape in ("hold", "linear", "smooth"):
        assert curve_value(Curve(control="pitch", points=((1.0, 0.3),), shape=shape), 5.0) == 0.3


def test_an_events_seed_goes_with_its_id_and_not_with_its_time_or_place():
    def event(at, id=""):
        return TimelineEvent(at_s=at, emitter="a", name="impact", id=id)

    line = Timeline(emitters={"a": EmitterSettings()}, events=(event(1.0, "x"), event(2.0, "y"), event(3.0)))
    moved = msgspec.structs.replace(line, events=(event(2.0, "y"), event(1.5, "x"), event(3.5)))
    before, after = event_seeds(line), event_seeds(moved)
    assert (after[1], after[0], after[2]) == tuple(before)
    assert event_seeds(msgspec.structs.replace(line, seed=1)) != before
