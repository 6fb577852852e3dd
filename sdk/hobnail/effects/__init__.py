"""Effects: blocks of sound in, the same shape out, with explicit state."""

from hobnail.effects.gain import GainConfig, GainEffect
from hobnail.effects.limiter import LimiterConfig, LimiterEffect

__all__ = ["GainConfig", "GainEffect", "LimiterConfig", "LimiterEffect"]
