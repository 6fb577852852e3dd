"""``hobnail top``: what a running server publishes, as a page in the terminal."""

from hobnail.top.feed import TelemetryFeed
from hobnail.top.history import History
from hobnail.top.page import page

__all__ = ["History", "TelemetryFeed", "page"]
