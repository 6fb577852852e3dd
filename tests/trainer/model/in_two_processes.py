"""What each of two processes does for ``test_ranks.py``: six runs, one after the other.

Usage, in every process: ``in_two_processes.py FEED FEATURES FOLDER``.
"""

import sys
from functools import partial
from pathlib import Path

import msgspec

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.alignment import AlignmentSpec, ToItself, ToTeacher, ToText
from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.model.checkpoint import load
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.preset import read_preset


def main() -> None:
    feed, features, folder = (Path(each) for each in sys.argv[1:])
    tiny = read_preset("tiny")
    smaller = msgspec.structs.replace(tiny.feed, tokens=64, most=8)
    preset = msgspec.structs.replace(tiny, steps=6, keep_every=4, judge_every=6, judge_batches=2, feed=smaller)
    shared = msgspec.structs.replace(preset, sharded=True)
    data = Data(open_feed(feed, "train"), open_feed(feed, "validation"))
    make = partial(assemble, preset.network, Host.discovered())
    train(folder / "copied", preset, data, make, tell=print)
    train(folder / "shared", shared, data, make, tell=print)
    past = load(folder / "shared" / "step-00000004.safetensors")
    train(folder / "again", shared, data, make, tell=print, past=past)

    drawn = AlignmentSpec(teacher=ToTeacher(depth=1), itself=ToItself(depth=1, later=2), text=ToText(depth=2, width=16))
    for name, chosen in (("copied", preset), ("shared", shared)):
        aligned = msgspec.structs.replace(chosen, alignment=drawn, steps=4, keep_every=2, judge_every=4)
        train(folder / f"{name}-aligned", aligned, data, make, tell=print, features=features)
    past = load(folder / "shared-aligned" / "step-00000002.safetensors")
    train(folder / "again-aligned", aligned, data, make, tell=print, past=past, features=features)


main()
