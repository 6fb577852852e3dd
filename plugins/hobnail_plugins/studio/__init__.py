"""Effects of a studio: pedalboard's own, and VST3 plug-ins in a process of their own. GPL-3, so only an extra."""
