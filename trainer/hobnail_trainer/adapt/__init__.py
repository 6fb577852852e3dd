"""Palettes from a user's own recordings: a folder of sounds becomes one adapter with an axis of its own."""
