"""Native parts of Hobnail: rings, the synthesiser and the mixer, in C++ behind a thin door."""

from hobnail_native._core import (
    ClockPage,
    FrameRing,
    MessageQueue,
    Mixer,
    MixerMeters,
    SampleRenderer,
    SynthPatch,
    SynthRenderer,
    VoiceRenderer,
    VoiceReport,
    monotonic_ns,
)

__all__ = [
    "ClockPage",
    "FrameRing",
    "MessageQueue",
    "Mixer",
    "MixerMeters",
    "SampleRenderer",
    "SynthPatch",
    "SynthRenderer",
    "VoiceRenderer",
    "VoiceReport",
    "monotonic_ns",
]
