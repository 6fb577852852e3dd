"""Codecs: sound to small latents and back, decoded natively."""
