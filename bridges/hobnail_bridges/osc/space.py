"""The addresses that there are, as a tree: what each does, takes and means. Built once from what the session can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal

import msgspec

from hobnail.contracts import ControlSpec, SessionInfo
from hobnail.protocol import RANGES
from hobnail.scene import SCENE_FEATURES
from hobnail_bridges.osc.packets import ROOT
from hobnail_bridges.osc.trie import Node

Verb = Literal[
    "control", "raw", "str", "event", "start", "stop", "text", "number", "position", "palette", "feature", "frame",
    "create", "remove", "bus", "listener", "panic", "ping", "listen", "unlisten", "transport", "state",
]  # fmt: skip
READ, WRITE, BOTH = 1, 2, 3


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at an address."""

    verb: Verb
    word: str = ""  #: of the control, event, setting, feature or transport command
    types: str = ""  #: OSC type tags of the usual arguments
    access: int = WRITE
    help: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    control: ControlSpec | None = None
    sustained: bool = False


TEXTS: Final = {"prompt": "Words for it.", "material": "What it is made of.", "bus": "The bus that it is mixed into."}
NUMBERS: Final = {
    "gain": ("gain_db", "dB", "Its level."),
    "pan": ("pan", "", "Left to right."),
    "mass": ("mass_kg", "kg", "Its mass."),
    "size": ("size_m", "m", "Its longest side."),
    "priority": ("priority", "", "The lowest loses its voice first."),
}
"""Word in the address -> (setting, unit, help)."""

TRANSPORT: Final = {
    "play": ("f", "Start where the playhead is; 0 does nothing."),
    "stop": ("f", "Stop; the playhead stays; 0 does nothing."),
    "locate": ("f", "Put the playhead, in seconds."),
    "locate/beat": ("f", "Put the playhead, in beats of the tempo."),
    "chase": ("f", "Where another program's playhead is, in seconds; followed when it is far off."),
    "chase/beat": ("f", "The same in beats."),
    "tempo": ("f", "Beats a minute."),
    "loop": ("ff", "Play from start to end again and again, in seconds; without arguments or with 0 0: no more."),
    "cue": ("fs", "Put a message on the timeline: seconds, address, its arguments."),
    "cue/beat": ("fs", "The same in beats."),
    "cues/clear": ("", "Take all cues away."),
}
STATES: Final = {
    "playing": ("i", "Whether the timeline runs."),
    "position": ("f", "Where the playhead is, in seconds."),
    "cues": ("i", "How many cues there are."),
}

Tree = Node[Method]


def address_tree(info: SessionInfo, names: Callable[[], Iterable[str]]) -> Tree:
    """The tree of a session; ``names`` tells which emitters there are."""
    root: Tree = Node()
    top: Tree = Node()
    root.children[ROOT] = top
    top.add("ping", Method(verb="ping", types="", help="Answered by pong: version, and what you sent."))
    top.add("panic", Method(verb="panic", help="Silence everything now."))
    top.add("listen", Method(verb="listen", types="s", help="Be told what changes: pattern, times a second."))
    top.add("unlisten", Method(verb="unlisten", types="s", help="Be told no more: pattern, or nothing for all."))
    top.add("listener", Method(verb="listener", types="fffffffff", help="The ears: position, forward, up."))
    for bus in info.buses:
        gain = RANGES["gain_db"]
        level = Method(verb="bus", word=bus, types="f", help="A bus's level.", unit="dB", low=gain.low, high=gain.high)
        top.add(f"bus/{bus}/gain", level)
    for word, (types, help) in TRANSPORT.items():
        top.add(f"transport/{word}", Method(verb="transport", word=word, types=types, help=help))
    for word, (types, help) in STATES.items():
        top.add(f"transport/{word}", Method(verb="state", word=word, types=types, access=READ, help=help))
    top.named = _emitter(info)
    top.names = names
    return root


def reserved(tree: Tree) -> frozenset[str]:
    """Words that are no emitters."""
    return frozenset(tree.children[ROOT].children) | {"pong", "error"}


def _emitter(info: SessionInfo) -> Tree:
    """What is below ``/hobnail/<emitter>``; a setting's word wins over a control of the same name."""
    node: Tree = Node()
    for spec in info.controls:
        node.add(
            spec.id,
            Method(verb="control", word=spec.id, types="f", access=BOTH, help=spec.help, low=0, high=1, control=spec),
        )
        raw = Method(
            verb="raw", word=spec.id, types="f", access=BOTH, help=spec.help,
            low=spec.minimum, high=spec.maximum, unit=spec.unit, control=spec,
        )  # fmt: skip
        node.add(f"{spec.id}/raw", raw)
        text = Method(verb="str", word=spec.id, types="s", access=READ, help="As people read it.", control=spec)
        node.add(f"{spec.id}/str", text)
    for event, (sustained, help) in _events(info).items():
        node.add(
            f"event/{event}",
            Method(verb="event", word=event, types="f", help=help, low=0, high=1, sustained=sustained),
        )
        if sustained:
            node.add(f"event/{event}/start", Method(verb="start", word=event, types="f", low=0, high=1, sustained=True))
            node.add(f"event/{event}/stop", Method(verb="stop", word=event, sustained=True))
    for word, help in TEXTS.items():
        node.add(word, Method(verb="text", word=word, types="s", help=help))
    for word, (setting, unit, help) in NUMBERS.items():
        allowed = RANGES[setting]
        node.add(
            word,
            Method(verb="number", word=word, types="f", help=help, unit=unit, low=allowed.low, high=allowed.high),
        )
    node.add("position", Method(verb="position", types="fff", help="Where it is: x, y, z; y is up.", unit="m"))
    node.add("palette", Method(verb="palette", word="load", types="s", help="Load a palette of the engine, by name."))
    node.add("palette/unload", Method(verb="palette", word="unload", types="s", help="Unload a palette."))
    node.add("create", Method(verb="create", types="s", help="Make it, anew if need be; with a prompt, if you like."))
    node.add("remove", Method(verb="remove", help="Take it away."))
    node.add("frame", Method(verb="frame", types="b", help=f"Frame features: {', '.join(SCENE_FEATURES)}."))
    for feature in SCENE_FEATURES:
        node.add(f"feature/{feature}", Method(verb="feature", word=feature, types="f", help="One frame feature."))
    return node


def _events(info: SessionInfo) -> dict[str, tuple[bool, str]]:
    """Event -> (sustained, help); where engines differ, the default one is right."""
    engines = sorted(info.engines, key=lambda engine: engine.id == info.engine)
    return {event.name: (event.kind == "sustained", event.help) for engine in engines for event in engine.events}
