"""The stage: emitters, who owns them, what is known of them, and where the listener stands."""

from __future__ import annotations

import hashlib
import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec
import numpy as np

from hobnail.audio import db_to_gain
from hobnail.commands import PutEmitter, SetFeatures
from hobnail.errors import MessageError
from hobnail.scene import IMPULSE, SCENE_FEATURES, Emitter, EmitterSettings, Pose
from hobnail.spatial import place
from hobnail.vocabulary import did_you_mean
from hobnail_native import Mixer

MIX = "mix"
"""Audio topic of the whole mix; no emitter may take its place."""

_POSITION = dict.fromkeys(("position_x_m", "position_y_m", "position_z_m")).keys()


@dataclass(slots=True)
class Presence:
    """One emitter on the stage, with its strip in the mixer and its newest features."""

    emitter: Emitter
    strip: int
    features: dict[str, float] = field(default_factory=dict)
    events: int = 0  #: how many it has had; makes every take's seed differ
    voices: int = 0
    gone: bool = False  #: removed; its strip is freed when the last voice has faded
    looked_at: bool = True  #: whether a voice has seen the newest features

    def look(self) -> dict[str, float]:
        """The newest features, for a voice that steps."""
        self.looked_at = True
        return self.features

    def tell(self, known: dict[str, float], *, everything: bool) -> None:
        """Take new features; ``everything``: nothing else is known any more.

        Values replace one another, but a blow that no voice has seen yet is added to the next: a game ticks faster than
        voices step."""
        unseen = 0.0 if self.looked_at or not self.voices else self.features.get(IMPULSE, 0.0)
        if unseen and IMPULSE in known:
            known = {**known, IMPULSE: known[IMPULSE] + unseen}
        # A new one each time: engines keep the old one to compare.
        self.features = known if everything else {**self.features, **known}
        self.looked_at = False


class Stage:
    """Holds the emitters and keeps the mixer's strips where they are. [engine]"""

    def __init__(self, mixer: Mixer, *, buses: Sequence[str], strips: int) -> None:
        self._mixer = mixer
        self._buses = {name: index for index, name in enumerate(buses)}
        self._free_strips = deque(range(strips))  # the one that rested longest is used next
        self._present: dict[str, Presence] = {}
        self._moved: dict[int, Presence] = {}
        self._strip_users: dict[int, str] = {}  # also those that are gone and fade
        self._listener = Pose()

    def __len__(self) -> int:
        return len(self._present)

    def __iter__(self) -> Iterator[Presence]:
        return iter(self._present.values())

    def find(self, emitter: str, client: int) -> Presence:
        """The emitter, if it exists and ``client`` may drive it. Raises MessageError otherwise."""
        presence = self._present.get(emitter)
        if presence is None:
            raise MessageError(
                "unknown_emitter",
                f"There is no emitter {emitter!r}.{did_you_mean(emitter, self._present)}",
                path="$.emitter",
                cure="Create it first with an 'emitter' message.",
            )
        if presence.emitter.owner != client and not presence.emitter.shared:
            raise MessageError(
                "not_owner",
                f"Emitter {emitter!r} belongs to another client.",
                path="$.emitter",
                cure="Its owner can create it with shared: true.",
            )
        return presence

    def put(self, command: PutEmitter) -> Presence:
        """Create or update an emitter."""
        bus = command.settings.bus
        if isinstance(bus, str) and bus not in self._buses:
            raise MessageError(
                "unknown_bus",
                f"There is no bus {bus!r}.",
                path="$.settings.bus",
                cure=f"Buses are: {', '.join(self._buses)}.",
            )
        if not command.create:
            presence = self.find(command.emitter, command.client)
            presence.emitter = presence.emitter.updated(command.settings)
        else:
            presence = self._create(command.emitter, command.client, command.settings)
        self._move(presence)
        return presence

    def remove(self, emitter: str, client: int) -> Presence:
        """Take an emitter off the stage; its strip lives on until its voices have faded."""
        presence = self.find(emitter, client)
        del self._present[emitter]
        self._moved.pop(id(presence), None)  # its strip may be another's before the stage settles
        presence.gone = True
        self._free_if_silent(presence)
        return presence

    def owned_by(self, clients: range) -> list[Presence]:
        """All emitters that these clients made."""
        return [presence for presence in self._present.values() if presence.emitter.owner in clients]

    def set_features(self, command: SetFeatures) -> None:
        """Take the newest features; positions take effect when the stage settles."""
        matrix = np.frombuffer(command.values, np.float32).reshape(len(command.emitters), len(command.columns))
        found = [self.find(emitter, command.client) for emitter in command.emitters]
        # Most rows are full: a thousand emitters move sixty times a second.
        full = cast("list[bool]", (~np.isnan(matrix).any(axis=1)).tolist())
        everything = len(command.columns) == len(SCENE_FEATURES)
        for presence, row, whole in zip(found, matrix.tolist(), full, strict=True):
            known = dict(zip(command.columns, row, strict=True))
            if not whole:
                known = {name: value for name, value in known.items() if not math.isnan(value)}
            presence.tell(known, everything=whole and everything)
            if known.keys() >= _POSITION:
                self._moved[id(presence)] = presence

    def settle(self) -> None:
        """Move the strips of the emitters whose features moved them; once per turn, however many frames came."""
        moved, self._moved = self._moved, {}  # emptied first: what cannot be moved must not be tried for ever
        for presence in moved.values():
            x, y, z = (presence.features[name] for name in _POSITION)
            presence.emitter = msgspec.structs.replace(presence.emitter, position_m=(x, y, z))
            self._move(presence)

    def set_listener(self, pose: Pose) -> None:
        """Move the ears, and with them every strip."""
        self._listener = pose
        for presence in self._present.values():
            self._move(presence)

    def set_bus(self, bus: str, gain_db: float) -> None:
        """Set a bus's level."""
        if bus not in self._buses:
            raise MessageError(
                "unknown_bus", f"There is no bus {bus!r}.", path="$.bus", cure=f"Buses are: {', '.join(self._buses)}."
            )
        self._mixer.set_bus(self._buses[bus], db_to_gain(gain_db))

    def voice_opened(self, presence: Presence) -> None:
        """Count a voice, so that the strip outlives it."""
        presence.voices += 1

    def voice_ended(self, presence: Presence) -> None:
        """Uncount a voice; a removed emitter's strip goes with its last one."""
        presence.voices -= 1
        self._free_if_silent(presence)

    def strip_of(self, emitter: str) -> int | None:
        """The mixer strip of an emitter, if it is on stage."""
        presence = self._present.get(emitter)
        return None if presence is None else presence.strip

    def user_of(self, strip: int) -> str | None:
        """The emitter that a strip sounds for, also while a removed one fades; None: it is free."""
        return self._strip_users.get(strip)

    def _create(self, name: str, client: int, settings: EmitterSettings) -> Presence:
        if name == MIX:
            raise MessageError(
                "out_of_range",
                f"{MIX!r} is what the sum of all emitters is called.",
                path="$.emitter",
                cure="Choose another id, so that the emitter can be listened to.",
            )
        old = self._present.get(name)
        if old is not None and old.emitter.owner != client:
            raise MessageError(
                "emitter_taken",
                f"Another client has an emitter {name!r}.",
                path="$.emitter",
                cure="Choose another id, or let its owner create it with shared: true.",
            )
        fresh = Emitter(id=name, owner=client, seed=stable_seed(name)).updated(settings)
        if old is not None:
            old.emitter = fresh
            return old
        if not self._free_strips:
            raise MessageError(
                "busy", "The stage is full of emitters.", cure="Remove some, or raise [session] emitters."
            )
        presence = Presence(fresh, self._free_strips.popleft())
        self._present[name] = presence
        self._strip_users[presence.strip] = name
        return presence

    def _move(self, presence: Presence) -> None:
        emitter = presence.emitter
        pan, distance = place(self._listener, emitter.position_m)
        self._mixer.set_emitter(
            presence.strip,
            gain=db_to_gain(emitter.gain_db),
            pan=pan if emitter.pan is None else emitter.pan,
            distance_m=distance,
            bus=self._buses[emitter.bus],
        )

    def _free_if_silent(self, presence: Presence) -> None:
        if presence.gone and presence.voices == 0:
            self._free_strips.append(presence.strip)
            self._strip_users.pop(presence.strip, None)


def stable_seed(*parts: object) -> int:
    """A 63-bit seed from any values, the same on every machine and in every run."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1
