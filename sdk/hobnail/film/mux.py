"""The film with its new sound: the picture's packets as they are, not encoded again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail.errors import RenderError
from hobnail.film.decode import opened

CODECS: Final = {
    ".mp4": "aac",
    ".m4v": "aac",
    ".mov": "aac",
    ".mkv": "flac",
    ".webm": "libopus",
    ".avi": "pcm_s16le",
}
_UNCOMPRESSED: Final = ("flac", "pcm_s16le")
_BIT_RATE: Final = 256_000
_PIECE: Final = 1024


def write_film(source: Path, sound: Float32, part: Path, *, name: str) -> None:
    """Copy the picture of ``source`` into ``part`` and lay float32 [frames, 2] under it. Raises RenderError.

    ``name``: of the finished file, whose ending says which container it is.
    """
    import av

    ending = Path(name).suffix.lower()
    codec = CODECS.get(ending)
    if codec is None:
        raise RenderError(f"{name}: found ending {ending!r}.", cure=f"Use one of {', '.join(CODECS)}.")
    container_format = {".m4v": "mp4", ".mkv": "matroska"}.get(ending, ending.removeprefix("."))
    with opened(source) as film:
        try:
            with av.open(str(part), "w", format=container_format) as out:
                picture = film.streams.video[0]
                copy = out.add_stream_from_template(picture)
                audio: Any = out.add_stream(codec, rate=RATE_HZ)
                audio.layout = "stereo"
                if codec not in _UNCOMPRESSED:
                    audio.bit_rate = _BIT_RATE
                first: Fraction | None = None
                for packet in film.demux(picture):
                    if packet.dts is None:
                        continue
                    if first is None:
                        first = Fraction(packet.pts if packet.pts is not None else packet.dts) * packet.time_base
                    packet.stream = copy
                    out.mux(packet)
                _encode(out, audio, sound, first or Fraction(0))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            others = " or ".join(each for each in (".mkv", ".avi") if each != ending)
            cure = f"Try {others}: .mkv and .avi between them hold any picture."
            raise RenderError(f"{name}: cannot be written: {reason}.", cure=cure) from error


def _encode(out, audio, sound: Float32, first: Fraction) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - PyAV's
    """The sound from the moment of the first picture on."""
    import av

    start = round(first * RATE_HZ)
    for at in range(0, len(sound), _PIECE):
        piece = np.ascontiguousarray(np.clip(sound[at : at + _PIECE], -1.0, 1.0).T, np.float32)
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate = RATE_HZ
        frame.pts = start + at
        frame.time_base = Fraction(1, RATE_HZ)
        out.mux(audio.encode(frame))
    out.mux(audio.encode(None))
