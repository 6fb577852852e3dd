"""You will see a ball bounce and hear it hit wood (ball.mp4): contacts are seen, and can be edited in ball.json."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from hobnail.render import render

RATE = 30


def draw(path: str) -> None:
    """A film of two seconds, four bounces."""
    with av.open(path, "w") as out:
        stream = out.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 128, 128, "yuv420p"
        for number in range(2 * RATE):
            share = (number / RATE) % 0.5 / 0.5
            top = round(92 - 320 * share * (1.0 - share))
            picture = np.full((128, 128, 3), 90, np.uint8)
            picture[max(0, top) : top + 24, 52:76] = (230, 210, 60)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def main() -> None:
    draw("silent.mp4")
    done = render(
        "silent.mp4", "ball.wav", prompts=["a ball dropped on wood"], film=Path("ball.mp4"), picture=Path("ball.png")
    )
    print(f"{done.events} contacts; {', '.join(path.name for path in done.files)}")


if __name__ == "__main__":
    main()
