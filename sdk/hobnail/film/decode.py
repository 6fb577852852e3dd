"""A clip as small pictures with their times, by PyAV (extra ``[video]``): any rate, even or not, turned upright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.errors import MissingExtraError, RenderError

if TYPE_CHECKING:
    import av.container

SIDE: Final = 64  # pixels of the longer side
LONGEST_S: Final = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """What was seen."""

    pictures: NDArray[np.uint8]  #: uint8 [pictures, height, width, 3], upright
    at_frames: NDArray[np.int64]  #: when each is shown, frames of 48 kHz from the first
    frames: int  #: how long it is shown
    rotation: int  #: degrees by which it had to be turned
    uneven: bool  #: its pictures do not come at one rate
    broken: int = 0  #: packets that could not be decoded
    lost: int = 0  #: pictures of another size than the first

    @property
    def duration_s(self) -> float:
        """Its length."""
        return self.frames / RATE_HZ


def read_film(path: Path) -> Film:
    """Decode a clip. Raises RenderError with the file and the fault, MissingExtraError without PyAV."""
    pictures: list[NDArray[np.uint8]] = []
    times: list[float] = []
    rotation, broken, last_s = 0, 0, 0.0
    with opened(path) as container:
        stream = _video(container, path)
        for frame in _frames(container, stream):
            if frame is None:
                broken += 1
                continue
            at_s = float(frame.time) if frame.time is not None else (times[-1] + 1 / 30 if times else 0.0)
            if times and at_s <= times[-1]:
                continue  # a picture out of order is shown for no time
            if at_s - (times[0] if times else at_s) > LONGEST_S:
                raise RenderError(f"{path}: is longer than {LONGEST_S / 60:g} minutes.", cure="Cut it into reels.")
            rotation = round(getattr(frame, "rotation", 0) or 0) % 360
            pictures.append(_small(frame, rotation))
            times.append(at_s)
            span = getattr(frame, "duration", 0) or 0
            last_s = at_s + (float(span * frame.time_base) if span and frame.time_base else 0.0)
    if not pictures:
        raise RenderError(f"{path}: no picture in it can be decoded.", cure="Check that it plays; convert it again.")
    kept = [each for each in zip(times, pictures, strict=True) if each[1].shape == pictures[0].shape]
    steps = np.diff(times) if len(times) > 1 else np.array([1 / 30])
    end_s = max(last_s, times[-1] + (0.0 if last_s > times[-1] else float(np.median(steps))))
    return Film(
        pictures=np.stack([picture for _, picture in kept]),
        at_frames=np.array([round((at - times[0]) * RATE_HZ) for at, _ in kept], np.int64),
        frames=max(1, round((end_s - times[0]) * RATE_HZ)),
        rotation=rotation,
        uneven=bool(len(steps) > 1 and steps.max() > 1.2 * max(steps.min(), 1e-6)),
        broken=broken,
        lost=len(pictures) - len(kept),
    )


@contextmanager
def opened(path: Path) -> Iterator[av.container.InputContainer]:
    """The clip, open; what PyAV says becomes a RenderError."""
    try:
        import av
    except ModuleNotFoundError as error:
        raise MissingExtraError("Reading films", extra="video") from error
    try:
        with av.open(str(path)) as container:
            yield container
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RenderError(f"{path}: cannot be read as a film: {reason}.", cure="Check that it plays.") from error


def _video(container: av.container.InputContainer, path: Path) -> Any:  # noqa: ANN401 - PyAV's stream
    if not container.streams.video:
        raise RenderError(f"{path}: has no picture.", cure="Give a film; sound alone needs none.")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def _frames(container: av.container.InputContainer, stream: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    """Every picture, and None for a packet that is broken."""
    import av

    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            yield None


def _small(frame: Any, rotation: int) -> NDArray[np.uint8]:  # noqa: ANN401 - as above
    scale = SIDE / max(frame.width, frame.height)
    wide, high = max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
    picture = frame.reformat(width=wide, height=high, format="rgb24", interpolation="AREA").to_ndarray()
    turns = round(rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, turns))
