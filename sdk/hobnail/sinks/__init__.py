"""Sinks: where the mix goes. A device, a file, a function, or nowhere."""

from hobnail.sinks.callback import CallbackSink
from hobnail.sinks.device import DeviceConfig, DeviceSink
from hobnail.sinks.guarded import GuardedDeviceSink
from hobnail.sinks.null import NullSink
from hobnail.sinks.wav import WavConfig, WavSink

__all__ = ["CallbackSink", "DeviceConfig", "DeviceSink", "GuardedDeviceSink", "NullSink", "WavConfig", "WavSink"]
