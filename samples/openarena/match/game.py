"""Starts OpenArena twice: once to play a match and record it as a demo, once to turn the demo into a video.

Both run on a virtual screen with software rendering and no sound card. The second run steps 40 ms a picture, so its
speed does not matter. Two settings keep the sound track at a constant distance from the pictures: by default the mixer
runs 40 to 130 ms ahead, depending on how fast the machine happens to be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hobnail.errors import HobnailError

WAITS_A_SECOND: Final = 100
"""The console counts two waits a frame, and 50 frames a second are asked for. A busy machine has fewer, so that the
demo becomes longer than the match that is wanted; the trace is cut to length."""

_PATIENCE_S: Final = 120.0
_GAME: Final = "baseoa"
_SCREEN: Final = "-screen 0 640x480x24"
_SETTINGS: Final = {
    "r_mode": "-1",
    "r_customwidth": "320",
    "r_customheight": "240",
    "r_fullscreen": "0",
    "cl_renderer": "opengl1",
    "s_useOpenAL": "0",
    "s_sdlSpeed": "44100",
    "s_musicvolume": "0",
    "s_mixahead": "0.05",
    "s_mixPreStep": "0.05",
    "sv_master1": "",
    "com_ansiColor": "0",
    "ttycon": "0",
}
_ENVIRONMENT: Final = {"SDL_AUDIODRIVER": "dummy", "LIBGL_ALWAYS_SOFTWARE": "1", "LP_NUM_THREADS": "1"}


class GameError(HobnailError):
    """The game is not there, or did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Match:
    """What to record."""

    arena: str = "oa_dm6"
    bots: tuple[str, ...] = ("sarge", "grism", "kyonshi", "gargoyle")
    seconds: float = 40.0


def record_match(match: Match, home: Path) -> None:
    """Let the bots play while we follow one of them; leaves a demo. Takes as long as the match."""
    lines = [
        "set com_maxfps 50",
        "set bot_enable 1",
        "set bot_nochat 1",
        "set g_synchronousClients 0",
        "set fraglimit 0",
        "set timelimit 0",
        f"devmap {match.arena}",
        "wait 60",
        *(f"addbot {bot} 4" for bot in match.bots),
        "team s",
        "wait 150",
        "record match",
        "wait 30",
        "cmd follownext",
        f"wait {round(match.seconds * WAITS_A_SECOND * 1.05)}",
        "stoprecord",
        "wait 5",
        "quit",
    ]
    _run("record", lines, home, match.seconds + _PATIENCE_S)
    if not any((home / _GAME / "demos").glob("match.dm_*")):
        raise GameError("the game recorded no demo.", cure=f"See {home / 'record.log'}.")


def film_match(match: Match, home: Path) -> tuple[Path, Path]:
    """Play the demo into a video, 25 pictures a second, and say all that happens; returns the video and the log."""
    lines = [
        "set cg_draw2D 0",
        "set cg_drawCrosshair 0",
        "set cl_aviFrameRate 25",
        "set cl_aviMotionJpeg 1",
        "set nextdemo quit",
        "set cg_debugEvents 1",
        "set s_show 2",
        "set com_speeds 1",
        "demo match",
        "wait 5",
        "video match",
        *("viewpos", "wait 2") * round(match.seconds * 25 + 100),
    ]
    video = home / _GAME / "videos" / "match.avi"
    video.unlink(missing_ok=True)
    log = _run("film", lines, home, 4 * match.seconds + _PATIENCE_S)
    if not video.is_file():
        raise GameError("the game wrote no video.", cure=f"See {log}.")
    return video, log


def _run(name: str, lines: list[str], home: Path, patience_s: float) -> Path:
    """Run the game with a script; its words go to a log."""
    launcher = shutil.which("openarena") or shutil.which("openarena", path="/usr/games")
    screen = shutil.which("xvfb-run")
    if not launcher or not screen:
        raise GameError(
            "OpenArena or Xvfb is not installed.",
            cure="On Debian: apt-get install --no-install-recommends openarena xvfb xauth (415 MB).",
        )
    scripts = home / _GAME
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / f"{name}.cfg").write_text("\n".join(lines) + "\n", encoding="ascii")
    settings = {**_SETTINGS, "fs_homepath": str(home), "com_homepath": "."}
    command = [screen, "-a", "-s", _SCREEN, launcher]
    for key, value in settings.items():
        command += ["+set", key, value]
    log = home / f"{name}.log"
    with log.open("wb") as words:
        try:
            subprocess.run(
                [*command, "+exec", f"{name}.cfg"],
                env={**os.environ, **_ENVIRONMENT, "HOME": str(home)},
                stdout=words,
                stderr=subprocess.STDOUT,
                timeout=patience_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise GameError(
                f"the game did not end within {patience_s:.0f} s.", cure=f"See {log}; end it by hand."
            ) from error
    return log
