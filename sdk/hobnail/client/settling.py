"""What becomes of a request."""

from __future__ import annotations

from hobnail.errors import ClientError
from hobnail.protocol import Ack, ErrorMessage


def settled(answer: Ack | ErrorMessage | None, request: int, patience_s: float) -> Ack:
    """An acknowledgement, or ClientError with the reason why there is none."""
    if isinstance(answer, Ack):
        return answer
    if answer is None:
        cure = "See client.errors: when many messages are refused, the server answers them together."
        raise ClientError(f"No answer to request {request} within {patience_s:g} s.", cure=cure)
    raise ClientError(f"{answer.problem} ({answer.code} at {answer.path})", cure=answer.cure)


def unreachable(address: str, patience_s: float) -> ClientError:
    """Nobody said welcome."""
    return ClientError(
        f"No Hobnail server answered at {address} within {patience_s:g} s.",
        cure="Start one with `hobnail serve`, and compare the address, the port and the keys.",
    )
