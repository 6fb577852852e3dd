"""Effects that break in every way a foreign plug-in can; built in a child by name."""

import os
import time

import numpy as np


class Effect:
    """Does as its settings say: "crash", "hang", "raise", "nan" or "half"."""

    latency_frames = 0

    def __init__(self, settings):
        self.how, self.when = settings["how"], settings.get("when", "process")
        if self.when == "load":
            self.break_now()

    def init_state(self, rate_hz, channels):
        return 0

    def process(self, block, state):
        if state == 3 and self.when == "process":
            self.break_now()
            if self.how == "nan":
                return np.full_like(block, np.nan), state + 1
        print("plug-ins print what they like")
        return block * np.float32(0.5), state + 1

    def break_now(self):
        if self.how == "crash":
            os.abort()
        if self.how == "hang":
            time.sleep(60)
        if self.how == "raise":
            raise RuntimeError("out of oil")


def build(settings):
    return Effect(settings)
