"""Native parts of Hobnail: rings, the synthesiser, the codecs' renderer and the mixer, in C++ behind a thin door."""

from hobnail_native._core import (
    ClockPage,
    FrameRing,
    MessageQueue,
    Mixer,
    MixerMeters,
    SampleRenderer,
    SpectralRenderer,
    SpectralRowDecoder,
    SpectralRowMap,
    SpectralWorkshop,
    SynthPatch,
    SynthRenderer,
    VoiceRenderer,
    VoiceReport,
    ask_for_short_turns,
    monotonic_ns,
)
from hobnail_native._neural import NeuralNetwork, NeuralPass, NeuralRows, neural_supported

__all__ = [
    "ClockPage",
    "FrameRing",
    "MessageQueue",
    "Mixer",
    "MixerMeters",
    "NeuralNetwork",
    "NeuralPass",
    "NeuralRows",
    "SampleRenderer",
    "SpectralRenderer",
    "SpectralRowDecoder",
    "SpectralRowMap",
    "SpectralWorkshop",
    "SynthPatch",
    "SynthRenderer",
    "VoiceRenderer",
    "VoiceReport",
    "ask_for_short_turns",
    "monotonic_ns",
    "neural_supported",
]
