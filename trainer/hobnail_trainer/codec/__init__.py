"""Codecs: fitted to a corpus, used to write its latents, and measured beside a ladder of other ways to keep a sound."""
