"""What is refused before a message's meaning is looked at."""

from __future__ import annotations

from hobnail.errors import ErrorCode, MessageError
from hobnail.protocol import ClientMessage, decode_client


def decode_frames(parts: list[bytes]) -> ClientMessage:
    """The message in routing id and payload, or MessageError."""
    if len(parts) != 2:
        cure = "Send one frame from a DEALER socket; REQ puts an empty frame before it."
        raise MessageError("malformed", f"The message has {len(parts) - 1} ZeroMQ frames instead of one.", cure=cure)
    return decode_client(parts[1])


def not_greeted() -> MessageError:
    """For whoever has not said hello."""
    cure = "Send hello first, and again after the server was restarted or you were silent."
    return MessageError("not_greeted", "The server does not know you.", path="$.type", cure=cure)


def slow_down(what: str, per_s: int) -> MessageError:
    """For whoever says too much."""
    code: ErrorCode = "rate_limited"
    return MessageError(code, f"More than {per_s} {what} a second.", cure="Send less, or raise [bridge.zmq.limits].")
