"""Clips that tests make themselves: a ball that falls and bounces, in any rate and turned any way."""

import struct
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

ONE = 1 << 16
UPRIGHT = struct.pack(">9i", ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)
CLOCKWISE = struct.pack(">9i", 0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30)
BOUNCES_S = (0.5, 1.1, 1.7)


def ball_height(at_s):
    """0 on the floor, 1 at the top: parabolas between bounces."""
    edges = (-0.1, *BOUNCES_S, 2.3)
    for begin, end in pairwise(edges):
        if begin <= at_s < end:
            share = (at_s - begin) / (end - begin)
            return 4.0 * share * (1.0 - share)
    return 0.0


def picture_of(at_s, size=(96, 64), moving=True):
    high, wide = size
    picture = np.full((high, wide, 3), 90, np.uint8)
    picture[-8:] = 60
    y = high - 16 - round((high - 40) * (ball_height(at_s) if moving else 0.5))
    picture[max(0, y - 8) : y + 8, wide // 2 - 8 : wide // 2 + 8] = (230, 210, 60)
    return picture


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """``clip(name, times=..., rotate=..., moving=...)`` -> path of a two-second film."""

    def make(name, times=None, rotate=0, moving=True):
        path = tmp_path_factory.mktemp("clip") / name
        times = np.arange(60) / 30.0 if times is None else times
        with av.open(str(path), "w") as out:
            stream = out.add_stream("mpeg4", rate=30)
            stream.width, stream.height, stream.pix_fmt = (96, 64, "yuv420p") if rotate else (64, 96, "yuv420p")
            stream.bit_rate = 2_000_000
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
            for at_s in times:
                picture = np.rot90(picture_of(at_s, moving=moving), 1 if rotate else 0)
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                frame.pts, frame.time_base = round(at_s * 1000), Fraction(1, 1000)
                for packet in stream.encode(frame):
                    out.mux(packet)
            for packet in stream.encode(None):
                out.mux(packet)
        if rotate:  # as a phone does it: a matrix in the track's header says "turn it clockwise to see it"
            data = path.read_bytes()
            assert data.count(UPRIGHT) >= 1
            header = data.index(b"tkhd")
            path.write_bytes(data[:header] + data[header:].replace(UPRIGHT, CLOCKWISE, 1))
        return path

    return make
