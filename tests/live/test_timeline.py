"""A client's timeline on a real server: cues come round to the sample, and everyone sees the playhead."""

from itertools import pairwise

from hobnail.client import Client
from hobnail.protocol import Ended

from .attackers import GRAVEL, eventually, figures

LOOP_S = 0.25


def test_a_cue_comes_round_to_the_sample_and_hobnail_shows_where_the_playhead_is(server):
    with Client(server.control, name="film") as client:
        client.emitter("feet", wait=True)
        client.event("feet", "footstep", contact=GRAVEL, cue_s=0.1, wait=True)
        client.answer(client.transport("loop", loop_s=(0.0, LOOP_S), tempo_bpm=96.0))
        began = client.answer(client.transport("play")).at
        steps = []

        def several():
            steps.extend(reply.at for reply in client.poll(0.1) if isinstance(reply, Ended))
            return len(steps) >= 4

        eventually(several, timeout_s=20.0)
        assert steps[0] == began + 4_800
        assert {later - earlier for earlier, later in pairwise(steps)} == {12_000}
        (line,) = eventually(lambda: figures(client).timelines)
        assert (line.who, line.playing, line.tempo_bpm, line.loop_s, line.cues) == ("film", True, 96.0, (0, LOOP_S), 1)
        assert abs((line.frame - began) % 12_000 - line.position_s * 48_000) < 1
        stopped = client.answer(client.transport("stop")).at
        eventually(lambda: not figures(client).timelines[0].playing)
        assert round(figures(client).timelines[0].position_s * 48_000) == (stopped - began) % 12_000
