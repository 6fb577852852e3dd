"""The version, as installed; it is written once, in pyproject.toml."""

from importlib.metadata import version as _installed


def version() -> str:
    """Hobnail's version."""
    return _installed("hobnail")
