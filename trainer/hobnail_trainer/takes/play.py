"""Takes of an engine, as ``hobnail render --takes`` makes them, all in one performance."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.config import Config
from hobnail.host import Host
from hobnail.notices import VoiceEnded
from hobnail.offline import OfflineSession
from hobnail.render import Timeline, TimelineEvent, timeline_commands
from hobnail.render.plan import event_seeds
from hobnail.scene import Contact, EmitterSettings
from hobnail_trainer.codec.clips import WINDOW
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.evaluate.held import window
from hobnail_trainer.takes.families import Family

APART_S: Final = 3.0  #: between takes, so that none hears the one before


def takes_of(host: Host, config: Config, engine: str, family: Family, count: int) -> list[Samples]:
    """``count`` takes of the event that is like a family: mono windows of 0.68 s, levelled as the recordings are.

    Take n has the seed that ``--takes`` gives it: as if the timeline with one event were rendered with seed n. Raises
    TrainerError when another engine made them in its place.
    """
    one = TimelineEvent(at=0, emitter="it", name=family.event, contact=Contact(material=family.material, speed_m_s=1.4))
    single = Timeline(emitters={"it": EmitterSettings()}, events=(one,))
    seeds = [event_seeds(msgspec.structs.replace(single, seed=take))[0] for take in range(count)]
    apart = round(APART_S * RATE_HZ)
    events = tuple(
        msgspec.structs.replace(one, at=apart * take, seed=seed, id=f"take-{take}") for take, seed in enumerate(seeds)
    )
    line = msgspec.structs.replace(single, events=events, duration_s=APART_S * count)
    own = msgspec.structs.replace(config, session=msgspec.structs.replace(config.session, engine=engine))
    session = OfflineSession(own, host=host)
    mix = np.concatenate(list(session.render(timeline_commands(line), line.duration_frames)))
    by_others = {each.engine for each in session.notices if isinstance(each, VoiceEnded)} - {engine}
    if by_others:
        raise TrainerError(
            f"takes of {engine!r} were made by {', '.join(sorted(by_others))}, in its place.",
            cure="See that its bundle loads: hobnail doctor.",
        )
    mono = np.asarray(mix.mean(axis=1), np.float32)
    return [window(mono[apart * take : apart * take + WINDOW]) for take in range(count)]
