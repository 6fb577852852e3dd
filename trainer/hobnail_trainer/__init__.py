"""The trainer: corpus, model, loop, export and evaluation. Nothing of the stage is imported here."""
