"""Text encoders: words to conditioning tokens."""
