"""What a codec did to a sound, in numbers that do not come from a network. Pure: two sounds in, numbers out.

Loudest samples of both are expected within a factor of a few; sounds are mono float32 at 48 kHz.
"""

from hobnail_trainer.codec.measures.attack import Attack, attack_of, compare_attacks, pre_echo_db
from hobnail_trainer.codec.measures.level import level_error_db, log_mel_l1
from hobnail_trainer.codec.measures.modulation import modulation_difference, modulation_spectrum
from hobnail_trainer.codec.measures.partials import Partial, compare_partials, ringing_partials

__all__ = [
    "Attack",
    "Partial",
    "attack_of",
    "compare_attacks",
    "compare_partials",
    "level_error_db",
    "log_mel_l1",
    "modulation_difference",
    "modulation_spectrum",
    "pre_echo_db",
    "ringing_partials",
]
