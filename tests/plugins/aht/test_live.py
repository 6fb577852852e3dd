"""The engine in real sessions: a hop that takes 200 ms, and offline renders that do not know of the pool."""

import time

import numpy as np
import pytest

from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.host import Host
from hobnail.notices import VoiceEnded
from hobnail.offline import OfflineSession
from hobnail.session import Session
from hobnail_plugins.aht import plugin
from hobnail_plugins.aht.sustained import Sustained


@pytest.fixture
def host():
    host = Host(only=["procedural", "gca", "daf", "moe_lora", "codec"])
    host.discover()
    host.add(plugin, "aht")
    return host


@pytest.fixture
def config(bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Config(session=SessionConfig(engine="aht"), engine={"aht": {"bundle": str(bundle), "longest_hops": 80}})


def test_a_step_that_takes_200_ms_costs_silence_and_a_counter_and_nothing_else(host, config, monkeypatch):
    slow, step = [False], Sustained.each_step

    def sometimes(self, voices):
        if slow[0]:
            slow[0] = False
            time.sleep(0.2)
        return step(self, voices)

    monkeypatch.setattr(Sustained, "each_step", sometimes)
    with Session(config, host=host) as session:
        session.submit(PutEmitter(emitter="crate"))
        session.submit(TriggerEvent(emitter="crate", name="scrape", action="start"))
        _until(lambda: session.metrics.voices == 1)
        before = session.metrics.underruns
        slow[0] = True
        _until(lambda: session.metrics.underruns > before)
        frame = session.metrics.frame
        _until(lambda: session.metrics.frame > frame + 24_000)
        ended = [notice for notice in session.notices() if isinstance(notice, VoiceEnded)]
        assert (session.metrics.voices, session.metrics.voices_failed, ended) == (1, 0, [])
        assert session.metrics.engines["aht"]["steps"] > 5


def test_a_live_session_makes_takes_while_it_rests_and_plays_them(host, config):
    with Session(config, host=host) as session:
        session.submit(PutEmitter(emitter="feet"))

        def figures():
            return session.metrics.engines.get("aht", {})

        session.submit(TriggerEvent(emitter="feet", name="footstep"))
        _until(lambda: figures().get("takes", 0) == 3)
        session.submit(TriggerEvent(emitter="feet", name="footstep"))
        _until(lambda: figures().get("take_hits", 0) == 1)
        assert figures()["take_misses"] == 1


def test_offline_the_same_scene_gives_the_same_bytes(host, config):
    commands = [
        PutEmitter(emitter="feet", at_frame=0),
        TriggerEvent(emitter="feet", name="scrape", action="start", at_frame=1000),
        TriggerEvent(emitter="feet", name="scrape", action="stop", at_frame=15_000),
    ]
    commands += [TriggerEvent(emitter="feet", name="footstep", at_frame=3000 * step) for step in range(1, 5)]
    commands.sort(key=lambda command: command.at_frame)
    sounds = [np.concatenate(list(OfflineSession(config, host=host).render(commands, frames=24_000))) for _ in range(2)]
    np.testing.assert_array_equal(*sounds)
    assert np.flatnonzero(np.abs(sounds[0]).max(axis=1) > 1e-4)[0] in range(1000, 1048)


def _until(true, patience_s=20.0):
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
