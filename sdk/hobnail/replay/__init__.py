"""Replay of scene traces by a client process: ``python -m hobnail.replay TRACE --connect tcp://127.0.0.1:9710``."""

from hobnail.replay.ledger import Ledger
from hobnail.replay.player import ReplayOptions, replay
from hobnail.replay.record import PcmRecording, ReplayedEvent, ReplayRecord, read_record, write_record

__all__ = [
    "Ledger",
    "PcmRecording",
    "ReplayOptions",
    "ReplayRecord",
    "ReplayedEvent",
    "read_record",
    "replay",
    "write_record",
]
