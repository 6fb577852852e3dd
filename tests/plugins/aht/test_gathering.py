"""Sustained voices that wait for their step are stepped at once, whoever asked; none is made twice, none is lost."""

from hobnail.contracts import Block, Step, VoiceInput
from hobnail.scene import Contact
from hobnail_plugins.aht.gathering import Gathering


def voices(*numbers, slack=None):
    return [
        VoiceInput(number, None, {}, {}, Contact(), stopping=False, slack_frames=slack, later=True)
        for number in numbers
    ]


def gathering(now=(0.0,)):
    calls = []

    def step(given):
        calls.append([(voice.voice, voice.slack_frames) for voice in given])
        if any(voice.voice == 13 for voice in given):
            raise RuntimeError("gone")
        return [Step(Block(frames=voice.voice)) for voice in given]

    return Gathering(step, lambda: now[0]), calls


def test_what_was_asked_at_several_times_is_one_batch_made_once():
    waiting, calls = gathering()
    for some in (voices(1, 2), voices(3)):
        waiting.add("a model", some)
    made = waiting.stepped()
    assert [(arrival.voice, arrival.step.block.frames) for arrival in made] == [(1, 1), (2, 2), (3, 3)]
    assert waiting.stepped() == []
    assert len(calls) == 1


def test_voices_of_two_models_are_two_batches_and_one_that_fails_costs_its_own_only():
    waiting, calls = gathering()
    waiting.add("one", voices(1))
    waiting.add("other", voices(13, 2))
    waiting.add("one", voices(3))
    made = {arrival.voice: arrival.step for arrival in waiting.stepped()}
    assert [[number for number, _ in each] for each in calls] == [[1, 3], [13, 2]]
    assert (made[13], made[2]) == (None, None)
    assert made[1].block.frames == 1


def test_who_waited_runs_dry_sooner():
    now = [0.0]
    waiting, calls = gathering(now)
    waiting.add("a model", voices(1, slack=1000))
    now[0] = 0.01
    waiting.add("a model", [*voices(2, slack=1000), *voices(3)])
    waiting.stepped()
    assert calls == [[(1, 520), (2, 1000), (3, None)]]
    waiting.add("a model", voices(1, slack=100))
    now[0] = 1.0
    waiting.stepped()
    assert calls[-1] == [(1, 0)]
