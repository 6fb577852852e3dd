"""Numbers of the paper, as far as we have them; None: not in our notes. Many stand in other works, for other things.

They are claims to be tested, never ours: 17.5 times is REPA's on ImageNet (README of sihyun-yu/REPA); 46.7 % and 4.8 %
are gated attention's in a text model of 15 B parameters (Qiu and others, 2505.06708, table 4); FAD 0.40 on VGGSound is
MGAudio's (2510.24103); 0.85 % of parameters is Audio Palette's (2510.12175); 79 % less memory is of a quantised Stable
Audio Open (2510.00313).
"""

from __future__ import annotations

from typing import Final

TABLE3: Final = {  # video noise -> (static FAD, DAF FAD)
    "0 %": (1.89, 1.82),
    "25 %": (None, None),
    "50 %": (None, None),
    "100 %": (4.56, 2.89),
}
TABLE8: Final = {
    "clean": (1.89, 1.82),
    "50 % video noise": (None, None),
    "vague text": (None, None),
    "both": (4.89, 2.89),
}
TABLE4: Final = {"none": ("1", 3.56), "8 blocks": ("17.5", 1.84), "16 blocks": ("-", 1.82)}
TABLE5: Final = {"A100": (1.82, 48), "H100": (0.76, 64), "H200": (0.76, 64)}  # seconds for 8 s, GB
TABLE6: Final = {"full": 1_500_000_000, "lora": 12_000_000, "moe_lora": 48_000_000}
TABLE9: Final = {"footsteps": 1.82, "general effects": 5.65, "ambience": 2.45, "notes": 4.06}  # FAD of its baselines
SINKS: Final = (46.7, 4.8)  # per cent of attention in the sink, before and after gating
MEMORY_SAVED: Final = 79.0  # per cent, "INT8/FP8"
