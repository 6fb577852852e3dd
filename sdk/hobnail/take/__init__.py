"""Takes: a session as it was played, written down so exactly that rendering it gives the same bits."""

from hobnail.take.beginnings import Beginnings, BeginningsRecorder, read_beginnings
from hobnail.take.files import read_take
from hobnail.take.model import Take, TakeHeader
from hobnail.take.player import play_take
from hobnail.take.recorder import TakeRecorder

__all__ = [
    "Beginnings",
    "BeginningsRecorder",
    "Take",
    "TakeHeader",
    "TakeRecorder",
    "play_take",
    "read_beginnings",
    "read_take",
]
