"""Contracts between the session and its plug-ins. Implement one, register it by a hook (``hobnail.hooks``).

Every method is tagged with the thread that calls it:

``[control]``  set-up and tear-down; may block, allocate, read files
``[engine]``   the one engine thread; may be late (that costs silence and a counter), must not block on I/O
``[io]``       a bridge's or sink's own thread
``[any]``      any thread, at any time
"""

from hobnail.contracts.ahead import ForeseeingEngine, Life
from hobnail.contracts.codec import Codec, CodecSpec
from hobnail.contracts.doors import Bridge, BridgeClients, SessionInfo, SessionPort
from hobnail.contracts.models import BatchedComponent, Component, Encoder, SteeredComponent
from hobnail.contracts.offers import Arrival, CallingEngine, ChangingEngine, DeferringEngine, RestingEngine
from hobnail.contracts.outputs import Effect, PacingSink, Sink, TelemetryExporter
from hobnail.contracts.seeing import SeeingEngine
from hobnail.contracts.sound import (
    Block,
    ControlSpec,
    Engine,
    EngineSpec,
    EventSpec,
    Float32,
    LiveEngine,
    Step,
    VoiceInput,
    VoiceStart,
)

__all__ = [
    "Arrival",
    "BatchedComponent",
    "Block",
    "Bridge",
    "BridgeClients",
    "CallingEngine",
    "ChangingEngine",
    "Codec",
    "CodecSpec",
    "Component",
    "ControlSpec",
    "DeferringEngine",
    "Effect",
    "Encoder",
    "Engine",
    "EngineSpec",
    "EventSpec",
    "Float32",
    "ForeseeingEngine",
    "Life",
    "LiveEngine",
    "PacingSink",
    "RestingEngine",
    "SeeingEngine",
    "SessionInfo",
    "SessionPort",
    "Sink",
    "SteeredComponent",
    "Step",
    "TelemetryExporter",
    "VoiceInput",
    "VoiceStart",
]
