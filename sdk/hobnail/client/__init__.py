"""The Python client of protocol 1: blocking (:class:`Client`) and asyncio (:class:`AsyncClient`)."""

from hobnail.client.aio import AsyncClient, AsyncEmitter
from hobnail.client.core import Reply
from hobnail.client.keys import ClientKeys
from hobnail.client.streams import AudioStream, TelemetryStream
from hobnail.client.sync import Client, Emitter
from hobnail.protocol.audio import AudioChunk

__all__ = [
    "AsyncClient",
    "AsyncEmitter",
    "AudioChunk",
    "AudioStream",
    "Client",
    "ClientKeys",
    "Emitter",
    "Reply",
    "TelemetryStream",
]
