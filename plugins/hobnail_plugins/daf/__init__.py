"""Weighting: dynamic attention fusion and its rivals: how much text, vision and history count."""
