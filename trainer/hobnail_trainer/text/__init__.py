"""Distilling the text encoder: from a sentence encoder to a table of word pieces."""
