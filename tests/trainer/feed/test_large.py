"""A feed that is larger than memory: rows are read from the file when a batch needs them, and only those."""

import hashlib
import shutil
import subprocess
import sys

import msgspec
import numpy as np
import pytest

from hobnail_trainer.feed import open_feed
from hobnail_trainer.feed.model import PartIndex

APART = 60_000_000
"""Rows of nothing between the first half of the sounds and the second: 480 MB at four float16 a row."""

SCRIPT = """
import resource, sys
from hashlib import sha256
from hobnail_trainer.feed import Feed, FeedSettings, open_feed

least = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (least, least))
feed = Feed(open_feed(sys.argv[1]), FeedSettings(parts={"recorded": 1.0}), seed=3)
digest = sha256()
for _ in range(12):
    batch = next(feed)
    for array in (batch.latents, batch.history, batch.text):
        digest.update(array.tobytes())
    digest.update(repr(batch.clips).encode())
# its own peak: ru_maxrss is that of the process that it was forked from, too
peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))
print(digest.hexdigest(), peak.split()[1])
"""
ALLOWED = 300 * 2**20  #: bytes that the process may own


def drawn(folder):
    """Digest of some batches, drawn by a process that may own so much memory and no more, and its peak in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(ALLOWED)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    digest, peak = done.stdout.split()
    return digest, int(peak) * 1024


def spread_out(feed, folder):
    """The same feed with a hole in the middle of its latents: a large file of which little is stored."""
    shutil.copytree(feed, folder)
    where = folder / "train" / "recorded"
    index = msgspec.json.decode((where / "index.json").read_bytes(), type=PartIndex)
    rows = np.fromfile(where / "latents.f16", "<f2").reshape(-1, index.dimensions)
    entries = sorted(index.entries, key=lambda entry: entry.first)
    cut = entries[len(entries) // 2].first
    size = 2 * index.dimensions * (len(rows) + APART)
    with (where / "latents.f16").open("wb") as file:
        file.write(rows[:cut].tobytes())
        file.seek(2 * index.dimensions * (cut + APART))
        file.write(rows[cut:].tobytes())
    moved = [
        msgspec.structs.replace(entry, first=entry.first + (APART if entry.first >= cut else 0))
        for entry in index.entries
    ]
    files = [msgspec.structs.replace(file, bytes=size) if file.name == "latents.f16" else file for file in index.files]
    changed = msgspec.structs.replace(index, entries=tuple(moved), files=tuple(files), hops=index.hops + APART)
    data = msgspec.json.encode(changed)
    (where / "index.json").write_bytes(data)
    header = (folder / "feed.json").read_bytes()
    old = next(ref.sha256 for ref in open_feed(feed).header.parts if (ref.split, ref.part) == ("train", "recorded"))
    (folder / "feed.json").write_bytes(header.replace(old.encode(), hashlib.sha256(data).hexdigest().encode()))
    return size


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_batches_of_a_feed_larger_than_memory_are_those_of_a_small_one(feed, tmp_path):
    size = spread_out(feed, tmp_path / "large")
    assert size > 1.5 * ALLOWED
    (few, _), (found, peak) = drawn(feed), drawn(tmp_path / "large")
    assert found == few
    assert peak < size
