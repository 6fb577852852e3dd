"""One offline performance of a list of commands: the mix, a stem for each emitter, and what became of each event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hobnail.commands import AnyCommand
from hobnail.config import Config
from hobnail.contracts import Float32
from hobnail.host import Host
from hobnail.notices import AnyNotice
from hobnail.offline import OfflineSession, Shown
from hobnail.render.spool import Spool
from hobnail.render.stems import RING_FRAMES, TAPS, TappedMixer, panned

_DRAIN_FRAMES = RING_FRAMES // 2
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Performance:
    """What was played. Arrays may lie on the disk; they are read as usual."""

    mix: Float32  #: [frames, 2], the mixer's own, limited to full scale
    stems: dict[str, Float32]  #: emitter -> [frames, 2] as it stands in the mix before the limiter; silent ones too
    notices: Sequence[AnyNotice]
    attention: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 5)))  #: as OfflineSession tells it

    @property
    def frames(self) -> int:
        """Its length."""
        return len(self.mix)


def perform(
    commands: Sequence[AnyCommand],
    *,
    host: Host,
    config: Config | None = None,
    frames: int | None = None,
    stems: bool = False,
    advance: Advance | None = None,
    shown: Shown | None = None,
) -> Performance:
    """Play ``commands``, sorted by ``at_frame``. Same seeds, same bytes.

    ``frames``: its length; None: until all is silent. ``stems``: also each emitter alone; with more than 32 emitters
    the whole is played once for every 32. ``advance`` is told the frames of each piece of the first pass. ``shown``:
    the film that plays along.
    """
    begin = partial(OfflineSession, config, host=host, shown=shown)
    played, strips = _pass(commands, begin, frames, 0 if stems else None, advance)
    first = TAPS
    while stems and strips > first:
        more, _ = _pass(commands, begin, played.frames, first, None)
        played.stems.update({emitter: _sum(played.stems.get(emitter), sound) for emitter, sound in more.stems.items()})
        first += TAPS
    return played


def _pass(
    commands: Sequence[AnyCommand],
    begin: Callable[..., OfflineSession],
    frames: int | None,
    first: int | None,
    advance: Advance | None,
) -> tuple[Performance, int]:
    made: list[TappedMixer] = []

    def mixer(**arguments: object) -> TappedMixer:
        made.append(TappedMixer(first=first or 0, **arguments))  # type: ignore[arg-type]  # as new_mixer gives them
        return made[-1]

    session = begin() if first is None else begin(mixer=mixer)
    mix, monos, users = Spool(2), dict[int, Spool](), dict[int, str]()
    drain = partial(_drain, made, session, monos, users)
    since = 0
    for block in session.render(commands, frames):
        mix.append(block)
        since += len(block)
        if since >= _DRAIN_FRAMES:
            drain(mix.frames)
            since = 0
        if advance is not None:
            advance(len(block))
    drain(mix.frames)
    stems: dict[str, Float32] = {}
    for strip, spool in monos.items():
        desk = made[0]
        stereo = Spool(2)
        for piece in panned(spool.array()[: mix.frames], desk.placings[strip], desk.bus_levels):
            stereo.append(piece)
        stems[users[strip]] = _sum(stems.get(users[strip]), stereo.array())
    played = Performance(mix.array(), stems, session.notices, session.attention)
    return played, len(made[0].placings) if made else 0


def _drain(
    made: Sequence[TappedMixer], session: OfflineSession, monos: dict[int, Spool], users: dict[int, str], frames: int
) -> None:
    """Take what the taps hold; a strip that was silent so far gets its silence first."""
    for strip, ring in made[0].rings.items() if made else ():
        user = session.user_of(strip)
        if user is not None:
            users.setdefault(strip, user)
        spool = monos.setdefault(strip, Spool(1))
        while ring.readable:
            at, samples = ring.read_stamped(RING_FRAMES)
            spool.pad_to(at)
            spool.append(samples)
        spool.pad_to(frames)
        users.setdefault(strip, f"strip-{strip}")


def _sum(one: Float32 | None, other: Float32) -> Float32:
    return other if one is None else np.add(one, other)
