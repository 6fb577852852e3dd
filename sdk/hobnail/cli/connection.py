"""How commands that talk to a running server find it, and what they say when it is not there."""

from __future__ import annotations

import click

from hobnail.client import Client
from hobnail.errors import ClientError
from hobnail.protocol import CONTROL_PORT

DEFAULT_ADDRESS = f"tcp://127.0.0.1:{CONTROL_PORT}"

CONNECT = click.option(
    "--connect", "address", default=DEFAULT_ADDRESS, show_default=True, metavar="ADDRESS", help="The running server."
)


def connected(address: str, name: str) -> Client:
    """A greeted client. Raises ClientError that says what was found at the address, and the cure."""
    from hobnail.probing import endpoint_of, explained, probe

    listening = probe(endpoint_of(address))
    problem, cure = explained(listening)
    if problem:
        raise ClientError(problem, cure=cure)
    return Client(address, name=name)
